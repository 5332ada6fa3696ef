import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fromPlain } from '../../src/core/json.ts';
import type { Reply } from '../../src/upstream/index.ts';
import { ask, eventually, HELLO, plain, textIn, type Rig } from './harness.ts';
import { json, rawServer, type RawServer, remoteProcess, type RemoteProcess, remoteRig } from './remote-harness.ts';

const rigs: Rig[] = [];
const processes: RemoteProcess[] = [];
const servers: RawServer[] = [];

afterEach(async () => {
  for (const made of rigs.splice(0)) await made.dispose();
  for (const { child } of processes.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.close();
});

async function sdk(...parameters: Parameters<typeof remoteProcess>): Promise<RemoteProcess> {
  const made = await remoteProcess(...parameters);
  processes.push(made);
  return made;
}

async function raw(...parameters: Parameters<typeof rawServer>): Promise<RawServer> {
  const made = await rawServer(...parameters);
  servers.push(made);
  return made;
}

async function started(...parameters: Parameters<typeof remoteRig>): Promise<Rig> {
  const made = remoteRig(...parameters);
  rigs.push(made);
  await made.upstream.start(HELLO);
  return made;
}

const states = ({ told }: Rig): string[] => told.states.map(({ is }) => is);
const bytesOf = (reply: Reply): string => ('raw' in reply ? reply.raw.toString() : reply.is);

describe.each([
  ['stateful', 'sse'],
  ['stateful', 'json'],
  ['stateless', 'sse'],
  ['stateless', 'json'],
] as const)("when the SDK's server is %s and answers by %s", (mode, form) => {
  it('is initialized, lists its tools, and answers many calls at once', async () => {
    const { url } = await sdk(mode, form);
    const { upstream, call } = await started(url);
    expect(upstream.state).toEqual({ is: 'ready' });
    expect([upstream.pid, upstream.serverInfo]).toEqual([null, 'remote 1']);
    expect(upstream.tools.map(({ name }) => name)).toContain('look');
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('look')));
    expect(new Set(replies.map(textIn))).toEqual(new Set(['did look']));
  });

  it('loses only the calls that are with it when it dies, and comes back to it', async () => {
    const first = await sdk(mode, form);
    const made = await started(first.url);
    const { call, upstream, until } = made;
    const replies = await Promise.all([call('hang'), call('hang'), call('die')]);
    expect(replies.map(plain)).toEqual(replies.map(() => ['lost', 'exited']));
    await until(() => upstream.state.is !== 'ready');
    expect((plain(await call('look')) as readonly unknown[])[0]).toBe('unsent');
    await sdk(mode, form, { port: first.port });
    await until(() => upstream.state.is === 'ready');
    expect(upstream.generation).toBe(2);
    expect(textIn(await call('look'))).toBe('did look');
  }, 20_000);
});

describe("when the SDK's server keeps sessions", () => {
  it('brings progress, and hears what the server says unasked', async () => {
    const { url } = await sdk('stateful', 'sse');
    const { upstream, call, told, until } = await started(url);
    const seen: unknown[] = [];
    const reply = await new Promise<Reply>((resolve) => {
      const sink = { reply: resolve, progress: (params: unknown) => seen.push(params) };
      upstream.request('tools/call', fromPlain({ name: 'progress' }), true, sink);
    });
    expect(textIn(reply)).toBe('done');
    expect(seen).toHaveLength(1);
    await call('rename');
    await until(() => told.toolsChanged > 0);
    expect(upstream.tools.map(({ name }) => name)).toEqual(['look', 'renamed']);
  });

  it('asks for the rest of an answer whose stream was ended', async () => {
    const { url } = await sdk('stateful', 'sse');
    const { call } = await started(url);
    expect(textIn(await call('resume'))).toBe('resumed');
  });

  it('initializes anew when the session is gone, and repeats no call', async () => {
    const { url } = await sdk('stateful', 'sse');
    const made = await started(url);
    await made.call('forget');
    expect(plain(await made.call('look'))).toEqual(['lost', 'exited']);
    await made.until(() => states(made).length === 5);
    expect(made.told.states[2]).toMatchObject({ code: 'exited', why: 'it has ended the session' });
    expect(textIn(await made.call('look'))).toBe('did look');
  });
});

