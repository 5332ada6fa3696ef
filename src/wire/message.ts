/** The client's side of the wire: every line becomes one of four things. An agent controls every byte of it. */
import { isArray, isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { WireError } from './error.ts';
import type { WireCode } from './error.ts';
import { isId, readId } from './id.ts';
import type { Id } from './id.ts';
import { CLIENT_LIMITS } from './limits.ts';
import type { ParseLimits } from './limits.ts';
import { recoverId } from './recover.ts';
import { scanMessage } from './scan.ts';
import { read } from './strict.ts';

/** Why a line is no message; what the parser found, or what a message lacks. */
export type InvalidCode =
  | WireCode
  | 'batch' // an array of messages: MCP has none since 2025-06-18
  | 'not_object'
  | 'bad_version' // `jsonrpc` is not "2.0"
  | 'bad_id' // null, a fraction, an object, …
  | 'bad_method'
  | 'bad_params' // neither an object nor absent
  | 'bad_response' // not exactly one of `result` and `error`, or one beside a method
  | 'unknown_member'; // a name that the envelope does not have, such as `Method`

/** A line that is answered with an error, or dropped. */
export interface InvalidLine {
  readonly is: 'invalid';
  readonly code: InvalidCode;
  /** A sentence for the error's `message`. */
  readonly why: string;
  /** The id, where the line has one that can be told. */
  readonly id: Id | undefined;
  /** JSON-RPC 2.0 section 5.1: parse error, invalid request, invalid params. */
  readonly rpcCode: -32700 | -32600 | -32602;
  /** False for what looks like a notification or a response, to which JSON-RPC answers nothing. */
  readonly isAnswered: boolean;
}

export type ClientMessage =
  | { readonly is: 'request'; readonly id: Id; readonly method: string; readonly params: JsonObject | undefined }
  | { readonly is: 'notification'; readonly method: string; readonly params: JsonObject | undefined }
  | { readonly is: 'response'; readonly id: Id; readonly answer: { readonly result: Json } | { readonly error: Json } }
  | InvalidLine;

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/**
 * Reads one line of the client's. Never throws. Duplicate keys, bad UTF-8 and excess are refused anywhere; numbers and
 * names that a server could read differently only in `tools/call`, whose arguments are judged.
 */
export function readClientLine(bytes: Buffer, limits: ParseLimits = CLIENT_LIMITS): ClientMessage {
  try {
    const { value, scruple } = read(bytes, limits);
    const message = toMessage(value);
    if (scruple !== null && message.is === 'request' && message.method === 'tools/call') {
      return invalid(scruple.code, scruple.message, { id: message.id, rpcCode: -32602 });
    }
    return message;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const isUnreadable = error.code === 'syntax' || error.code === 'invalid_utf8';
    return invalid(error.code, error.message, { id: findId(bytes), rpcCode: isUnreadable ? -32700 : -32600 });
  }
}

function toMessage(value: Json): ClientMessage {
  if (isArray(value)) return invalid('batch', 'batches are not accepted; send one message a line');
  if (!isObject(value)) return invalid('not_object', 'a message is a JSON object');
  const fault = envelopeFault(value);
  if (fault !== null) return fault;
  return value.has('method') ? toCall(value) : toResponse(value);
}

/** What is wrong with the envelope of any message. */
function envelopeFault(value: JsonObject): InvalidLine | null {
  const id = value.get('id');
  const seen = { id: isId(id) ? id : undefined, isAnswered: isAnswered(value) };
  for (const key of value.keys()) {
    if (!MEMBERS.has(key))
      return invalid('unknown_member', 'the message has a member that JSON-RPC does not know', seen);
  }
  if (value.get('jsonrpc') !== '2.0') return invalid('bad_version', '`jsonrpc` must be "2.0"', seen);
  if (value.has('id') && !isId(id)) return invalid('bad_id', '`id` must be a string or a whole number', seen);
  return null;
}

function toCall(value: JsonObject): ClientMessage {
  const id = value.get('id');
  const method = value.get('method');
  const params = value.get('params');
  const seen = { id: isId(id) ? id : undefined, isAnswered: isAnswered(value) };
  if (typeof method !== 'string' || method === '') return invalid('bad_method', '`method` must be a string', seen);
  if (value.has('result') || value.has('error')) {
    return invalid('bad_response', 'a request has neither `result` nor `error`', seen);
  }
  if (value.has('params') && !isObject(params)) {
    return invalid('bad_params', '`params` must be an object', seen);
  }
  const object = isObject(params) ? params : undefined;
  return isId(id) ? { is: 'request', id, method, params: object } : { is: 'notification', method, params: object };
}

function toResponse(value: JsonObject): ClientMessage {
  const id = value.get('id');
  const result = value.get('result');
  const error = value.get('error');
  if (result === undefined && error === undefined) {
    return invalid('bad_method', '`method` is missing', { id: isId(id) ? id : undefined });
  }
  const quiet = { isAnswered: false };
  if (!isId(id)) return invalid('bad_id', 'a response needs the `id` of its request', quiet);
  if (value.has('params')) return invalid('bad_response', 'a response has no `params`', quiet);
  if (result !== undefined && error === undefined) return { is: 'response', id, answer: { result } };
  if (error !== undefined && result === undefined) return { is: 'response', id, answer: { error } };
  return invalid('bad_response', 'a response has `result` or `error`, not both', quiet);
}

/** Nothing is answered to a notification or to a response (JSON-RPC 2.0 section 4.1). */
function isAnswered(value: JsonObject): boolean {
  if (value.has('method')) return value.has('id');
  return !value.has('result') && !value.has('error');
}

/** The id of a line that does not parse: by its structure, else from its first members. */
function findId(bytes: Buffer): Id | undefined {
  const range = scanMessage(bytes)?.id;
  return range === undefined ? recoverId(bytes.subarray(0, 4_096)) : readId(bytes.subarray(range.start, range.end));
}

function invalid(
  code: InvalidCode,
  why: string,
  seen: Partial<Pick<InvalidLine, 'id' | 'rpcCode' | 'isAnswered'>> = {},
): InvalidLine {
  return { is: 'invalid', code, why, id: undefined, rpcCode: -32600, isAnswered: true, ...seen };
}
