/** A server that runs as our child process. */
import type { UpstreamName } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { JsonNumber, stringify } from '../core/json.ts';
import { notificationLine, requestLine, resultLine, rawErrorLine } from '../wire/index.ts';
import { Child } from './child.ts';
import type { ChildExit } from './child.ts';
import { UpstreamError } from './error.ts';
import { initializeLine, readServerHello } from './handshake.ts';
import { Inbox } from './inbox.ts';
import type { LineCounts } from './inbox.ts';
import type { LaunchSpec } from './launch.ts';
import { withProgressToken } from './params.ts';
import { PendingRequests, progressToken } from './pending.ts';
import type { ClientHello, ListedTool, Reply, ReplySink, Upstream, UpstreamEvents, UpstreamState } from './port.ts';
import { fetchTools } from './tool-pages.ts';

/** How one server is run. */
export interface ChildOptions {
  readonly name: UpstreamName;
  /** What to start, asked for at each start; an error with the code `secret_missing` keeps its words. */
  readonly launch: () => Promise<LaunchSpec>;
  /** For each request of the gateway's clients. Null: for ever. */
  readonly timeoutMs: number | null;
  /** For `initialize`, and again for the whole tool list. */
  readonly initializeMs?: number;
  /** A longer answer fails its request. */
  readonly maxLineBytes?: number;
  readonly events: UpstreamEvents;
}

const INITIALIZE_MS = 15_000;
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** A server that stopped reading gets no more to read. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** Servers announce changes in bursts. */
const RELIST_MS = 100;

