/** `initialize`, from the client's side of MCP. */
import { isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { UpstreamError } from './error.ts';
import { readObject } from './incoming.ts';
import type { ClientHello, Reply } from './port.ts';
import { printable } from './ring.ts';

/** What a server says of itself. */
export interface ServerHello {
  /** The version of MCP it speaks from here on. */
  readonly protocol: string;
  /** What it declares it can do; unknown members too. */
  readonly capabilities: JsonObject;
  /** What it tells the model about itself; empty if nothing. */
  readonly instructions: string;
  /** `name version`, printable and short. */
  readonly info: string;
}

/** The `initialize` request as a line. The hello's members are JSON text and go in as they are. */
export function initializeLine(id: number, hello: ClientHello): string {
  const version = JSON.stringify(hello.protocol);
  const params = `{"protocolVersion":${version},"capabilities":${hello.capabilities},"clientInfo":${hello.clientInfo}}`;
  return `{"jsonrpc":"2.0","id":${id},"method":"initialize","params":${params}}\n`;
}

/** Reads the answer. Throws `UpstreamError`. */
export function readServerHello(reply: Reply, deadlineMs: number): ServerHello {
  const result = readObject(resultOf(reply, deadlineMs));
  const protocol = result?.get('protocolVersion');
  if (result === null || typeof protocol !== 'string') {
    throw new UpstreamError('initialize_failed', 'its answer to `initialize` names no protocol version');
  }
  const capabilities = result.get('capabilities');
  const instructions = result.get('instructions');
  return {
    protocol,
    capabilities: isObject(capabilities) ? capabilities : new Map(),
    instructions: typeof instructions === 'string' ? instructions : '',
    info: infoOf(result.get('serverInfo')),
  };
}

function resultOf(reply: Reply, deadlineMs: number): Buffer {
  switch (reply.is) {
    case 'result':
      return reply.raw;
    case 'error':
      // Its own words may hold the key it was given, and these words reach the agent.
      throw new UpstreamError('initialize_failed', 'it answered `initialize` with an error');
    case 'unsent':
    case 'refused':
      throw new UpstreamError('exited', reply.why);
    case 'lost':
      throw lostError(reply.why, deadlineMs);
  }
}

function lostError(why: 'timeout' | 'exited' | 'oversize', deadlineMs: number): UpstreamError {
  switch (why) {
    case 'timeout':
      return new UpstreamError('initialize_timeout', `it did not answer \`initialize\` within ${deadlineMs / 1_000} s`);
    case 'exited':
      return new UpstreamError('exited', 'it ended before it answered `initialize`');
    case 'oversize':
      return new UpstreamError('initialize_failed', 'its answer to `initialize` is over the size limit');
  }
}

function infoOf(serverInfo: Json | undefined): string {
  if (!isObject(serverInfo)) return '';
  const words = [serverInfo.get('name'), serverInfo.get('version')].filter((word) => typeof word === 'string');
  return words.map((word) => printable(word, 64)).join(' ');
}
