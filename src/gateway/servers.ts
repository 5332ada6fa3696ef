/** The servers behind one session: started together, each failing alone, their tools gathered in one list. */
import type { CallEvent, Session } from '../audit/events.ts';
import type { Json } from '../core/json.ts';
import type { ClientHello, Upstream, UpstreamEvents, UpstreamState } from '../upstream/port.ts';
import { absenceWords, Failures, failureWords } from './failures.ts';
import type { SessionParts, Terms, UpstreamPart } from './parts.ts';
import type { Peers } from './peers.ts';
import { Quarantine } from './quarantine.ts';
import { type Behind, type Tool, ToolList } from './tool-list.ts';

/** How long `tools/list` waits for slow servers; those that come after are announced by `list_changed`. */
const LIST_DEADLINE_MS = 10_000;
/** A client that asks for the list at once gets it before the processors are busy with starting servers. */
const START_AFTER_MS = 100;
/** How long a call waits for its own server to start. */
const CALL_DEADLINE_MS = 20_000;

const IN_USE = Promise.resolve();

/** Who takes what servers say without being asked, and what each of them hears of the client. */
export interface Ears {
  hello(part: UpstreamPart): ClientHello;
  request(behind: Behind, id: Json, method: string, params: Json | undefined): void;
  notification(behind: Behind, method: string, params: Json | undefined): void;
  stateChanged(behind: Behind): void;
}

export class Servers implements Peers {
  readonly #parts: SessionParts;
  readonly #session: Session;
  readonly #ears: Ears;
  #behinds: readonly Behind[] = [];
  readonly #list: ToolList;
  readonly #onListChanged: () => void;
  readonly #starts = new Map<Behind, Promise<void>>();
  readonly #quarantine: Quarantine;
  readonly #failures = new Failures();
  /** The list as the client last got it or was told of it; null before it asked. */
  #known: string | null = null;
  #terms: Terms | null = null;
  #using: Promise<void> = IN_USE;
  #changes = 0;
  #ended = false;
  /** Servers whose tools are known start a moment later, or when `#hurry` is called. */
  #hurry: () => void = () => undefined;
  readonly #mayStart = within(START_AFTER_MS, new Promise<void>((resolve) => (this.#hurry = resolve)));

  constructor(parts: SessionParts, session: Session, ears: Ears, onListChanged: () => void) {
    this.#parts = parts;
    this.#session = session;
    this.#ears = ears;
    this.#onListChanged = onListChanged;
    this.#quarantine = new Quarantine(session, parts.warn, (event) => this.#record(event));
    this.#list = new ToolList(parts.warn);
  }

