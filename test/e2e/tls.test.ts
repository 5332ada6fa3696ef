/** A remote server over TLS, through the real binary: whom the sealed header goes to, and whom it does not. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, type Certificate, hasOpenssl, makeAuthority, selfSigned } from '../support/certificates.ts';
import { type Finished, type Home, makeHome } from './support/home.ts';
import { RawClient, words } from './support/raw-client.ts';

const VALUE = 'Bearer sealed-value-for-tls-0123456789';
const HERE = 'DNS:localhost,IP:127.0.0.1';
const POLICY = { version: 1, rules: [{ id: 'all', tools: ['kind:unclassified'], effect: 'allow' }] };

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rpc: string | undefined;
}

let home: Home;
let authority: Authority;
let client: RawClient | undefined;
const servers: Server[] = [];

beforeEach(async () => {
  home = await makeHome({});
  authority = makeAuthority(home.room);
  home.env['NODE_EXTRA_CA_CERTS'] = authority.file;
  await home.seal('far', VALUE);
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await home.remove();
});

type Answer = (seen: Seen, response: Parameters<RequestListener>[1]) => boolean;

/** A stateless server that says what it was asked, unless `answer` does. `data` counts what came after the handshakes. */
async function serve(certificate: Certificate | null, answer: Answer = () => false) {
  const seen: Seen[] = [];
  let bytes = 0;
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const { id, method } = (text === '' ? {} : JSON.parse(text)) as { id?: number; method?: string };
      const one = { path: request.url ?? '', headers: request.headers, rpc: method };
      seen.push(one);
      if (answer(one, response)) return;
      if (request.method !== 'POST') return void response.writeHead(405).end();
      if (id === undefined) return void response.writeHead(202).end();
      const results: Record<string, unknown> = {
        initialize: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'tls', version: '1' },
        },
        'tools/list': { tools: [{ name: 'pay', inputSchema: { type: 'object', properties: {} } }] },
        'tools/call': { content: [{ type: 'text', text: 'paid' }] },
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method ?? ''] ?? {} }));
    });
  };
  const server = certificate === null ? createHttp(listener) : createHttps(certificate, listener);
  server.on('secureConnection', (socket: NodeJS.ReadableStream) =>
    socket.on('data', (piece: Buffer) => (bytes += piece.length)),
  );
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const scheme = certificate === null ? 'http' : 'https';
  return { seen, data: () => bytes, url: `${scheme}://127.0.0.1:${port}/mcp` };
}

async function declare(url: string): Promise<void> {
  await home.rewrite({
    version: 1,
    upstreams: { far: { url, headers: { Authorization: { secret: 'far' } } } },
    policies: { all: POLICY },
    grants: { agent: { principal: 'a@acme.example', policies: ['all'], upstreams: ['far'] } },
  });
}

async function accept(url: string): Promise<Finished> {
  await declare(url);
  return home.accept('far');
}

const needsOpenssl = hasOpenssl ? it : it.skip;

describe('when the certificate of a remote server is examined (with `openssl` on the machine)', () => {
  needsOpenssl(
    'takes one of an authority that NODE_EXTRA_CA_CERTS names, and gives it the sealed header',
    async () => {
      const { url, seen } = await serve(authority.issue('good', HERE));
      const accepted = await accept(url);
      expect(accepted.exitCode, accepted.stderr).toBe(0);
      client = new RawClient(home, await home.issue('agent'));
      await client.initialize();
      expect(words(await client.call('pay', {}))).toBe('paid');
      for (const { headers } of seen) expect(headers.authorization).toBe(VALUE);
      expect(seen.filter(({ rpc }) => rpc === 'tools/call')).toHaveLength(1);
    },
    60_000,
  );

  needsOpenssl.each([
    [
      'of an authority that nobody named',
      'good',
      false,
      /its certificate is not trusted \([A-Z_]+\); .*NODE_EXTRA_CA_CERTS/,
    ],
    ['for another name', 'other', true, /its certificate is for another name/],
    ['that vouches for itself', 'self', true, /its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
  ] as const)(
    'refuses one %s, before a byte of the header leaves, whatever the environment says',
    async (_what, which, isNamed, why) => {
      if (!isNamed) delete home.env['NODE_EXTRA_CA_CERTS'];
      home.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      const certificate =
        which === 'self'
          ? selfSigned(home.room, HERE)
          : authority.issue(which, which === 'good' ? HERE : 'DNS:other.example');
      const server = await serve(certificate);
      const { exitCode, stderr } = await accept(server.url);
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(why);
      expect([server.seen, server.data()]).toEqual([[], 0]);
      expect(stderr).not.toContain(VALUE);
    },
    60_000,
  );

  needsOpenssl(
    'sends no call to a server whose certificate is another one now',
    async () => {
      const good = await serve(authority.issue('good', HERE));
      await accept(good.url);
      const port = Number(new URL(good.url).port);
      for (const server of servers.splice(0)) {
        const closed = once(server, 'close');
        server.closeAllConnections();
        server.close();
        await closed;
      }
      let requests = 0;
      const impostor = createHttps(selfSigned(home.room, HERE), () => (requests += 1));
      impostor.on('tlsClientError', () => undefined);
      servers.push(impostor);
      impostor.listen(port, '127.0.0.1');
      await once(impostor, 'listening');
      client = new RawClient(home, await home.issue('agent'));
      await client.initialize();
      expect(words(await client.call('pay', {}))).toMatch(
        /not available, nothing was sent: its certificate is not trusted/,
      );
      expect(requests).toBe(0);
    },
    60_000,
  );
});

describe('when a remote server redirects (with `openssl` on the machine)', () => {
  needsOpenssl.each([
    ['to another server', 'https', 'initialize'],
    ['to plain HTTP', 'http', 'initialize'],
    ['to another path of its own', 'own', 'initialize'],
    ['to another server', 'https', 'tools/call'],
    ['to plain HTTP', 'http', 'tools/call'],
    ['to another path of its own', 'own', 'tools/call'],
  ])(
    'does not follow %s (%s, in answer to %s)',
    async (_what, to, rpc) => {
      const elsewhere = await serve(to === 'http' ? null : authority.issue('elsewhere', HERE));
      const location = to === 'own' ? '/other' : elsewhere.url;
      const certificate = authority.issue('good', HERE);
      const server = await serve(certificate, (one, response) => {
        if (one.rpc !== rpc) return false;
        response.writeHead(rpc === 'initialize' ? 307 : 308, { location }).end();
        return true;
      });
      const { exitCode, stderr } = await accept(server.url);
      if (rpc === 'initialize') {
        expect(exitCode).toBe(3);
        expect(stderr).toContain('which is not followed, since it would be given the headers');
      } else {
        client = new RawClient(home, await home.issue('agent'));
        await client.initialize();
        expect(words(await client.call('pay', {}))).toMatch(/Whether it took effect is not known/);
        expect(server.seen.filter((one) => one.rpc === 'tools/call')).toHaveLength(1);
      }
      expect(elsewhere.seen).toEqual([]);
      expect(server.seen.filter(({ path }) => path !== '/mcp')).toEqual([]);
    },
    60_000,
  );
});
