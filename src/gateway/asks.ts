/**
 * What servers ask of the client: the roots of its workspace, a completion of its model, an answer of its user. Each goes
 * through the gate under the name of its server, and back under the id that the server gave it.
 */
import type { RelayedMethod, Session } from '../audit/events.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import { notificationLine, type OutboundQueue, requestLine } from '../wire/index.ts';
import { ErrorCode } from './answers.ts';
import { errorObject } from './ask.ts';
import { Budget } from './budget.ts';
import { labelled, modeOf, modesOf } from './elicitation.ts';
import { pass, type GateFault, type Passage } from './gate.ts';
import { METHODS, methodOf } from './methods.ts';
import type { Refusal, SessionParts, Terms } from './parts.ts';
import type { Behind } from './tool-list.ts';

/** A server waits for so many answers at once. */
const MOST_OPEN = 32;
/** A person may have to think; a client that does not know a method may never answer. */
const TIMEOUT_MS = { 'roots/list': 30_000, 'sampling/createMessage': 600_000, 'elicitation/create': 600_000 } as const;

type AskedMethod = keyof typeof TIMEOUT_MS;

interface Open {
  readonly behind: Behind;
  /** As the server wrote it. */
  readonly id: Json;
  readonly progressToken: Json | undefined;
  readonly passage: Passage;
  readonly timer: NodeJS.Timeout;
}

/** What this needs of the session. */
export interface AskParts {
  readonly parts: SessionParts;
  readonly session: Session;
  readonly out: Pick<OutboundQueue, 'push'>;
  /** What the client said it can do. */
  readonly client: JsonObject;
  readonly terms: () => Promise<Terms | Refusal>;
}

export class Asks {
  readonly #it: AskParts;
  /** By the id that the client sees. */
  readonly #open = new Map<string, Open>();
  /** Server and id of every request that is being worked on, so that none is taken twice. */
  readonly #taken = new Map<Behind, Set<string>>();
  readonly #budgets = new Map<Behind, Budget>();
  #next = 1;
  #dropped = 0;
  /** What waits until the client has said that it is ready, by the id that it will see. */
  #held: Map<string, string> | null = new Map();

  constructor(it: AskParts) {
    this.#it = it;
  }

  /** Answers of the client that no request waits for (any more). */
  get dropped(): number {
    return this.#dropped;
  }

  /** The client may be asked from now on (MCP 2025-11-25, basic/lifecycle). */
  ready(): void {
    const held = this.#held ?? new Map<string, string>();
    this.#held = null;
    for (const line of held.values()) this.#it.out.push(line);
  }