describe('when messages are sent', () => {
  it('passes results on as the bytes they are written in', async () => {
    const result = '{"big":12345678901234567890,"one":1.0,"twice":{"a":1,"a":2},"x":"\\u00e9"}';
    const { url } = await raw(({ id, rpc }, response) =>
      rpc === 'tools/call' ? json(response, `{"result":${result},"id":${id},"jsonrpc":"2.0"}`) : false,
    );
    expect(bytesOf(await (await started(url)).call('pay'))).toBe(result);
  });

  it('lets no line end of a result reach a client, who would read a new message behind it', async () => {
    const { url } = await raw(({ id, rpc }, response) => {
      if (rpc !== 'tools/call') return false;
      json(response, `{\n "jsonrpc": "2.0",\r\n "id": ${id},\n "result": {\n  "a": [1,\n2] } }\n`);
      return true;
    });
    expect(bytesOf(await (await started(url)).call('pay'))).toBe('{   "a": [1, 2] }');
  });

  it('joins the data of an event that stands in several lines', async () => {
    const { url } = await raw(({ id, rpc }, response) => {
      if (rpc !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        `: hello\r\nid: 1\r\nevent: message\ndata: {"jsonrpc":"2.0",\ndata: "id":${id},\ndata: "result":{}}\n\n`,
      );
      return true;
    });
    expect(bytesOf(await (await started(url)).call('pay'))).toBe('{}');
  });

  it('sends arguments exactly, with the headers of the protocol and the configured ones', async () => {
    const server = await raw(() => false);
    const { upstream } = await started(server.url, { headers: { Authorization: 'Bearer sealed' } });
    const params = new Map([['amount', fromPlain('x')]]);
    await ask(upstream, 'tools/call', params);
    const [first] = server.seen;
    const last = server.seen.findLast(({ rpc }) => rpc === 'tools/call');
    expect(first?.headers['mcp-protocol-version']).toBeUndefined();
    expect(last?.headers).toMatchObject({
      authorization: 'Bearer sealed',
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-06-18',
    });
    expect(last?.body).toMatch(/^\{"jsonrpc":"2\.0","id":\d+,"method":"tools\/call","params":\{"amount":"x"\}\}$/);
  });

  it('keeps the session it was given, and ends it', async () => {
    const server = await raw(({ rpc, id }, response) => {
      if (rpc !== 'initialize') return false;
      const result = { protocolVersion: '2025-06-18', capabilities: {} };
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's-1' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      return true;
    });
    const made = await started(server.url);
    await made.upstream.end();
    const later = server.seen.slice(1);
    expect(new Set(later.map(({ headers }) => headers['mcp-session-id']))).toEqual(new Set(['s-1']));
    expect(later.map(({ method }) => method)).toContain('DELETE');
  });
});

