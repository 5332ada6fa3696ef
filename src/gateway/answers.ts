/** What the client is told. Denials are results a model can read; everything else follows JSON-RPC. */
import type { Source } from '../core/decision.ts';
import type { ApprovalId } from '../core/ids.ts';
import { fromPlain, type Json } from '../core/json.ts';
import type { Refusal } from './parts.ts';

/** JSON-RPC 2.0 section 5.1, and two of our own outside the reserved range. */
export const ErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** The grant token does not entitle. */
  unauthorized: 4001,
  /** The installation is not usable: configuration, home, store or log. */
  unavailable: 5001,
  /** A policy denies a request that has no result to say so in. */
  denied: 4003,
  /** MCP 2025-11-25, server/resources; servers of other revisions use -32602. */
  resourceNotFound: -32002,
} as const;

/** What goes back for one request: the text of a `result`, raw bytes of one, or an error. */
export type Answer =
  | { readonly is: 'result'; readonly text: string }
  | { readonly is: 'raw'; readonly result: Buffer }
  | { readonly is: 'raw-error'; readonly error: Buffer }
  | { readonly is: 'error'; readonly code: number; readonly message: string; readonly data?: Json }
  /** The client cancelled: nothing goes back. */
  | { readonly is: 'silence' };

/** A denial: a tool result with `isError`, the sentence, and the decision as data. */
export function denied(source: Source, sentence: string, approval?: ApprovalId): Answer {
  const decision = {
    ...{ decision: 'deny', rule: source.rule, policy: source.policy },
    ...(approval === undefined ? {} : { approval }),
  };
  return toolError(sentence, { 'countersign/decision': decision });
}

/** A tool result with `isError` that says what went wrong on the way. */
export function toolError(sentence: string, meta?: Record<string, unknown>): Answer {
  const result = { content: [{ type: 'text', text: sentence }], isError: true, ...(meta && { _meta: meta }) };
  return { is: 'result', text: JSON.stringify(result) };
}

/** Unknown, hidden and ungranted tools get the same words, so that nothing can be told apart. */
export function unknownTool(name: string): Answer {
  return { is: 'error', code: ErrorCode.invalidParams, message: `Unknown tool: ${name.slice(0, 128)}` };
}

/** A method that is not served, or that the grant does not carry: nothing tells the two apart. */
export function methodNotFound(method: string): Answer {
  return { is: 'error', code: ErrorCode.methodNotFound, message: `Method not found: ${method.slice(0, 64)}` };
}

/** A denial of a request that is no call: an error with the sentence, and the decision as data. */
export function deniedRequest({ rule, policy }: Source, sentence: string): Answer {
  const data = fromPlain({ 'countersign/decision': { decision: 'deny', rule, policy } });
  return { is: 'error', code: ErrorCode.denied, message: sentence, data };
}

/** Params that are not what the method takes. */
export function invalidParams(why: string): Answer {
  return { is: 'error', code: ErrorCode.invalidParams, message: `Invalid params: ${why}` };
}

/** A session that could not be opened. */
export function refused(refusal: Refusal): Answer {
  const fault = refusal.code === 'configuration' || refusal.code === 'home' || refusal.code === 'unavailable';
  return { is: 'error', code: fault ? ErrorCode.unavailable : ErrorCode.unauthorized, message: refusal.message };
}

/** The log cannot be written: nothing was sent. */
export function logUnavailable(method: string): Answer {
  return unavailable(method, 'the audit log cannot be written', '(log unavailable)');
}

/** The store cannot be reached: nothing was sent. */
export function storeUnavailable(method: string): Answer {
  return unavailable(method, STORE_AWAY, '(store unavailable)');
}

const STORE_AWAY = 'the state store cannot be reached';

/** Only a call has a result that can tell a model of a failure; a list of that shape would read as an empty one. */
function unavailable(method: string, what: string, rule: string): Answer {
  if (method !== 'tools/call')
    return { is: 'error', code: ErrorCode.unavailable, message: `Not available: ${what}. Tell the operator.` };
  return denied({ rule, pointer: '', policy: null, policyHash: null }, unsentSentence(what));
}

function unsentSentence(what: string): string {
  return `Denied: ${what}, so the call was not sent. Tell the operator; do not call again until it works.`;
}

/** What a call is told whose store cannot be reached. */
export const STORE_AWAY_SENTENCE = unsentSentence(STORE_AWAY);
