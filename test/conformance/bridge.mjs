/**
 * Streamable HTTP before a server on stdio, for the conformance suite, which speaks HTTP only. One process for each
 * session; what the server says without being asked goes to the stream of the request that it belongs to.
 *
 *   node bridge.mjs PORT COMMAND [ARGUMENT…]
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const [port, command, ...args] = process.argv.slice(2);
const sessions = new Map();
/** A call of this tool loses its stream half-way, so that the client has to come back for the answer (SEP-1699). */
const CUT = 'test_reconnection';
const CUT_MS = 100;
const RETRY_MS = 100;

/** Events with ids; what nobody listens to waits for a client that comes back. */
class Stream {
  static byId = new Map();
  events = [];
  response = null;
  isOver = false;

  constructor() {
    this.id = randomUUID();
    Stream.byId.set(this.id, this);
  }

  attach(response, after = 0) {
    this.response = response;
    response.on('close', () => {
      if (this.response === response) this.response = null;
    });
    for (const event of this.events.slice(after)) response.write(event);
    if (this.isOver) response.end();
  }

  push(data) {
    const event = `id: ${this.id}_${this.events.length + 1}\n${data === '' ? `retry: ${RETRY_MS}\n` : ''}data: ${data}\n\n`;
    this.events.push(event);
    this.response?.write(event);
  }

  /** The client is sent away; the stream goes on without it. */
  cut() {
    this.response?.end();
    this.response = null;
  }

  end() {
    this.isOver = true;
    this.response?.end();
  }
}

class Session {
  id = randomUUID();
  /** Streams of open requests, oldest first: by id, and by progress token. */
  open = new Map();
  byToken = new Map();
  standing = new Stream();

  constructor() {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => undefined);
    createInterface({ input: this.child.stdout }).on('line', (line) => this.fromServer(line));
  }

  toServer(message) {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  fromServer(line) {
    const message = JSON.parse(line);
    if (message.method === undefined) {
      const key = JSON.stringify(message.id);
      const stream = this.open.get(key);
      this.open.delete(key);
      stream?.push(line);
      stream?.end();
      return;
    }
    this.streamOf(message).push(line);
  }

  streamOf({ method, params }) {
    if (/\/(list_changed|updated)$/.test(method)) return this.standing;
    const byToken =
      method === 'notifications/progress' ? this.byToken.get(JSON.stringify(params.progressToken)) : undefined;
    return byToken ?? [...this.open.values()].at(-1) ?? this.standing;
  }

  end() {
    sessions.delete(this.id);
    this.standing.end();
    this.child.stdin.end();
    setTimeout(() => this.child.kill(), 3_000).unref();
  }
}

/** A page of another origin may have this machine's name looked up to ours. */
function isLocal({ host = '', origin }) {
  const own = [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`];
  return own.includes(host) && (origin === undefined || own.includes(origin.replace(/^https?:\/\//, '')));
}

function refuse(response, status, message) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message } }));
}

function listen(response, session) {
  response.writeHead(200, {
    ...{ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' },
    'mcp-session-id': session.id,
  });
  response.flushHeaders();
}

function post(message, session, response) {
  if (message.method === undefined || message.id === undefined) {
    session.toServer(message);
    response.writeHead(202).end();
    return;
  }
  const stream = new Stream();
  const token = message.params?._meta?.progressToken;
  session.open.set(JSON.stringify(message.id), stream);
  if (token !== undefined) session.byToken.set(JSON.stringify(token), stream);
  listen(response, session);
  stream.attach(response);
  stream.push('');
  session.toServer(message);
  if (message.params?.name === CUT) setTimeout(() => stream.cut(), CUT_MS);
}

function get(lastEventId, session, response) {
  listen(response, session);
  const [id, after] = String(lastEventId ?? '').split('_');
  const stream = Stream.byId.get(id) ?? session.standing;
  stream.attach(response, stream === session.standing ? stream.events.length : Number(after));
}

async function serve(request, response) {
  if (!isLocal(request.headers)) return refuse(response, 403, 'Forbidden: not a local host or origin');
  if (new URL(request.url, 'http://localhost').pathname !== '/mcp') return refuse(response, 404, 'Not found');
  let body = '';
  for await (const chunk of request) body += chunk;
  const message = request.method === 'POST' ? JSON.parse(body) : null;
  const id = request.headers['mcp-session-id'];
  let session = sessions.get(id);
  if (session === undefined && message?.method === 'initialize') {
    session = new Session();
    sessions.set(session.id, session);
  }
  if (session === undefined) return refuse(response, id === undefined ? 400 : 404, 'No such session');
  if (message !== null) post(message, session, response);
  else if (request.method === 'GET') get(request.headers['last-event-id'], session, response);
  else if (request.method === 'DELETE') {
    session.end();
    response.writeHead(200).end();
  } else refuse(response, 405, 'Method not allowed');
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => refuse(response, 400, error.message));
});
server.listen(Number(port), 'localhost', () => process.stdout.write('listening\n'));
process.on('SIGTERM', () => {
  for (const session of sessions.values()) session.end();
  server.close();
  server.closeAllConnections();
});