  /** A request of a server's. Never rejects. */
  async request(behind: Behind, id: Json, name: string, params: Json | undefined): Promise<void> {
    const method = methodOf(name, 'server');
    if (!isAsked(method)) {
      refuse(behind, id, ErrorCode.methodNotFound, `Method not found: ${name.slice(0, 64)}`);
      return;
    }
    const turn = this.#budgetOf(behind).take();
    if (turn === 'spent') {
      refuse(behind, id, ErrorCode.internal, 'Too many requests');
      return;
    }
    // Taken before anything is waited for, so that no two can have the same id or the same last place.
    const fault = turn === 'last' ? FLOOD : this.#faultOf(behind, method, params, id);
    const taken = this.#takenOf(behind);
    if (fault === null) taken.add(stringify(id));
    // Another process may be there by now, to which the id means nothing, or something else.
    const isThere = (): boolean => this.#taken.get(behind) === taken;
    try {
      const terms = await this.#it.terms();
      const upstream = behind.part.config.name;
      const passage = await pass({ parts: this.#it.parts, session: this.#it.session, terms, method, upstream, fault });
      if (!('is' in passage)) {
        if (isThere()) this.#send(behind, id, method, isObject(params) ? params : new Map(), passage);
        else void passage.end({ upstream, outcome: 'failed', code: 'exited' });
        return;
      }
      if (fault === null) taken.delete(stringify(id));
      if (isThere()) refuseWith(behind, id, passage);
    } catch {
      // The log or the store cannot be used; whoever calls hears it, and says it.
      if (fault === null) taken.delete(stringify(id));
      if (isThere()) refuse(behind, id, ErrorCode.internal, 'Not available');
    }
  }

  /** An answer of the client's. */
  answer(id: Json, answer: { readonly result: Json } | { readonly error: Json }): void {
    const open = typeof id === 'string' ? this.#take(id) : undefined;
    if (open === undefined) {
      this.#dropped += 1;
      return;
    }
    open.behind.upstream.respond(open.id, answer);
    const { name } = open.behind.part.config;
    void open.passage.end({
      upstream: name,
      outcome: 'ok',
      code: 'result' in answer ? codeOf(answer.result) : 'rpc_error',
    });
  }

  /** A server takes a request of its own back. */
  cancelled(behind: Behind, params: Json | undefined): void {
    const id = isObject(params) ? params.get('requestId') : undefined;
    if (!isObject(params) || id === undefined) return;
    const key = stringify(id);
    for (const [own, open] of this.#open) {
      if (open.behind !== behind || stringify(open.id) !== key) continue;
      const reason = params.get('reason');
      this.#giveUp(own, 'cancelled', typeof reason === 'string' ? reason.slice(0, 256) : undefined);
    }
  }

  /** Progress that the client makes with a request of a server's, under the server's own token. */
  progress(params: JsonObject): void {
    const token = params.get('progressToken');
    const open = typeof token === 'string' ? this.#open.get(token) : undefined;
    if (open?.progressToken === undefined) return;
    open.behind.upstream.notify('notifications/progress', new Map(params).set('progressToken', open.progressToken));
  }

  /** The process that asked is gone, or is to be asked nothing any more: what the client answers now is for nobody. */
  drop(behind: Behind): void {
    for (const [own, open] of this.#open) if (open.behind === behind) this.#giveUp(own, 'exited', undefined);
    this.#taken.delete(behind);
  }

  end(): void {
    for (const own of [...this.#open.keys()]) this.#giveUp(own, 'session_ended', undefined);
  }

  #faultOf(behind: Behind, method: AskedMethod, params: Json | undefined, id: Json): GateFault | null {
    const taken = this.#takenOf(behind);
    if (taken.has(stringify(id)))
      return fault('id_in_use', ErrorCode.invalidRequest, 'The id belongs to a request that is open');
    if (taken.size >= MOST_OPEN) return fault('too_many', ErrorCode.internal, 'Too many requests are open');
    const capability = METHODS[method].capability;
    if (!isObject(this.#it.client.get(capability))) return NOT_DECLARED;
    if (method !== 'elicitation/create') return null;
    if (!behind.part.config.elicitation) return fault('elicitation_off', ErrorCode.methodNotFound, 'Method not found');
    const mode = isObject(params) ? modeOf(params) : null;
    if (mode === null || !modesOf(this.#it.client.get('elicitation')).has(mode)) return NOT_DECLARED;
    return isObject(params) && labelled(params, behind.part.config.name) !== null ? null : BAD_QUESTION;
  }

  #send(behind: Behind, id: Json, method: AskedMethod, params: JsonObject, passage: Passage): void {
    const { name } = behind.part.config;
    const own = `s${name}-${this.#next}`;
    this.#next += 1;
    const meta = params.get('_meta');
    const progressToken = isObject(meta) ? meta.get('progressToken') : undefined;
    const timer = setTimeout(() => this.#giveUp(own, 'timeout', 'timeout'), TIMEOUT_MS[method]);
    timer.unref();
    this.#open.set(own, { behind, id, progressToken, passage, timer });
    const asked = shown(method, params, name);
    if (isObject(meta) && progressToken !== undefined) asked.set('_meta', new Map(meta).set('progressToken', own));
    const line = requestLine(JSON.stringify(own), method, asked.size === 0 && params.size === 0 ? undefined : asked);
    if (this.#held === null) this.#it.out.push(line);
    else this.#held.set(own, line);
  }

  /** Tells both sides that nobody waits for an answer any more. */
  #giveUp(own: string, code: string, reason: string | undefined): void {
    const open = this.#take(own);
    if (open === undefined) return;
    const params = new Map<string, Json>([['requestId', own]]);
    if (reason !== undefined) params.set('reason', reason);
    // What the client has not heard of needs no taking back.
    if (this.#held?.delete(own) !== true) this.#it.out.push(notificationLine('notifications/cancelled', params));
    if (code === 'timeout') refuse(open.behind, open.id, ErrorCode.internal, 'The client did not answer in time');
    void open.passage.end({ upstream: open.behind.part.config.name, outcome: 'in-doubt', code });
  }

  #take(own: string): Open | undefined {
    const open = this.#open.get(own);
    if (open === undefined) return undefined;
    clearTimeout(open.timer);
    this.#open.delete(own);
    this.#taken.get(open.behind)?.delete(stringify(open.id));
    return open;
  }

  #takenOf(behind: Behind): Set<string> {
    const taken = this.#taken.get(behind) ?? new Set<string>();
    this.#taken.set(behind, taken);
    return taken;
  }

  #budgetOf(behind: Behind): Budget {
    const budget = this.#budgets.get(behind) ?? new Budget(() => performance.now());
    this.#budgets.set(behind, budget);
    return budget;
  }
}

function isAsked(method: RelayedMethod | null): method is AskedMethod {
  return method !== null && Object.hasOwn(TIMEOUT_MS, method);
}

function fault(code: string, rpcCode: number, message: string): GateFault {
  return { code, answer: { is: 'error', code: rpcCode, message } };
}

const FLOOD = fault('flood', ErrorCode.internal, 'Too many requests');
/** The client never said that it can; a server that asks all the same hears what it would hear from such a client. */
const NOT_DECLARED = fault('not_declared', ErrorCode.methodNotFound, 'Method not found');
const BAD_QUESTION = fault('invalid_params', ErrorCode.invalidParams, 'Invalid params');

/** The params as the client gets them: without what means something else here than where they were written. */
function shown(method: AskedMethod, params: JsonObject, upstream: string): Map<string, Json> {
  const own = new Map((method === 'elicitation/create' ? labelled(params, upstream) : null) ?? params);
  // Tasks are not served.
  own.delete('task');
  // To the client the gateway is the server, so that this would be the context of all servers behind it.
  if (method === 'sampling/createMessage' && own.get('includeContext') !== 'none') own.delete('includeContext');
  return own;
}

/** How a user answered a question is worth a word in the log; what he answered is not. */
function codeOf(result: Json): string {
  const action = isObject(result) ? result.get('action') : undefined;
  return action === 'accept' || action === 'decline' || action === 'cancel' ? action : 'result';
}

function refuse(behind: Behind, id: Json, code: number, message: string): void {
  behind.upstream.respond(id, { error: errorObject(code, message) });
}

/** What denies a request of a server's is told in words that give nothing away about the grant. */
function refuseWith(
  behind: Behind,
  id: Json,
  answer: { readonly is: string; readonly code?: number; readonly message?: string },
): void {
  if (answer.code === ErrorCode.invalidParams || answer.code === ErrorCode.invalidRequest)
    refuse(behind, id, answer.code, answer.message ?? 'Invalid request');
  else if (answer.code === ErrorCode.methodNotFound) refuse(behind, id, answer.code, 'Method not found');
  else refuse(behind, id, ErrorCode.internal, 'Not available');
}
