/**
 * One client connection: what may come when, and who answers. Everything that reaches this class was written by the
 * client, that is by whatever drives the agent.
 */
import { AuditError, type PolicyVersion, type Session as LogSession } from '../audit/events.ts';
import { StateError } from '../state/port.ts';
import { faultWords } from '../core/fault-words.ts';
import type { Capability } from '../config/types.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import {
  type ClientMessage,
  errorLine,
  notificationLine,
  type OutboundQueue,
  rawErrorLine,
  readClientLine,
  recoverId,
  resultLine,
} from '../wire/index.ts';
import { type Answer, ErrorCode, logUnavailable, methodNotFound, refused, storeUnavailable } from './answers.ts';
import { ownEnding } from './ask.ts';
import { Asks } from './asks.ts';
import { Brake, type Intake } from './brake.ts';
import { offeredTo } from './capabilities.ts';
import { enforce } from './enforce.ts';
import { readToolCall } from './facts.ts';
import { Flights } from './flights.ts';
import { type Flight, isProgressToken } from './forward.ts';
import { gated } from './gate.ts';
import { type Greeting, initializeResult, readHello } from './initialize.ts';
import type { AdmitClient, Refusal, SessionParts, Terms } from './parts.ts';
import type { Look } from './permitted.ts';
import { policyVersion } from './policy-version.ts';
import { Rejections } from './rejections.ts';
import { pageFault, Relay } from './relay.ts';
import { Servers } from './servers.ts';

type Request = Extract<ClientMessage, { is: 'request' }>;

/** How soon a client that calls nothing hears of an edit. */
const WATCH_MS = 500;

interface Open {
  readonly parts: SessionParts;
  readonly session: LogSession;
  readonly servers: Servers;
  readonly relay: Relay;
  readonly asks: Asks;
  readonly rejections: Rejections;
}

type State =
  | { readonly is: 'new' }
  | { readonly is: 'opening'; readonly done: Promise<void> }
  | ({ readonly is: 'open' } & Open)
  | { readonly is: 'refused'; readonly refusal: Refusal }
  | { readonly is: 'ended' };

export class Session {
  readonly #out: OutboundQueue;
  readonly #admit: AdmitClient;
  readonly #version: string;
  readonly #brake: Brake;
  readonly #flights = new Flights();
  #state: State = { is: 'new' };
  #watch: NodeJS.Timeout | undefined;
  /** The client has said that it may be asked. */
  #isReady = false;
  /** What the grant carries, as it was last looked at. */
  #carried: ReadonlySet<Capability> = new Set();
  /** The terms of this turn. */
  #asked: Promise<Terms | Refusal> | undefined;

  constructor(out: OutboundQueue, admit: AdmitClient, version: string, intake: Intake) {
    this.#out = out;
    this.#admit = admit;
    this.#version = version;
    this.#brake = new Brake(intake);
  }

