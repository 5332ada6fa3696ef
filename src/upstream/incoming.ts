/** What a server's line says. Servers are strangers too: what cannot be told for certain settles nothing. */
import { isObject, stringify } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { read, readId, scanMessage, UPSTREAM_LIMITS, WireError } from '../wire/index.ts';
import type { Id, MessageRanges } from '../wire/index.ts';
import type { Reply } from './port.ts';

export type Incoming =
  | { readonly is: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly is: 'request'; readonly id: Id; readonly method: string; readonly params: Json | undefined }
  | { readonly is: 'notification'; readonly method: string; readonly params: Json | undefined }
  /** JSON, but no message with one reading. */
  | { readonly is: 'unusable' }
  /** Not JSON: a banner, a debug line. */
  | { readonly is: 'noise' };

type Name = keyof MessageRanges;
/** The members of a message as raw JSON. */
type Members = Readonly<Partial<Record<Name, Buffer>>>;

const NAMES: readonly Name[] = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];
const OPEN_BRACE = 0x7b;
const CARRIAGE_RETURN = 0x0d;
/** The ids that we give out; any other text is not one of ours. */
const OWN_ID = /^[1-9][0-9]{0,9}$/;
/** Stands in for an answer that has our id but is neither a result nor an error. */
const MALFORMED = Buffer.from('{"code":-32603,"message":"the server answered with something that is not a response"}');

/** Reads one line. Never throws. */
export function readServerLine(bytes: Buffer): Incoming {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09);
  if (first !== OPEN_BRACE) return { is: 'noise' };
  try {
    // Some clients end a line at a carriage return: what stands behind one could pass for a message of the gateway's.
    const ranges = bytes.includes(CARRIAGE_RETURN) ? null : scanMessage(bytes);
    return toIncoming(ranges === null ? parsedMembers(bytes) : rangedMembers(bytes, ranges));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { is: error.code === 'syntax' || error.code === 'invalid_utf8' ? 'noise' : 'unusable' };
  }
}

function rangedMembers(bytes: Buffer, ranges: MessageRanges): Members {
  const members: Partial<Record<Name, Buffer>> = {};
  for (const name of NAMES) {
    const range = ranges[name];
    if (range !== undefined) members[name] = bytes.subarray(range.start, range.end);
  }
  return members;
}

/** For the rare message that cannot go on as it is, such as one with an escaped key. Two members of one name are refused. */
function parsedMembers(bytes: Buffer): Members {
  const { value } = read(bytes, UPSTREAM_LIMITS);
  if (!isObject(value)) return {};
  const members: Partial<Record<Name, Buffer>> = {};
  for (const name of NAMES) {
    const member = value.get(name);
    if (member !== undefined) members[name] = Buffer.from(stringify(member));
  }
  return members;
}

function toIncoming(members: Members): Incoming {
  if (members.method !== undefined) return toCall(members, members.method);
  const idText = members.id?.toString('latin1') ?? '';
  if (!OWN_ID.test(idText)) return { is: 'unusable' };
  return { is: 'reply', id: Number(idText), reply: toReply(members) };
}

function toCall(members: Members, rawMethod: Buffer): Incoming {
  const method = read(rawMethod, UPSTREAM_LIMITS).value;
  const params = members.params === undefined ? undefined : read(members.params, UPSTREAM_LIMITS).value;
  if (typeof method !== 'string') return { is: 'unusable' };
  if (members.id === undefined) return { is: 'notification', method, params };
  const id = readId(members.id);
  return id === undefined ? { is: 'unusable' } : { is: 'request', id, method, params };
}

/** Every answer of MCP is an object, and so is every error of JSON-RPC. */
function toReply({ result, error }: Members): Reply {
  if (result?.[0] === OPEN_BRACE && error === undefined) return { is: 'result', raw: result };
  if (error?.[0] === OPEN_BRACE && result === undefined) return { is: 'error', raw: error };
  return { is: 'error', raw: MALFORMED };
}

/** A raw value that we read ourselves; undefined if it is not JSON with one reading. */
export function readValue(raw: Buffer): Json | undefined {
  try {
    return read(raw, UPSTREAM_LIMITS).value;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** The members of a raw object; null if it is none. */
export function readObject(raw: Buffer): JsonObject | null {
  const value = readValue(raw);
  return isObject(value) ? value : null;
}
