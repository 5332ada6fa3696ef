/** Everything between client and servers that is no call of a tool: each method to its place, each through the gate. */
import type { RelayedMethod, Session } from '../audit/events.ts';
import type { Capability } from '../config/types.ts';
import type { UpstreamName } from '../core/ids.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import { type Answer, invalidParams, methodNotFound } from './answers.ts';
import { ask, askQuietly, endingOf, meaningOf, ownEnding } from './ask.ts';
import type { Asks } from './asks.ts';
import { completed } from './elicitation.ts';
import type { Flight } from './forward.ts';
import { type Ending, gated, type GateFault } from './gate.ts';
import { ListWatch } from './list-watch.ts';
import { isLogLevel, type LogLevel, relabelled } from './logging.ts';
import { methodOf } from './methods.ts';
import type { Refusal, SessionParts, Terms } from './parts.ts';
import { declaring, type Peers } from './peers.ts';
import { Prompts, unknownPrompt } from './prompts.ts';
import { type Address, readAddress, Resources } from './resources.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Behind } from './tool-list.ts';

/** What this needs of the session. */
export interface RelayParts {
  readonly parts: SessionParts;
  readonly session: Session;
  readonly peers: Peers;
  readonly asks: Asks;
  /** Does the grant carry it, as the session last saw it? */
  readonly carries: (capability: Capability) => boolean;
  readonly notify: (method: string, params?: Json) => void;
}

/** One request of the client's. */
interface Asked {
  readonly terms: Terms | Refusal;
  readonly params: JsonObject;
  readonly flight: Flight;
}

/** A method: what is wrong with the params, where it goes, what it does. */
interface Plan {
  readonly upstream: UpstreamName | null;
  readonly also?: Capability;
  readonly fault: GateFault | null;
  readonly act: () => Promise<Ending>;
}

/** How long the gateway waits for what it tells servers by itself. */
const QUIET_MS = 10_000;

export class Relay {
  readonly #it: RelayParts;
  readonly #resources: Resources;
  readonly #prompts: Prompts;
  readonly #subscriptions = new Subscriptions();
  readonly #resourceLists: ListWatch;
  readonly #promptLists: ListWatch;
  #level: LogLevel | null = null;
  #dropped = 0;

  constructor(it: RelayParts) {
    this.#it = it;
    this.#resources = new Resources(it.peers, it.parts.warn);
    this.#prompts = new Prompts(it.peers, it.parts.warn);
    this.#resourceLists = new ListWatch(() => this.#announce('resources', 'notifications/resources/list_changed'));
    this.#promptLists = new ListWatch(() => this.#announce('prompts', 'notifications/prompts/list_changed'));
  }

  /** Notifications of servers that told the client nothing. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Answers a request of the client's, or null if its method is not served. Throws `AuditError`. */
  async request(
    name: string,
    params: JsonObject | undefined,
    terms: Terms | Refusal,
    flight: Flight,
  ): Promise<Answer | null> {
    const method = methodOf(name, 'client');
    if (method === null) return null;
    const { upstream, also, fault, act } = this.#plan(method, { terms, params: params ?? new Map(), flight });
    const { parts, session } = this.#it;
    return gated({ parts, session, terms, method, upstream, fault, ...(also === undefined ? {} : { also }) }, act);
  }