  /**
   * Serves under these terms from now on: servers that the grant lost are ended, those it gained are started, and the
   * client hears if its tools are others now. Rejects, and leaves everything as it was, if a new server's parts cannot be had.
   */
  use(terms: Terms): Promise<void> {
    // A chain of promises that grows with every call would be kept by its oldest link.
    if (terms === this.#terms && this.#changes === 0) return IN_USE;
    // One after the other: two callers may come with the same new terms.
    const before = this.#using.catch(() => undefined);
    this.#changes += 1;
    this.#using = before
      .then(() => (terms === this.#terms ? undefined : this.#change(terms)))
      .finally(() => (this.#changes -= 1));
    return this.#using;
  }

  async #change(terms: Terms): Promise<void> {
    const names = terms.grant.upstreams;
    const kept = this.#behinds.filter(({ part }) => names.includes(part.config.name));
    const lost = this.#behinds.filter((behind) => !kept.includes(behind));
    const gained = await this.#parts.upstreams(
      names.filter((name) => !kept.some(({ part }) => part.config.name === name)),
    );
    if (this.#ended) return;
    const all = [...kept, ...gained.map((part) => this.#connect(part))];
    const placeOf = ({ part }: Behind): number => names.indexOf(part.config.name);
    this.#behinds = all.sort((a, b) => placeOf(a) - placeOf(b));
    this.#terms = terms;
    for (const behind of lost) this.#drop(behind);
    for (const behind of this.#behinds) if (behind.part.config.start === 'eager') void this.#start(behind);
    this.#refresh();
  }

  /** Calls that are with the server come back as lost: it may have done them. */
  #drop(behind: Behind): void {
    this.#starts.delete(behind);
    void behind.upstream.end();
  }

  /**
   * JSON text of the `tools/list` result: of the accepted definitions, without waiting for servers. Where those were not
   * kept, once the server has answered, failed or run out of time.
   */
  async listText(): Promise<string> {
    await Promise.all(this.#behinds.map((behind) => this.#readPins(behind)));
    await this.#settled(this.#behinds.filter(({ remembered, isMet }) => !isMet && remembered === null));
    this.#gather();
    this.#known = this.#list.text;
    setImmediate(this.#hurry);
    return this.#known;
  }

  /** The tool behind an exposed name, if its server has listed it. */
  met(exposed: string): Tool | undefined {
    const found = this.#list.find(exposed);
    return found?.behind.isMet === true ? found : undefined;
  }

  /**
   * The tool behind an exposed name, as its server has listed it: waits for the server if that is still starting, or for
   * all of them if nobody has listed the name yet.
   */
  async find(exposed: string): Promise<Tool | undefined> {
    const met = this.met(exposed);
    if (met !== undefined) return met;
    const found = this.#list.find(exposed);
    this.#hurry();
    if (found === undefined) await this.#settled(this.#behinds);
    else await within(CALL_DEADLINE_MS, this.#start(found.behind));
    const listed = this.#list.find(exposed);
    return listed?.behind.isMet === true ? listed : undefined;
  }

  /** A sentence about the failed server that a name belongs to by its prefix, or null. */
  unavailable(exposed: string): string | null {
    for (const { part, upstream } of this.#behinds) {
      if (upstream.tools.length > 0 || !exposed.startsWith(part.config.prefix)) continue;
      const why = absenceWords(upstream.state);
      if (upstream.state.is !== 'ready')
        return `Upstream \`${part.config.name}\` is not available, nothing was sent: ${why}. Tell the operator.`;
    }
    return null;
  }

  /** Stops reading from every server. */
  pause(): void {
    for (const { upstream } of this.#behinds) upstream.pause();
  }

  resume(): void {
    for (const { upstream } of this.#behinds) upstream.resume();
  }

  /** Ends every server. Resolves when their processes are gone. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#hurry();
    await this.#using.catch(() => undefined);
    await Promise.all(this.#behinds.map(({ upstream }) => upstream.end()));
  }

  #connect(part: UpstreamPart): Behind {
    // The server calls back only after `start`, when `behind` is there.
    const behind: Behind = {
      ...{ part, pins: new Map(), remembered: null, isMet: false },
      mayAsk: () => part.config.elicitation && this.#terms?.grant.capabilities.has('elicitation') === true,
      upstream: part.connect(this.#events(part, () => behind)),
    };
    return behind;
  }

  #events(part: UpstreamPart, behind: () => Behind): UpstreamEvents {
    return {
      stateChanged: (state) => {
        if (state.is === 'ready' || state.is === 'failed') behind().isMet = true;
        this.#noteState(part, behind().upstream, state);
        this.#refresh();
        this.#ears.stateChanged(behind());
      },
      toolsChanged: () => this.#refresh(),
      request: (id, method, params) => this.#ears.request(behind(), id, method, params),
      notification: (method, params) => this.#ears.notification(behind(), method, params),
    };
  }

  get behinds(): readonly Behind[] {
    return this.#behinds;
  }

  settled(): Promise<void> {
    return this.#settled(this.#behinds);
  }

  #settled(behinds: readonly Behind[]): Promise<void> {
    return within(LIST_DEADLINE_MS, Promise.all(behinds.map((behind) => this.#start(behind))));
  }

  #start(behind: Behind): Promise<void> {
    const started = this.#starts.get(behind) ?? this.#startWithPins(behind);
    this.#starts.set(behind, started);
    return started;
  }

  /** Without readable pins nothing of the server counts as accepted, and all its tools stay unlisted. */
  async #startWithPins(behind: Behind): Promise<void> {
    await this.#readPins(behind).catch((error: unknown) => {
      this.#parts.warn(`the accepted tools of \`${behind.part.config.name}\` cannot be read: ${words(error)}`);
    });
    if (behind.remembered !== null) await this.#mayStart;
    if (!this.#ended) await behind.upstream.start(this.#ears.hello(behind.part));
  }

  async #readPins(behind: Behind): Promise<void> {
    const { pins, tools } = await behind.part.accepted();
    behind.pins = pins;
    behind.remembered = tools;
  }

  #gather(): void {
    this.#list.refresh(this.#behinds, this.#terms?.policies ?? []);
    this.#quarantine.note(this.#list.quarantined);
  }

  #refresh(): void {
    this.#gather();
    if (this.#ended || this.#known === null || this.#known === this.#list.text) return;
    this.#known = this.#list.text;
    this.#onListChanged();
  }

  #noteState(part: UpstreamPart, upstream: Upstream, state: UpstreamState): void {
    const { name } = part.config;
    if (state.is === 'ready')
      this.#record({
        kind: 'upstream_started',
        session: this.#session,
        upstream: name,
        pid: upstream.pid,
        tools: upstream.tools.length,
        restarts: upstream.restarts,
      });
    if (state.is !== 'failed' || this.#ended || !this.#failures.isNews(upstream, state)) return;
    this.#parts.warn(`upstream \`${name}\` is not available: ${failureWords(state)}`);
    const { code, exitCode } = state;
    const { restarts } = upstream;
    this.#record({ kind: 'upstream_failed', session: this.#session, upstream: name, code, exitCode, restarts });
  }

  /** A log that cannot be written refuses every call by itself; here it must not take the session down. */
  #record(event: CallEvent): void {
    try {
      this.#parts.log.write(event);
    } catch (error) {
      this.#parts.warn(`the audit log cannot be written: ${words(error)}`);
    }
  }
}

/** Resolves when `work` is done, or without it after `deadlineMs`. */
async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise((resolve) => (timer = setTimeout(resolve, deadlineMs)));
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