describe('when a server is not one', () => {
  const answers = (status: number, headers: Record<string, string> = {}) =>
    raw((_seen, response) => response.writeHead(status, headers).end('secret words of the server'));

  it.each([
    [
      404,
      'initialize_failed',
      'it answers `initialize` with HTTP status 404; is `url` the address of its MCP endpoint?',
    ],
    [503, 'unreachable', 'it answers with HTTP status 503'],
  ])('says so in words of its own: %i', async (status, code, why) => {
    const { url } = await answers(status);
    const { upstream } = await started(url);
    expect(upstream.state).toMatchObject({ is: 'failed', code, why });
    // For people at a terminal only.
    expect(upstream.stderrTail()).toEqual([`HTTP status ${status}`, 'secret words of the server']);
  });

  it('says how to bridge one that wants a sign-in', async () => {
    const { url } = await answers(401, { 'www-authenticate': 'Bearer resource_metadata="https://evil.example"' });
    const { upstream } = await started(url);
    expect(upstream.state).toEqual({
      is: 'failed',
      code: 'unauthorized',
      why:
        'it does not accept the headers it is given (HTTP status 401); check the secret, and if the server wants a sign-in ' +
        `by OAuth, bridge it: in place of \`url\` and \`headers\` write "command": "npx", "args": ["-y", "mcp-remote", "${url}"]`,
      exitCode: null,
      restartMs: null,
    });
  });

  it('follows no redirect, so that no header goes elsewhere', async () => {
    const elsewhere = await raw(() => false);
    const { url } = await answers(307, { location: elsewhere.url });
    const { upstream } = await started(url, { headers: { authorization: 'Bearer sealed' } });
    expect(upstream.state).toMatchObject({
      code: 'initialize_failed',
      why: 'it redirects to another server, which is not followed, since it would be given the headers; write the right address as `url`',
    });
    expect(elsewhere.seen).toEqual([]);
  });

  it('follows none either when it redirects a call', async () => {
    const elsewhere = await raw(() => false);
    const { url } = await raw(({ rpc }, response) =>
      rpc === 'tools/call' ? response.writeHead(308, { location: elsewhere.url }).end() : false,
    );
    const { call } = await started(url);
    expect(plain(await call('pay'))).toEqual(['lost', 'exited']);
    expect(elsewhere.seen).toEqual([]);
  });

  it('tells when nothing listens, and that nothing was sent', async () => {
    const server = await raw(() => false);
    const { url } = server;
    const made = await started(url);
    await server.close();
    const reply = await made.call('pay');
    expect(['unsent', 'lost']).toContain(reply.is);
    await made.until(() => made.upstream.state.is === 'failed');
    expect(plain(await made.call('pay'))).toEqual(['unsent', expect.stringMatching(/is being started again$/)]);
    const late = await started(url);
    expect(late.upstream.state).toMatchObject({ code: 'unreachable', why: 'nothing listens at its address' });
  });

  it('tells that a server does not speak TLS', async () => {
    const { url } = await raw(() => false);
    const { upstream } = await started(url.replace('http:', 'https:'));
    expect(upstream.state).toMatchObject({ code: 'unreachable' });
    expect(upstream.state).toHaveProperty('why', expect.stringMatching(/TLS/));
  });

  it('sends no header that is its own, or that no header can hold, and never repeats the value', async () => {
    const { url, seen } = await raw(() => false);
    const own = await started(url, { headers: { 'Mcp-Session-Id': 'x' } });
    expect(own.upstream.state).toMatchObject({
      code: 'initialize_failed',
      why: "the header `Mcp-Session-Id` is the gateway's own; take it out of `headers`",
    });
    const broken = await started(url, { headers: { Authorization: 'Bearer a\nb' } });
    expect(broken.upstream.state).toHaveProperty(
      'why',
      expect.stringMatching(/^the header `Authorization` cannot be sent/),
    );
    expect(JSON.stringify(broken.upstream.state)).not.toContain('Bearer');
    expect(seen).toEqual([]);
  });
});

