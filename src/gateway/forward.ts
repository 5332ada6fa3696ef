/** One call on its way to a server and back. */
import { isObject, JsonNumber, type Json, type JsonObject, stringify } from '../core/json.ts';
import type { Outcome } from '../audit/events.ts';
import type { Reply } from '../upstream/port.ts';
import { type Answer, toolError } from './answers.ts';
import { errorAnswer } from './elicitation.ts';
import type { ToolCall } from './facts.ts';
import { parsed } from './raw.ts';
import type { Tool } from './tool-list.ts';

/** What the client may still do about a call in flight. */
export interface Flight {
  /** Set while the call is with its server. */
  cancelUpstream: ((reason: string | undefined) => void) | null;
  cancelled: boolean;
  /** True if the client gave a token to hear of progress. */
  readonly wantsProgress: boolean;
  /** Aborts when the caller took the call back, or went away: nobody waits for a person then. */
  readonly gone: AbortSignal;
  /** Takes progress for the client, already under its own token. */
  readonly progress: (params: Json) => void;
}

/** Writes the call with exactly the arguments that were evaluated, and waits for the answer. The gateway never repeats a call. */
export function forward(call: ToolCall, args: JsonObject, tool: Tool, flight: Flight): Promise<Reply> {
  const { upstream } = tool.behind;
  // Its tools were compared with what was accepted when it came up; this call was examined against those of before.
  if (tool.generation !== upstream.generation) return Promise.resolve(RESTARTED);
  const params = new Map<string, Json>([
    ['name', tool.name],
    ['arguments', args],
  ]);
  return new Promise((resolve) => {
    const handle = upstream.request('tools/call', params, call.progressToken !== undefined, {
      reply: resolve,
      progress: (progress) => {
        if (!flight.cancelled) flight.progress(progress);
      },
    });
    flight.cancelUpstream = (reason) => upstream.cancel(handle, reason);
  });
}

const RESTARTED = { is: 'unsent', why: 'it was started again while the call was examined; call again' } as const;

/**
 * What a reply proves, and what the client is told of it, is one thing. Only a call that was never written, or never begun
 * with, is certain not to have happened.
 */
export function outcomeOf(reply: Reply, answer: Answer): { readonly outcome: Outcome; readonly code: string } {
  switch (reply.is) {
    case 'result':
      if (answer.is !== 'raw') return { outcome: 'in-doubt', code: 'unreadable' };
      return saysError(reply.raw) ? { outcome: 'in-doubt', code: 'tool_error' } : { outcome: 'ok', code: 'result' };
    case 'error':
      return { outcome: 'in-doubt', code: 'rpc_error' };
    case 'lost':
      return { outcome: 'in-doubt', code: reply.why };
    case 'unsent':
    case 'refused':
      return { outcome: 'failed', code: reply.is };
  }
}

/** What the client is told of a reply. */
export function answerOf(reply: Reply, tool: Tool): Answer {
  const { name } = tool.behind.part.config;
  switch (reply.is) {
    case 'result': {
      const result = withoutForgery(reply.raw);
      return result === null ? toolError(`Upstream \`${name}\` ${UNREADABLE}`) : { is: 'raw', result };
    }
    case 'error':
      return errorAnswer(reply.raw, name, tool.behind.mayAsk());
    case 'lost':
      return toolError(
        `Upstream \`${name}\` ${LOST[reply.why]} after the call was sent. Whether it took effect is not known: ` +
          'look it up before you call again.',
      );
    case 'unsent':
      return toolError(`Upstream \`${name}\` is not available, nothing was sent: ${reply.why}.`);
    case 'refused':
      return toolError(`Upstream \`${name}\` refused the call before it began with it: ${reply.why}.`);
  }
}

const LOST = {
  timeout: 'gave no answer in time',
  exited: 'ended',
  oversize: 'gave an answer over the size limit',
} as const satisfies Record<Extract<Reply, { is: 'lost' }>['why'], string>;

const UNREADABLE =
  'gave an answer that cannot be passed on. Whether the call took effect is not known: look it up before you call again.';

/** Does the result carry `isError: true` at its top level? Parsed only if the bytes can hold that name, escaped or not. */
function saysError(raw: Buffer): boolean {
  if (!raw.includes('isError') && !raw.includes('\\u')) return false;
  try {
    const result: unknown = JSON.parse(raw.toString('utf8'));
    return typeof result === 'object' && result !== null && 'isError' in result && result.isError === true;
  } catch {
    return true;
  }
}

const OURS = 'countersign/';

/**
 * A decision stands only in answers of the gateway's own: a server's result that claims one in its `_meta` loses that
 * member. Every other result passes as the bytes it came in; a name can hide only behind an escape. Null for a result
 * that cannot be made safe.
 */
export function withoutForgery(raw: Buffer): Buffer | null {
  if (!raw.includes('countersign') && !raw.includes('\\u00')) return raw;
  const result = parsed(raw);
  if (result === undefined) return readAnew(raw);
  const meta = isObject(result) ? result.get('_meta') : undefined;
  if (!isObject(result) || !isObject(meta) || ![...meta.keys()].some((key) => key.startsWith(OURS))) return raw;
  const own = new Map([...meta].filter(([key]) => !key.startsWith(OURS)));
  return Buffer.from(stringify(new Map(result).set('_meta', own)));
}

/** Clients read what we refuse, each in its way: it is written anew, so that there is one way to read it. */
function readAnew(raw: Buffer): Buffer | null {
  try {
    const result: unknown = JSON.parse(raw.toString('utf8'));
    const meta: unknown = typeof result === 'object' && result !== null && '_meta' in result ? result._meta : null;
    if (typeof meta === 'object' && meta !== null)
      for (const key of Object.keys(meta)) if (key.startsWith(OURS)) Reflect.deleteProperty(meta, key);
    return Buffer.from(JSON.stringify(result));
  } catch {
    return null;
  }
}

/** The client's progress token is a string or a number; anything else is not one. */
export function isProgressToken(token: Json | undefined): boolean {
  return typeof token === 'string' || token instanceof JsonNumber;
}