export class ChildUpstream implements Upstream {
  readonly name: UpstreamName;
  readonly #options: ChildOptions;
  readonly #initializeMs: number;
  readonly #inbox: Inbox;
  readonly #pending = new PendingRequests((id) => this.#sendCancelled(id, 'timeout'));
  #state: UpstreamState = { is: 'idle' };
  #tools: readonly ListedTool[] = [];
  #serverInfo = '';
  #capabilities: JsonObject = new Map();
  #instructions = '';
  #child: Child | null = null;
  #started: Promise<void> = Promise.resolve();
  /** The end of the last process, whatever ended it. */
  #gone: Promise<void> = Promise.resolve();
  #relistTimer: NodeJS.Timeout | undefined;
  #relisting: Promise<void> | null = null;

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.#options = options;
    this.#initializeMs = options.initializeMs ?? INITIALIZE_MS;
    this.#inbox = new Inbox(this.#pending, {
      request: (id, method, params) => options.events.request(id, method, params),
      notification: (method, params) => options.events.notification(method, params),
      ping: (id) => this.respond(id, { result: new Map() }),
      toolListChanged: () => this.#relistSoon(),
      noise: (bytes) => this.#child?.noise(bytes),
    });
  }

  get state(): UpstreamState {
    return this.#state;
  }

  get tools(): readonly ListedTool[] {
    return this.#tools;
  }

  get serverInfo(): string {
    return this.#serverInfo;
  }

  get capabilities(): JsonObject {
    return this.#capabilities;
  }

  get instructions(): string {
    return this.#instructions;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get counts(): LineCounts {
    return this.#inbox.counts;
  }

  stderrTail(): readonly string[] {
    return this.#child?.lastLines ?? [];
  }

  /** Stops reading from the server while the client is behind; `resume` goes on. */
  pause(): void {
    this.#child?.pause();
  }

  resume(): void {
    this.#child?.resume();
  }

  start(hello: ClientHello): Promise<void> {
    if (this.#is('idle') || this.#is('failed')) this.#started = this.#start(hello);
    return this.#started;
  }

  request(method: string, params: Json | undefined, wantsProgress: boolean, sink: ReplySink): number {
    const id = this.#pending.add({ sink, wantsProgress, timeoutMs: this.#options.timeoutMs });
    const why = this.#unready() ?? this.#send(id, method, params, wantsProgress);
    if (why !== null) queueMicrotask(() => this.#pending.settle(id, { is: 'unsent', why }));
    return id;
  }

  cancel(handle: number, reason: string | undefined): void {
    if (this.#pending.isOpen(handle)) this.#sendCancelled(handle, reason);
  }

  notify(method: string, params: Json | undefined): void {
    if (this.#is('ready')) this.#child?.write(notificationLine(method, params));
  }

  respond(id: Json, answer: { readonly result: Json } | { readonly error: Json }): void {
    const line =
      'result' in answer
        ? resultLine(stringify(id), stringify(answer.result))
        : rawErrorLine(stringify(id), stringify(answer.error));
    if ((this.#child?.queuedBytes ?? 0) <= MAX_QUEUED_BYTES) this.#child?.write(line);
  }

  async end(): Promise<void> {
    if (!this.#is('ended')) this.#enter({ is: 'ended' });
    clearTimeout(this.#relistTimer);
    void this.#release(); // so that a start in progress comes to its end
    await this.#started;
    await this.#release();
  }

  async #start(hello: ClientHello): Promise<void> {
    this.#enter({ is: 'starting' });
    try {
      await this.#gone;
      await this.#spawn();
      await this.#initialize(hello);
      if (this.#is('starting')) this.#enter({ is: 'ready' });
    } catch (error) {
      this.#fail(asUpstreamError(error));
    }
  }

  async #spawn(): Promise<void> {
    const spec = await this.#options.launch();
    if (!this.#is('starting')) return;
    let child: Child | null = null;
    const isCurrent = (): boolean => this.#child === child;
    child = await Child.start(
      spec,
      {
        line: (bytes) => (isCurrent() ? this.#inbox.line(bytes) : undefined),
        oversize: (head, _totalBytes, tail) => (isCurrent() ? this.#inbox.oversize(head, tail) : undefined),
        exited: (exit) => (isCurrent() ? this.#exited(exit) : undefined),
      },
      this.#options.maxLineBytes ?? MAX_LINE_BYTES,
    );
    this.#child = child;
    if (!this.#is('starting')) await this.#release();
  }

  async #initialize(hello: ClientHello): Promise<void> {
    if (!this.#is('starting')) return;
    const answer = await this.#ask(this.#initializeMs, (id) => initializeLine(id, hello));
    // For `upstream test`, where a person reads what the server said.
    if (answer.is === 'error') this.#child?.noise(answer.raw);
    const { capabilities, instructions, info } = readServerHello(answer, this.#initializeMs);
    this.#serverInfo = info;
    this.#capabilities = capabilities;
    this.#instructions = instructions;
    this.#child?.write(notificationLine('notifications/initialized'));
    this.#tools = capabilities.has('tools') ? await this.#fetchTools() : [];
  }

  async #fetchTools(): Promise<readonly ListedTool[]> {
    const endMs = performance.now() + this.#initializeMs;
    const { tools, skipped } = await fetchTools((params) =>
      this.#ask(Math.max(1, endMs - performance.now()), (id) => requestLine(String(id), 'tools/list', params)),
    );
    this.#inbox.drop(skipped);
    return tools;
  }

  /** A request of our own. */
  #ask(timeoutMs: number, line: (id: number) => string): Promise<Reply> {
    return new Promise((resolve) => {
      const sink = { reply: resolve, progress: () => undefined };
      const id = this.#pending.add({ sink, wantsProgress: false, timeoutMs });
      const isSent = this.#child?.write(line(id)) === true;
      if (!isSent) this.#pending.settle(id, { is: 'unsent', why: 'it has closed its input' });
    });
  }

  /** Answers why nothing was sent, or null. */
  #send(id: number, method: string, params: Json | undefined, wantsProgress: boolean): string | null {
    if ((this.#child?.queuedBytes ?? 0) > MAX_QUEUED_BYTES) return 'it does not read its input';
    const token = wantsProgress ? progressToken(id) : null;
    const line = requestLine(String(id), method, withProgressToken(params, token));
    return this.#child?.write(line) === true ? null : 'it has closed its input';
  }

  #unready(): string | null {
    switch (this.#state.is) {
      case 'ready':
        return null;
      case 'idle':
        return 'it was not started';
      case 'starting':
        return 'it is still starting';
      case 'failed':
        return this.#state.why;
      case 'ended':
        return 'it was ended';
    }
  }

  #relistSoon(): void {
    clearTimeout(this.#relistTimer);
    this.#relistTimer = setTimeout(() => {
      this.#relisting = (this.#relisting ?? this.#started).then(() => this.#relist());
    }, RELIST_MS);
  }

  /** Keeps the list it has when the new one cannot be read: what was accepted was accepted for that one. */
  async #relist(): Promise<void> {
    if (!this.#is('ready')) return;
    try {
      const tools = await this.#fetchTools();
      if (!this.#is('ready')) return;
      this.#tools = tools;
      this.#options.events.toolsChanged();
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.#inbox.drop(1);
    }
  }

  #sendCancelled(id: number, reason: string | undefined): void {
    const params = new Map<string, Json>([['requestId', new JsonNumber(String(id))]]);
    if (reason !== undefined) params.set('reason', reason);
    if (this.#is('ready')) this.#child?.write(notificationLine('notifications/cancelled', params));
  }

  #exited(exit: ChildExit): void {
    this.#fail(
      new UpstreamError('exited', `${exitWords(exit)}; \`countersign upstream test ${this.name}\` shows what it wrote`),
    );
    this.#pending.settleAll({ is: 'lost', why: 'exited' });
  }

  /** A server that has failed or was ended stays so, whatever else goes wrong on the way down. */
  #fail(error: UpstreamError): void {
    if (!this.#is('starting') && !this.#is('ready')) return;
    this.#enter({ is: 'failed', code: error.code, why: error.message });
    void this.#release();
  }

  /** Ends the process, which stays at hand for its last words. */
  #release(): Promise<void> {
    this.#gone = this.#child?.end() ?? this.#gone;
    return this.#gone;
  }

  #enter(state: UpstreamState): void {
    this.#state = state;
    this.#options.events.stateChanged(state);
  }

  #is(state: UpstreamState['is']): boolean {
    return this.#state.is === state;
  }
}

function exitWords({ exitCode, signal }: ChildExit): string {
  return signal === null ? `its process exited with code ${exitCode ?? 0}` : `its process was ended by ${signal}`;
}

/** What `launch` throws comes from the secrets, which this folder does not know: only the code counts. */
function asUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const message = error instanceof Error ? error.message : 'it could not be started';
  const told: unknown = error instanceof Error && 'code' in error ? error.code : null;
  const code = told === 'secret_missing' || told === 'not_reviewed' ? told : 'spawn_failed';
  return new UpstreamError(code, message, { cause: error });
}