  /** One line from the client, without its line end. */
  line(bytes: Buffer): void {
    const message = readClientLine(bytes);
    switch (message.is) {
      case 'request':
        void this.#request(message);
        return;
      case 'notification':
        this.#notification(message.method, message.params);
        return;
      case 'response':
        if (this.#state.is === 'open') this.#state.asks.answer(message.id, message.answer);
        return;
      case 'invalid':
        if (message.isAnswered) this.#reject(message.id, message.rpcCode, message.code, message.why, null);
        else this.#record({ code: message.code, method: null });
    }
  }

  /** A line over the limit: its request fails, the connection lives. */
  oversize(head: Buffer, totalBytes: number, tail: Buffer): void {
    const why = `the message has ${totalBytes} bytes, more than the gateway accepts`;
    this.#reject(recoverId(head, tail), ErrorCode.invalidRequest, 'oversize', why, null);
  }

  /** The client reads more slowly than the servers write: they wait until `resume`. */
  pause(): void {
    if (this.#state.is === 'open') this.#state.servers.pause();
  }

  resume(): void {
    if (this.#state.is === 'open') this.#state.servers.resume();
  }

  /** Resolves when no request is being worked on. */
  idle(): Promise<void> {
    return this.#flights.idle();
  }

  /** The client will not write again: who waits for a person is answered now, and nothing is executed for him. */
  stopWaiting(): void {
    this.#flights.leaveAll();
  }

  /** Ends the servers and closes the log's session. */
  async end(why: string): Promise<void> {
    this.stopWaiting();
    if (this.#state.is === 'opening') await this.#state.done;
    const state = this.#state;
    this.#state = { is: 'ended' };
    clearInterval(this.#watch);
    if (state.is !== 'open') return;
    state.relay.end();
    await state.servers.end();
    await this.idle();
    await state.parts.quota.end();
    state.rejections.end();
    try {
      state.parts.log.write({ kind: 'session_closed', session: state.session, why });
      await state.parts.log.close();
    } catch (error) {
      state.parts.warn(`the audit log could not be closed: ${words(error)}`);
    }
  }

  async #request(request: Request): Promise<void> {
    const id = stringify(request.id);
    const flight = this.#flights.begin(id, this.#progressOf(request));
    if ('why' in flight) {
      this.#reject(request.id, ErrorCode.invalidRequest, flight.code, flight.why, request.method);
      return;
    }
    let answer: Answer;
    try {
      answer = await this.#answer(request, flight);
    } catch (error) {
      answer = this.#failed(error, request.method);
    }
    this.#send(id, answer);
    this.#flights.end(id);
  }

  #answer(request: Request, flight: Flight): Answer | Promise<Answer> {
    switch (request.method) {
      case 'ping':
        return { is: 'result', text: '{}' };
      case 'initialize':
        return this.#initialize(request.params);
      case 'server/discover':
        return methodNotFound(request.method);
    }
    const state = this.#state;
    if (state.is === 'opening') return state.done.then(() => this.#governed(this.#state, request, flight));
    return this.#governed(state, request, flight);
  }

  #governed(open: State, request: Request, flight: Flight): Answer | Promise<Answer> {
    if (open.is === 'refused') return refused(open.refusal);
    if (open.is !== 'open') return this.#tooEarly(request.method);
    switch (request.method) {
      case 'tools/list':
        return this.#listTools(open, request.params);
      case 'tools/call':
        return this.#callTool(open, request.params, flight);
      default:
        return this.#relayed(open, request, flight);
    }
  }

  async #relayed(open: Open, { method, params }: Request, flight: Flight): Promise<Answer> {
    const answer = await open.relay.request(method, params, await this.#termsOf(open), flight);
    if (answer !== null) return answer;
    this.#record({ code: 'unknown_method', method: null });
    return methodNotFound(method);
  }

  async #initialize(params: Json | undefined): Promise<Answer> {
    const greeting = readHello(params);
    if (this.#state.is !== 'new') return this.#invalid('initialize was sent before');
    if (greeting === null) return this.#invalid('initialize needs params with clientInfo');
    const admission = this.#admit();
    this.#state = { is: 'opening', done: this.#opened(admission, greeting) };
    const outcome = await admission;
    if ('message' in outcome) return refused(outcome);
    return { is: 'result', text: initializeResult(greeting.hello.protocol, this.#version, outcome.declared) };
  }

  /** Waits for the parts and starts the servers. Never rejects: whatever goes wrong refuses the session. */
  async #opened(admission: ReturnType<AdmitClient>, greeting: Greeting): Promise<void> {
    try {
      const outcome = await admission;
      const parts = 'parts' in outcome ? await outcome.parts : outcome;
      if ('message' in parts) this.#state = { is: 'refused', refusal: parts };
      else this.#start(parts, greeting, await parts.terms());
    } catch {
      this.#state = { is: 'refused', refusal: NOT_OPENED };
    }
  }

  #start(given: SessionParts, { hello, capabilities, client }: Greeting, terms: Terms | Refusal): void {
    const parts = { ...given, log: this.#brake.watching(given.log) };
    const session = { grant: parts.grant.name, principal: parts.grant.principal, client };
    parts.log.write({ kind: 'session_opened', session, protocol: hello.protocol, policies: versionsIn(terms) });
    const notify = (method: string, params?: Json): void => void this.#out.push(notificationLine(method, params));
    const servers = new Servers(
      parts,
      session,
      {
        hello: ({ config }) => ({ ...hello, capabilities: offeredTo(config, capabilities, parts.grant.capabilities) }),
        request: (behind, id, method, params) => void asks.request(behind, id, method, params),
        notification: (behind, method, params) => relay.notification(behind, method, params),
        stateChanged: (behind) => relay.stateChanged(behind),
      },
      () => notify('notifications/tools/list_changed'),
    );
    const asks: Asks = new Asks({
      ...{ parts, session, out: this.#out, client: capabilities },
      terms: () => this.#termsOf(open),
    });
    const carries = (capability: Capability): boolean => this.#carried.has(capability);
    const relay: Relay = new Relay({ parts, session, peers: servers, asks, carries, notify });
    const rejections = new Rejections(parts, session, this.#brake);
    const open = { parts, session, servers, relay, asks, rejections };
    this.#state = { is: 'open', ...open };
    if (this.#isReady) asks.ready();
    void this.#termsOf(open).catch((error: unknown) => parts.warn(words(error)));
    this.#watch = setInterval(() => void this.#follow(open), WATCH_MS);
    this.#watch.unref();
  }

  /** What the configuration says now; requests that came in one turn of the event loop came at one instant. */
  #termsOf(open: Open): Promise<Terms | Refusal> {
    if (this.#asked === undefined) {
      this.#asked = this.#askTerms(open);
      setImmediate(() => (this.#asked = undefined));
    }
    return this.#asked;
  }

  /** The servers follow it before the request goes on. */
  async #askTerms({ parts, servers }: Open): Promise<Terms | Refusal> {
    const terms = await parts.terms();
    this.#carried = 'message' in terms ? new Set() : terms.grant.capabilities;
    if (!('message' in terms)) await servers.use(terms);
    return terms;
  }

  /** A client that calls nothing hears all the same that its tools are others now. */
  async #follow(open: Open): Promise<void> {
    try {
      await this.#termsOf(open);
    } catch {
      // The next request meets the same fault, and says it.
    }
  }

  async #listTools(open: Open, params: JsonObject | undefined): Promise<Answer> {
    const { parts, session, servers } = open;
    const terms = await this.#termsOf(open);
    return gated({ parts, session, terms, method: 'tools/list', upstream: null, fault: pageFault(params) }, async () =>
      ownEnding({ is: 'result', text: await servers.listText() }, 'result'),
    );
  }

  async #callTool(open: Open, params: Json | undefined, flight: Flight): Promise<Answer> {
    const { parts, session, servers } = open;
    const terms = await this.#termsOf(open);
    // A grant that is gone is told so by the gate of the call.
    if (!('message' in terms) && !terms.grant.capabilities.has('tools')) {
      this.#record({ code: 'capability', method: 'tools/call' });
      return methodNotFound('tools/call');
    }
    const call = readToolCall(params);
    if (typeof call === 'string') {
      this.#record({ code: 'invalid_params', method: 'tools/call' });
      return { is: 'error', code: ErrorCode.invalidParams, message: `Invalid params: ${call}` };
    }
    const lookAt = async (current: Terms | Refusal): Promise<Look> => {
      const tool = servers.met(call.name) ?? (await servers.find(call.name));
      return { terms: current, tool, unavailable: tool === undefined ? servers.unavailable(call.name) : null };
    };
    const look = async (): Promise<Look> => lookAt(await this.#termsOf(open));
    const { tool, unavailable } = await lookAt(terms);
    return enforce({ parts, session, call, flight, look, terms, tool, unavailable, request: parts.newRequestId() });
  }

  #notification(method: string, params: JsonObject | undefined): void {
    switch (method) {
      case 'tools/call':
        this.#record({ code: 'call_without_id', method });
        return;
      case 'notifications/cancelled': {
        const id = params?.get('requestId');
        const reason = params?.get('reason');
        if (id !== undefined) this.#flights.cancel(id, typeof reason === 'string' ? reason : undefined);
        return;
      }
      case 'notifications/initialized':
        this.#isReady = true;
        if (this.#state.is === 'open') this.#state.asks.ready();
        return;
      case 'notifications/roots/list_changed':
        if (this.#state.is === 'open') this.#state.relay.rootsChanged();
        return;
      case 'notifications/progress':
        if (this.#state.is === 'open' && params !== undefined) this.#state.asks.progress(params);
        return;
    }
  }

  /** Null for a client that did not ask. */
  #progressOf({ params }: Request): ((progress: Json) => void) | null {
    const meta = params?.get('_meta');
    const token = isObject(meta) ? meta.get('progressToken') : undefined;
    if (token === undefined || !isProgressToken(token)) return null;
    return (progress) => this.#out.push(progressLine(token, progress));
  }

  #tooEarly(method: string): Answer {
    this.#record({ code: 'not_initialized', method });
    return this.#invalid('the session is not initialized');
  }

  /** Something the gateway relies on did not hold: the request is refused, the words go to the operator. */
  #failed(error: unknown, method: string): Answer {
    if (this.#state.is === 'open') this.#state.parts.warn(causeWords(error));
    if (error instanceof AuditError) return logUnavailable(method);
    if (error instanceof StateError) return storeUnavailable(method);
    return { is: 'error', code: ErrorCode.internal, message: "Internal error; the reason is on the gateway's stderr" };
  }

  #invalid(why: string): Answer {
    return { is: 'error', code: ErrorCode.invalidRequest, message: `Invalid request: ${why}` };
  }

  /** Answers what cannot be a request of this protocol, and records that it came. */
  #reject(id: Json | undefined, rpcCode: number, code: string, why: string, method: string | null): void {
    this.#record({ code, method });
    this.#out.push(errorLine(id === undefined ? null : stringify(id), rpcCode, why));
  }

  #record(rejection: { readonly code: string; readonly method: string | null }): void {
    if (this.#state.is === 'open') this.#state.rejections.add(rejection);
  }

  #send(idText: string, answer: Answer): void {
    switch (answer.is) {
      case 'result':
        this.#out.push(resultLine(idText, answer.text));
        return;
      case 'raw':
        this.#out.push(resultLine(idText, answer.result));
        return;
      case 'raw-error':
        this.#out.push(rawErrorLine(idText, answer.error));
        return;
      case 'error':
        this.#out.push(errorLine(idText, answer.code, answer.message, answer.data));
        return;
      case 'silence':
        return;
    }
  }
}

const NOT_OPENED: Refusal = {
  code: 'unavailable',
  message: "The session could not be opened; the reason is on the gateway's stderr.",
};

/** The client's own token goes back with what the server said of its progress. */
function progressLine(token: Json, params: Json): string {
  const own = new Map<string, Json>([['progressToken', token]]);
  if (isObject(params)) for (const [key, value] of params) if (key !== 'progressToken') own.set(key, value);
  return notificationLine('notifications/progress', own);
}

function versionsIn(terms: Terms | Refusal): readonly PolicyVersion[] {
  return 'message' in terms ? [] : terms.policies.map(policyVersion);
}

/** Errors whose words are ours, and written for the operator. */
const WORDED: ReadonlySet<string> = new Set([
  ...['AuditError', 'StateError', 'SecretError', 'UpstreamError', 'CatalogueError', 'ConfigError', 'HomeError'],
]);

/** The message of any other may hold what was sent. */
function causeWords(error: unknown): string {
  const isWorded = error instanceof Error && (WORDED.has(error.name) || 'syscall' in error);
  return isWorded ? words(error) : `a request failed, please report it: ${faultWords(error)}`;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