  /** A notification of the client's that servers have to hear of. */
  rootsChanged(): void {
    if (!this.#it.carries('roots')) return;
    for (const { upstream } of this.#it.peers.behinds)
      if (upstream.state.is === 'ready') upstream.notify('notifications/roots/list_changed', undefined);
  }

  /** A notification of a server's. */
  notification(behind: Behind, method: string, params: Json | undefined): void {
    const told = this.#tell(behind, method, params);
    if (!told) this.#dropped += 1;
  }

  /** A server came up, went, or is no longer one of the grant's. */
  stateChanged(behind: Behind): void {
    if (behind.upstream.state.is === 'ready') void this.#remind(behind);
    else this.#it.asks.drop(behind);
    this.#subscriptions.keep(this.#it.peers.behinds);
    this.#prompts.forget();
    this.#resourceLists.stir();
    this.#promptLists.stir();
  }

  end(): void {
    this.#resourceLists.end();
    this.#promptLists.end();
    this.#it.asks.end();
  }

  #plan(method: RelayedMethod, asked: Asked): Plan {
    const { params } = asked;
    const list = (act: () => Promise<Ending>): Plan => ({ upstream: null, fault: pageFault(params), act });
    switch (method) {
      case 'resources/list':
        return list(() => this.#listed(this.#resourceLists, method, () => this.#resources.list()));
      case 'resources/templates/list':
        return list(() => this.#listed(this.#resourceLists, method, () => this.#resources.templates()));
      case 'prompts/list':
        return list(() => this.#listed(this.#promptLists, method, () => this.#prompts.list()));
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#resourcePlan(method, asked);
      case 'prompts/get':
        return this.#promptPlan(asked);
      case 'completion/complete':
        return this.#completionPlan(asked);
      case 'logging/setLevel':
        return this.#levelPlan(asked);
      case 'tools/list': // the session's own
      case 'roots/list':
      case 'sampling/createMessage':
      case 'elicitation/create':
        return { upstream: null, fault: { code: 'unknown_method', answer: methodNotFound(method) }, act: NOTHING };
    }
  }

  async #listed(watch: ListWatch, method: string, ask: () => Promise<Ending>): Promise<Ending> {
    const ending = await ask();
    if (ending.answer.is === 'raw')
      watch.know(method, ending.answer.result.toString('latin1'), async () => {
        const { answer } = await ask();
        return answer.is === 'raw' ? answer.result.toString('latin1') : null;
      });
    return ending;
  }

  #resourcePlan(method: RelayedMethod, { params, flight }: Asked): Plan {
    const address = readAddress(params);
    if ('code' in address) return { upstream: null, fault: address, act: NOTHING };
    const act = (): Promise<Ending> => {
      if (method === 'resources/read') return this.#resources.read(address, params, flight);
      if (method === 'resources/subscribe') return this.#subscribe(address, params, flight);
      return this.#unsubscribe(address, params, flight);
    };
    return { upstream: this.#resources.certain(address), fault: null, act };
  }

  async #subscribe(address: Address, params: JsonObject, flight: Flight): Promise<Ending> {
    const known = this.#subscriptions.find(address.asked);
    if (known !== undefined) return ownEnding(EMPTY, 'known');
    if (this.#subscriptions.isFull) return ownEnding(invalidParams('too many resources are subscribed to'), 'too_many');
    const { reply, behind } = await this.#resources.first('resources/subscribe', address, params, flight);
    if (behind === null) return ownEnding(invalidParams('no server has this resource'), 'not_found');
    if (reply.is === 'result') this.#subscriptions.add(address.asked, behind, address.uri);
    return endingOf(reply, behind, flight);
  }

  async #unsubscribe({ asked, uri }: Address, params: JsonObject, flight: Flight): Promise<Ending> {
    const known = this.#subscriptions.find(asked);
    if (known === undefined || !this.#subscriptions.remove(asked)) return ownEnding(EMPTY, 'known');
    const own = new Map<string, Json>(params).set('uri', uri);
    return endingOf(await ask(known.behind, 'resources/unsubscribe', own, flight), known.behind, flight);
  }

  #promptPlan({ params, flight }: Asked): Plan {
    const name = params.get('name');
    if (typeof name !== 'string')
      return { upstream: null, fault: badParams('params.name must be a string'), act: NOTHING };
    return { upstream: this.#prompts.certain(name), fault: null, act: () => this.#prompts.get(name, params, flight) };
  }

  /** What a completion is about has to be carried too. */
  #completionPlan({ params, flight }: Asked): Plan {
    const ref = params.get('ref');
    const [type, name, uri] = isObject(ref) ? [ref.get('type'), ref.get('name'), ref.get('uri')] : [];
    if (isObject(ref) && type === 'ref/prompt' && typeof name === 'string')
      return {
        upstream: this.#prompts.certain(name),
        also: 'prompts',
        fault: null,
        act: () => this.#completePrompt(name, ref, params, flight),
      };
    if (isObject(ref) && type === 'ref/resource' && typeof uri === 'string')
      return { upstream: null, also: 'resources', fault: null, act: () => this.#completeResource(uri, params, flight) };
    return { upstream: null, fault: badParams('params.ref names neither a prompt nor a resource'), act: NOTHING };
  }

  async #completePrompt(name: string, ref: JsonObject, params: JsonObject, flight: Flight): Promise<Ending> {
    const prompt = await this.#prompts.find(name);
    if (prompt === null) return ownEnding(unknownPrompt(name), 'not_found');
    const own = new Map<string, Json>(params).set('ref', new Map(ref).set('name', prompt.name));
    return this.#complete(prompt.behind, own, flight);
  }

  async #completeResource(uri: string, params: JsonObject, flight: Flight): Promise<Ending> {
    if (this.#resources.ofTemplate(uri) === undefined) await this.#resources.templates();
    const behind = this.#resources.ofTemplate(uri) ?? declaring(this.#it.peers, 'completions')[0];
    if (behind === undefined) return ownEnding(invalidParams('no server has this resource'), 'not_found');
    return this.#complete(behind, params, flight);
  }

  async #complete(behind: Behind, params: Json, flight: Flight): Promise<Ending> {
    if (!declaring(this.#it.peers, 'completions').includes(behind)) return ownEnding(NO_VALUES, 'not_declared');
    return endingOf(await ask(behind, 'completion/complete', params, flight), behind, flight);
  }

  #levelPlan({ params }: Asked): Plan {
    const level = params.get('level');
    if (!isLogLevel(level)) return { upstream: null, fault: badParams('params.level is no level'), act: NOTHING };
    return { upstream: null, fault: null, act: () => this.#setLevel(level) };
  }

  /** Every server hears it, also one that comes up later. One that refuses its only one is told to the client. */
  async #setLevel(level: LogLevel): Promise<Ending> {
    this.#level = level;
    await this.#it.peers.settled();
    const able = declaring(this.#it.peers, 'logging');
    const params = new Map([['level', level]]);
    const replies = await Promise.all(able.map((behind) => askQuietly(behind, 'logging/setLevel', params, QUIET_MS)));
    const [reply, ...others] = replies;
    const only = others.length === 0 ? (able[0]?.part.config.name ?? null) : null;
    if (reply?.is === 'error' && others.length === 0)
      return { answer: { is: 'raw-error', error: reply.raw }, upstream: only, ...meaningOf(reply) };
    return { ...ownEnding(EMPTY, 'result'), upstream: only };
  }

  /** False for what tells the client nothing. */
  #tell(behind: Behind, method: string, params: Json | undefined): boolean {
    const { carries, notify, asks } = this.#it;
    const { name, elicitation } = behind.part.config;
    switch (method) {
      case 'notifications/message': {
        const message = carries('logging') ? relabelled(params, name, this.#level) : null;
        if (message !== null) notify(method, message);
        return message !== null;
      }
      case 'notifications/resources/updated': {
        const updates = carries('resources') ? this.#subscriptions.updates(behind, params) : [];
        for (const update of updates) notify(method, update);
        return updates.length > 0;
      }
      case 'notifications/elicitation/complete': {
        const complete = carries('elicitation') && elicitation ? completed(params, name) : null;
        if (complete !== null) notify(method, complete);
        return complete !== null;
      }
      case 'notifications/cancelled':
        asks.cancelled(behind, params);
        return true;
      case 'notifications/resources/list_changed':
        this.#resourceLists.stir();
        return true;
      case 'notifications/prompts/list_changed':
        this.#prompts.forget();
        this.#promptLists.stir();
        return true;
      default:
        return false;
    }
  }

  #announce(capability: Capability, method: string): void {
    if (this.#it.carries(capability)) this.#it.notify(method);
  }

  /** A server that came up again knows nothing of what its forerunner was told. */
  async #remind(behind: Behind): Promise<void> {
    const { capabilities, generation } = behind.upstream;
    const uris = capabilities.has('resources') && this.#it.carries('resources') ? this.#subscriptions.of(behind) : [];
    if (this.#level !== null && capabilities.has('logging') && this.#it.carries('logging'))
      void askQuietly(behind, 'logging/setLevel', new Map([['level', this.#level]]), QUIET_MS);
    for (const uri of uris) {
      // The client may have left it meanwhile, and the server may be another by now, which is reminded by itself.
      if (behind.upstream.generation !== generation) return;
      if (this.#subscriptions.isFollowed(behind, uri))
        await askQuietly(behind, 'resources/subscribe', new Map([['uri', uri]]), QUIET_MS);
    }
  }
}

const NOTHING = (): Promise<Ending> => Promise.resolve(ownEnding({ is: 'silence' }, 'nothing'));
const EMPTY: Answer = { is: 'result', text: '{}' };
const NO_VALUES: Answer = { is: 'result', text: stringify(new Map([['completion', new Map([['values', []]])]])) };

function badParams(why: string): GateFault {
  return { code: 'invalid_params', answer: invalidParams(why) };
}

/** Every list has one page. */
export function pageFault(params: JsonObject | undefined): GateFault | null {
  return params?.has('cursor') === true ? badParams('invalid cursor: the list has one page') : null;
}
