/** Remote servers for tests, and an upstream over one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brandAs, type UpstreamName } from '../../src/core/ids.ts';
import { RemoteChannel } from '../../src/upstream/http/channel.ts';
import { rig, type Rig, type RigOptions } from './harness.ts';

const REMOTE = fileURLToPath(new URL('./fixtures/remote.mjs', import.meta.url));

export interface RemoteProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
}

/** Starts the SDK's server as a process of its own. */
export async function remoteProcess(
  mode: 'stateful' | 'stateless',
  form: 'sse' | 'json',
  { port = 0, env = {} }: { readonly port?: number; readonly env?: Record<string, string> } = {},
): Promise<RemoteProcess> {
  const child = spawn(process.execPath, [REMOTE, mode, form, String(port)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, port: Number(line), url: `http://127.0.0.1:${line}/mcp` };
}

/** One request as a raw server sees it. */
export interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Of its JSON-RPC message; undefined for none. */
  readonly id: number | undefined;
  readonly rpc: string | undefined;
}

export interface RawServer {
  readonly url: string;
  readonly seen: Seen[];
  /** Breaks every connection and stops listening. */
  close(): Promise<void>;
}

/** A server that answers as `answer` says; what that leaves to it (false), it does as a plain stateless server would. */
export async function rawServer(answer: (seen: Seen, response: ServerResponse) => unknown): Promise<RawServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const message = (body === '' ? {} : JSON.parse(body)) as { id?: number; method?: string };
      const one = { method: request.method ?? '', headers: request.headers, body, id: message.id, rpc: message.method };
      seen.push(one);
      if (answer(one, response) === false) plainAnswer(one, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function plainAnswer({ method, id, rpc }: Seen, response: ServerResponse): void {
  if (method !== 'POST') return void response.writeHead(405).end();
  if (id === undefined) return void response.writeHead(202).end();
  const results: Record<string, unknown> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'raw', version: '1' },
    },
    'tools/list': { tools: [{ name: 'pay', inputSchema: { type: 'object' } }] },
  };
  json(response, JSON.stringify({ jsonrpc: '2.0', id, result: results[rpc ?? ''] ?? {} }));
}

/** Answers with a JSON body as it is. */
export function json(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body);
}

/** An upstream over a remote server. */
export function remoteRig(url: string, options: RigOptions & { readonly headers?: Record<string, string> } = {}): Rig {
  const name = brandAs<UpstreamName>('stripe');
  const spec = { name, url, headers: options.headers ?? {} };
  return rig('unused', {
    restarts: { firstMs: 50, longestMs: 200, most: 500, spanMs: 60_000 },
    ...options,
    open: (sink, maxLineBytes) => Promise.resolve().then(() => new RemoteChannel(spec, sink, maxLineBytes)),
  });
}
