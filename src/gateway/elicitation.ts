/** What servers ask users: each question under the name of its server, each id in a form that only that server has. */
import { isArray, isObject, JsonNumber, type Json, type JsonObject, stringify } from '../core/json.ts';
import { type Answer, ErrorCode } from './answers.ts';
import { parsed } from './raw.ts';

/** MCP 2025-11-25, client/elicitation: the server cannot go on before the user has been to an address. */
const URL_ELICITATION_REQUIRED = -32_042;

const MAX_ID_CHARS = 1_024;

/** Which kinds of questions the client can show; an empty object means forms (MCP 2025-11-25, client/elicitation). */
export function modesOf(client: Json | undefined): ReadonlySet<string> {
  if (!isObject(client)) return new Set();
  const modes = ['form', 'url'].filter((mode) => client.has(mode));
  return new Set(modes.length === 0 ? ['form'] : modes);
}

/** The mode of a question; a question without one is a form. */
export function modeOf(params: JsonObject): string | null {
  const mode = params.get('mode') ?? 'form';
  return mode === 'form' || mode === 'url' ? mode : null;
}

/** The question as the client shall see it; null for one that nobody should be shown. */
export function labelled(params: JsonObject, upstream: string): JsonObject | null {
  const message = params.get('message');
  if (typeof message !== 'string') return null;
  const own = new Map<string, Json>(params).set('message', `[${upstream}] ${message}`);
  if (modeOf(params) !== 'url') return own;
  const id = ownId(params.get('elicitationId'), upstream);
  return id === null || !isWebAddress(params.get('url')) ? null : own.set('elicitationId', id);
}

/** `notifications/elicitation/complete` as the client knows the question; null for none. */
export function completed(params: Json | undefined, upstream: string): Json | null {
  if (!isObject(params)) return null;
  const id = ownId(params.get('elicitationId'), upstream);
  return id === null ? null : new Map(params).set('elicitationId', id);
}

/** Two servers may choose the same id. */
function ownId(id: Json | undefined, upstream: string): string | null {
  return typeof id === 'string' && id.length <= MAX_ID_CHARS ? `${upstream}.${id}` : null;
}

/** Nothing but a page of the web: a client may open what it is given. */
function isWebAddress(url: Json | undefined): boolean {
  return typeof url === 'string' && URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);
}

/**
 * An error of a server's as it goes back to the client: one that sends the user to an address is a question too, and goes
 * only where questions of this server may.
 */
export function errorAnswer(raw: Buffer, upstream: string, mayAsk: boolean): Answer {
  const error = parsed(raw);
  const code = isObject(error) ? error.get('code') : undefined;
  if (!isObject(error) || !(code instanceof JsonNumber)) return unusable(upstream, 'gave an error that cannot be read');
  // A number can be written in many ways.
  if (Number(code.text) !== URL_ELICITATION_REQUIRED) return { is: 'raw-error', error: raw };
  const data = error.get('data');
  const questions = isObject(data) ? data.get('elicitations') : undefined;
  const own = isArray(questions) && mayAsk ? questions.map((one) => addressed(one, upstream)) : [null];
  if (!isObject(data) || own.includes(null))
    return unusable(upstream, 'wants the user to open an address first, and may not ask. Tell the operator');
  const told = own.filter((one) => one !== null);
  const members = new Map(error).set('data', new Map(data).set('elicitations', told));
  return { is: 'raw-error', error: Buffer.from(stringify(members)) };
}

function addressed(question: Json, upstream: string): JsonObject | null {
  return isObject(question) ? labelled(new Map(question).set('mode', 'url'), upstream) : null;
}

function unusable(upstream: string, what: string): Answer {
  return { is: 'error', code: ErrorCode.internal, message: `Upstream \`${upstream}\` ${what}.` };
}
