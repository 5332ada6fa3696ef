/** The servers behind one session: started together, each failing alone, their tools gathered in one list. */
import type { CallEvent, Session } from '../audit/events.ts';
import { JsonNumber, type Json } from '../core/json.ts';
import type { ClientHello, Upstream, UpstreamEvents, UpstreamState } from '../upstream/port.ts';
import { ErrorCode } from './answers.ts';
import { absenceWords, Failures, failureWords } from './failures.ts';
import type { SessionParts, Terms, UpstreamPart } from './parts.ts';
import { Quarantine } from './quarantine.ts';
import { type Behind, type Tool, ToolList } from './tool-list.ts';

/** How long `tools/list` waits for slow servers; those that come after are announced by `list_changed`. */
const LIST_DEADLINE_MS = 10_000;

export class Servers {
  readonly #parts: SessionParts;
  readonly #session: Session;
  readonly #hello: ClientHello;
  #behinds: readonly Behind[] = [];
  readonly #list: ToolList;
  readonly #onListChanged: () => void;
  readonly #starts = new Map<Behind, Promise<void>>();
  readonly #quarantine: Quarantine;
  readonly #failures = new Failures();
  /** The list as the client last got it or was told of it; null before it asked. */
  #known: string | null = null;
  #terms: Terms | null = null;
  #using: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(parts: SessionParts, session: Session, hello: ClientHello, onListChanged: () => void) {
    this.#parts = parts;
    this.#session = session;
    this.#hello = hello;
    this.#onListChanged = onListChanged;
    this.#quarantine = new Quarantine(session, parts.warn, (event) => this.#record(event));
    this.#list = new ToolList(parts.warn);
  }

  /**
   * Serves under these terms from now on: servers that the grant lost are ended, those it gained are started, and the
   * client hears if its tools are others now. Rejects, and leaves everything as it was, if a new server's parts cannot be had.
   */
  use(terms: Terms): Promise<void> {
    // One after the other: two callers may come with the same new terms.
    const before = this.#using.catch(() => undefined);
    this.#using = before.then(() => (terms === this.#terms ? undefined : this.#change(terms)));
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

  /** JSON text of the `tools/list` result, once every server has answered, failed or run out of time. */
  async listText(): Promise<string> {
    await this.#settled();
    await Promise.all(this.#behinds.map((behind) => this.#readPins(behind)));
    this.#gather();
    this.#known = this.#list.text;
    return this.#known;
  }

  /** The tool behind an exposed name; waits for servers that are still starting if nobody has listed it yet. */
  async find(exposed: string): Promise<Tool | undefined> {
    const found = this.#list.find(exposed);
    if (found !== undefined) return found;
    await this.#settled();
    return this.#list.find(exposed);
  }

  /** A sentence about the failed server that a name belongs to by its prefix, or null. */
  unavailable(exposed: string): string | null {
    for (const { part, upstream } of this.#behinds) {
      if (upstream.tools.length > 0 || !exposed.startsWith(part.config.prefix)) continue;
      const why = absenceWords(upstream.state);
      if (upstream.state.is !== 'ready')
        return `Upstream \`${part.config.name}\` is not available: ${why}. Tell the operator.`;
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
    await this.#using.catch(() => undefined);
    await Promise.all(this.#behinds.map(({ upstream }) => upstream.end()));
  }

  #connect(part: UpstreamPart): Behind {
    // The server calls back only after `start`, when `behind` is there.
    const behind: Behind = {
      ...{ part, pins: new Map() },
      upstream: part.connect(this.#events(part, () => behind)),
    };
    return behind;
  }

  #events(part: UpstreamPart, behind: () => Behind): UpstreamEvents {
    return {
      stateChanged: (state) => {
        this.#noteState(part, behind().upstream, state);
        this.#refresh();
      },
      toolsChanged: () => this.#refresh(),
      request: (id, method) => behind().upstream.respond(id, { error: methodNotFound(method) }),
      notification: () => undefined,
    };
  }

  async #settled(): Promise<void> {
    const all = Promise.all(this.#behinds.map((behind) => this.#start(behind)));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => (timer = setTimeout(resolve, LIST_DEADLINE_MS)));
    await Promise.race([all, deadline]);
    clearTimeout(timer);
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
    if (!this.#ended) await behind.upstream.start(this.#hello);
  }

  async #readPins(behind: Behind): Promise<void> {
    behind.pins = await behind.part.pins();
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

function words(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

function methodNotFound(method: string): Json {
  return new Map<string, Json>([
    ['code', new JsonNumber(String(ErrorCode.methodNotFound))],
    ['message', `Method not found: ${method.slice(0, 64)}`],
  ]);
}