describe('when an answer does not come', () => {
  it.each([
    ['an empty body', (response: Parameters<typeof json>[0]) => json(response, '')],
    [
      'another id',
      (response: Parameters<typeof json>[0]) => json(response, '{"jsonrpc":"2.0","id":999999,"result":{}}'),
    ],
    [
      'a page',
      (response: Parameters<typeof json>[0]) => response.writeHead(200, { 'content-type': 'text/html' }).end('hello'),
    ],
    ['202', (response: Parameters<typeof json>[0]) => response.writeHead(202).end()],
    ['an error of the server', (response: Parameters<typeof json>[0]) => response.writeHead(500).end()],
    ['a broken connection', (response: Parameters<typeof json>[0]) => response.destroy()],
    [
      'half a body',
      (response: Parameters<typeof json>[0]) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"jsonrpc"', () => response.destroy());
      },
    ],
    [
      'a stream that ends',
      (response: Parameters<typeof json>[0]) =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': bye\n\n'),
    ],
  ])('loses that call at once and no other: %s', async (_name, answer) => {
    const { url, seen } = await raw(({ rpc, body }, response) => {
      if (rpc !== 'tools/call' || body.includes('fine')) return false;
      answer(response);
      return true;
    });
    const { call, upstream } = await started(url);
    const [lost, fine] = await Promise.all([call('pay'), call('fine')]);
    expect(plain(lost)).toEqual(['lost', 'exited']);
    expect(fine.is).toBe('result');
    // No call was sent twice.
    expect(seen.filter(({ rpc }) => rpc === 'tools/call')).toHaveLength(2);
    await eventually(() => upstream.state.is === 'ready');
    expect(upstream.generation).toBe(1);
  });

  const CHALLENGE = 'Bearer error="invalid_token", resource_metadata="https://a.example/.well-known/x"';

  it.each([
    [400, {}],
    [401, {}],
    [401, { 'www-authenticate': 'Basic realm="Provider"' }],
    [401, { 'www-authenticate': 'Bearer realm="resource_metadata"' }],
    [402, {}],
    [403, { 'www-authenticate': CHALLENGE }],
    [404, {}],
    [405, { allow: 'GET' }],
    [408, {}],
    [409, {}],
    [413, {}],
    [415, {}],
    [421, {}],
    [425, {}],
    [429, { 'retry-after': '1' }],
    [431, {}],
    [500, {}],
    [502, {}],
    [503, { 'retry-after': '1' }],
    [504, {}],
  ])('leaves a call in doubt whose answer has the status %i %j', async (status, headers) => {
    const { url, seen } = await raw(({ rpc }, response) =>
      rpc === 'tools/call' ? response.writeHead(status, headers).end() : false,
    );
    const { call } = await started(url);
    expect(plain(await call('pay'))).toEqual(['lost', 'exited']);
    expect(seen.filter(({ rpc }) => rpc === 'tools/call')).toHaveLength(1);
  });

  it.each([CHALLENGE, `Basic realm="x", ${CHALLENGE}`, 'bearer resource_metadata = "https://a.example"'])(
    'knows that a call did not begin whose token an MCP endpoint does not take: %s',
    async (challenge) => {
      const { url, seen } = await raw(({ rpc }, response) =>
        rpc === 'tools/call' ? response.writeHead(401, { 'www-authenticate': challenge }).end() : false,
      );
      const { call, upstream } = await started(url);
      expect(plain(await call('pay'))).toEqual([
        'refused',
        'it does not accept the headers it is given (HTTP status 401)',
      ]);
      expect(upstream.state).toMatchObject({ is: 'failed', code: 'unauthorized', restartMs: null });
      expect(seen.filter(({ rpc }) => rpc === 'tools/call')).toHaveLength(1);
    },
  );

  it('gives up after its time, frees the connection, and asks whether the server is there', async () => {
    const { url, seen } = await raw(({ rpc }) => (rpc === 'tools/call' ? undefined : false));
    const { call, upstream } = await started(url, { timeoutMs: 200 });
    expect(plain(await call('pay'))).toEqual(['lost', 'timeout']);
    await eventually(() => seen.some(({ rpc }) => rpc === 'ping'));
    expect(seen.map(({ rpc }) => rpc)).toContain('notifications/cancelled');
    expect(upstream.state).toEqual({ is: 'ready' });
  });

  it('starts anew when it answers nothing any more', async () => {
    let isHanging = false;
    const { url } = await raw(() => (isHanging ? undefined : false));
    const made = await started(url, { timeoutMs: 100, pingMs: 200, initializeMs: 300 });
    isHanging = true;
    await made.call('pay');
    await made.until(() => states(made).includes('failed'));
    expect(made.told.states[2]).toMatchObject({ code: 'unresponsive' });
    isHanging = false;
    await made.until(() => made.upstream.state.is === 'ready');
  });

  it('loses only the call whose answer is over the size limit, however it comes', async () => {
    const text = 'x'.repeat(300_000);
    const { url } = await raw(({ id, rpc, body }, response) => {
      if (rpc !== 'tools/call' || body.includes('fine')) return false;
      const message = JSON.stringify({ jsonrpc: '2.0', id, result: { text } });
      if (body.includes('json')) {
        json(response, message);
        return true;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${message}\n\n`);
      return true;
    });
    const { call } = await started(url, { maxLineBytes: 100_000 });
    const replies = await Promise.all([call('json'), call('sse'), call('fine')]);
    expect(replies.map(({ is }) => is)).toEqual(['lost', 'lost', 'result']);
    expect(plain(replies[0])).toEqual(['lost', 'oversize']);
    expect(plain(replies[1])).toEqual(['lost', 'oversize']);
  });

  it('takes no answer from a server whose name leads elsewhere in the middle of a TLS greeting', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\n\r\n'));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { upstream } = await started(`https://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp`);
    expect(upstream.state).toMatchObject({ is: 'failed', code: 'unreachable' });
    silent.close();
  });
});
