/** One request to a server that is no call, and what its reply means. */
import type { Json } from '../core/json.ts';
import { isObject, JsonNumber } from '../core/json.ts';
import type { Reply } from '../upstream/port.ts';
import { scanMembers } from '../wire/index.ts';
import { type Answer, ErrorCode } from './answers.ts';
import { errorAnswer } from './elicitation.ts';
import { type Flight, withoutForgery } from './forward.ts';
import type { Ending } from './gate.ts';
import { parsed } from './raw.ts';
import type { Behind } from './tool-list.ts';

/** Sends one request of the client's, and waits for the reply. Of `_meta` only the progress token goes on, as our own. */
export function ask(behind: Behind, method: string, params: Json | undefined, flight: Flight): Promise<Reply> {
  if (flight.cancelled) return Promise.resolve({ is: 'unsent', why: 'cancelled by the client' });
  const { upstream } = behind;
  return new Promise((resolve) => {
    const handle = upstream.request(method, withoutMeta(params), flight.wantsProgress, {
      reply: resolve,
      progress: (progress) => {
        if (!flight.cancelled) flight.progress(progress);
      },
    });
    flight.cancelUpstream = (reason) => upstream.cancel(handle, reason);
  });
}

/** A request of the gateway's own, which nobody can take back. It is given up after `deadlineMs`. */
export function askQuietly(
  behind: Behind,
  method: string,
  params: Json | undefined,
  deadlineMs: number,
): Promise<Reply> {
  const { upstream } = behind;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      upstream.cancel(handle, 'timeout');
      resolve({ is: 'lost', why: 'timeout' });
    }, deadlineMs);
    // No sink is told anything before `request` has returned.
    const reply = (one: Reply): void => {
      clearTimeout(timer);
      resolve(one);
    };
    const handle = upstream.request(method, params, false, { reply, progress: () => undefined });
  });
}

function withoutMeta(params: Json | undefined): Json | undefined {
  if (!isObject(params) || !params.has('_meta')) return params;
  return new Map([...params].filter(([key]) => key !== '_meta'));
}

/** The reply as it goes back to the client. */
export function endingOf(reply: Reply, { part, mayAsk }: Behind, flight: Flight): Ending {
  const { name } = part.config;
  const end = { upstream: name, ...meaningOf(reply) };
  return { ...end, answer: flight.cancelled ? { is: 'silence' } : answerOf(reply, name, mayAsk()) };
}

/** What the record says of a reply. */
export function meaningOf(reply: Reply): Pick<Ending, 'outcome' | 'code'> {
  switch (reply.is) {
    case 'result':
      return { outcome: 'ok', code: withoutForgery(reply.raw) === null ? 'unreadable' : 'result' };
    case 'error':
      return { outcome: 'ok', code: isNotFound(reply) ? 'not_found' : 'rpc_error' };
    case 'lost':
      return { outcome: 'in-doubt', code: reply.why };
    case 'unsent':
    case 'refused':
      return { outcome: 'failed', code: reply.is };
  }
}

function answerOf(reply: Reply, name: string, mayAsk: boolean): Answer {
  switch (reply.is) {
    case 'result': {
      const result = withoutForgery(reply.raw);
      if (result !== null) return { is: 'raw', result };
      return {
        is: 'error',
        code: ErrorCode.internal,
        message: `Upstream \`${name}\` gave an answer that cannot be read.`,
      };
    }
    case 'error':
      return errorAnswer(reply.raw, name, mayAsk);
    case 'lost':
      return { is: 'error', code: ErrorCode.internal, message: `Upstream \`${name}\` ${LOST[reply.why]}.` };
    case 'unsent':
    case 'refused':
      return { is: 'error', code: ErrorCode.internal, message: `Upstream \`${name}\` is not available: ${reply.why}.` };
  }
}

const LOST = {
  timeout: 'gave no answer in time',
  exited: 'ended before it answered',
  oversize: 'gave an answer over the size limit',
} as const;

const NOT_FOUND: ReadonlySet<string> = new Set(['-32002', '-32602']);

/** Does the server say that it knows no such thing? Servers use two codes for that. */
export function isNotFound(reply: Reply): boolean {
  if (reply.is !== 'error') return false;
  const range = scanMembers(reply.raw)?.get('code');
  return range !== undefined && NOT_FOUND.has(reply.raw.toString('latin1', range.start, range.end));
}

/** An answer of the gateway's own to something that no server was asked. */
export function ownEnding(answer: Answer, code: string): Ending {
  return { answer, upstream: null, outcome: 'ok', code };
}

/** A member of a raw object that is a string; undefined for anything else, and for what has two readings. */
export function stringMember(raw: Buffer, key: string): string | undefined {
  const range = scanMembers(raw)?.get(key);
  if (range === undefined) return undefined;
  const value = parsed(raw.subarray(range.start, range.end));
  return typeof value === 'string' ? value : undefined;
}

/** A JSON-RPC error object. */
export function errorObject(code: number, message: string): Json {
  return new Map<string, Json>([
    ['code', new JsonNumber(String(code))],
    ['message', message],
  ]);
}
