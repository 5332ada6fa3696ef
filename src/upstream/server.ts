/** A server behind us, supervised: started, asked for its tools, and started again when it goes. */
import type { UpstreamName } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { requestLine } from '../wire/index.ts';
import type { ChannelEnd, ChannelSink, OpenChannel } from './channel.ts';
import { Conversation } from './conversation.ts';
import { asUpstreamError, UpstreamError } from './error.ts';
import { Inbox } from './inbox.ts';
import type { LineCounts } from './inbox.ts';
import { PendingRequests } from './pending.ts';
import type { ClientHello, ListedTool, Reply, ReplySink, Upstream, UpstreamEvents, UpstreamState } from './port.ts';
import { PROCESS_RESTARTS, Restarts } from './restart.ts';
import type { RestartPolicy } from './restart.ts';

/** How one server is run. */
export interface ServerOptions {
  readonly name: UpstreamName;
  readonly open: OpenChannel;
  /** For each request of the gateway's clients. Null: for ever. */
  readonly timeoutMs: number | null;
  /** For `initialize`, and again for the whole tool list. */
  readonly initializeMs?: number;
  /** A longer answer fails its request. */
  readonly maxLineBytes?: number;
  /** For the `ping` that follows a request whose time ran out. */
  readonly pingMs?: number;
  readonly restarts?: RestartPolicy;
  readonly events: UpstreamEvents;
}

const INITIALIZE_MS = 15_000;
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const PING_MS = 30_000;
/** Servers announce changes in bursts. */
const RELIST_MS = 100;

export class SupervisedUpstream implements Upstream {
  readonly name: UpstreamName;
  readonly #options: ServerOptions;
  readonly #inbox: Inbox;
  readonly #pending = new PendingRequests((id) => this.#timedOut(id));
  readonly #restarts: Restarts;
  #state: UpstreamState = { is: 'idle' };
  #tools: readonly ListedTool[] = [];
  #serverInfo = '';
  #capabilities: JsonObject = new Map();
  #instructions = '';
  #generation = 0;
  /** As it was last started with. */
  #hello: ClientHello | null = null;
  /** The run of now, or the last one. */
  #conversation: Conversation;
  /** The run that is listened to; null from the moment it has failed. */
  #heeded: Conversation | null = null;
  #started: Promise<void> = Promise.resolve();
  /** The end of the last run, whatever ended it. */
  #gone: Promise<void> = Promise.resolve();
  #restartTimer: NodeJS.Timeout | undefined;
  #relistTimer: NodeJS.Timeout | undefined;
  #relisting: Promise<void> | null = null;
  /** Lines that have come, of whatever kind. */
  #heard = 0;
  #isChecking = false;
  #isPaused = false;

  constructor(options: ServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#restarts = new Restarts(options.restarts ?? PROCESS_RESTARTS, () => performance.now(), Math.random);
    this.#conversation = this.#newConversation();
    this.#inbox = new Inbox(this.#pending, {
      request: (id, method, params) => options.events.request(id, method, params),
      notification: (method, params) => options.events.notification(method, params),
      ping: (id) => this.respond(id, { result: new Map() }),
      toolListChanged: () => this.#relistSoon(),
      noise: (bytes) => this.#conversation.channel?.noise(bytes),
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
    return this.#conversation.channel?.pid ?? null;
  }

  get generation(): number {
    return this.#generation;
  }

  get restarts(): number {
    return this.#restarts.total;
  }

  get counts(): LineCounts {
    return this.#inbox.counts;
  }

  stderrTail(): readonly string[] {
    return this.#conversation.channel?.lastLines ?? [];
  }

  pause(): void {
    this.#isPaused = true;
    this.#conversation.channel?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#conversation.channel?.resume();
  }

  start(hello: ClientHello): Promise<void> {
    if (this.#is('idle') || this.#is('failed')) {
      clearTimeout(this.#restartTimer);
      this.#started = this.#start(hello);
    }
    return this.#started;
  }

  request(method: string, params: Json | undefined, wantsProgress: boolean, sink: ReplySink): number {
    const id = this.#pending.add({ sink, wantsProgress, timeoutMs: this.#options.timeoutMs });
    const why = this.#unready() ?? this.#conversation.send(id, method, params, wantsProgress);
    if (why !== null) queueMicrotask(() => this.#pending.settle(id, { is: 'unsent', why }));
    return id;
  }

  cancel(handle: number, reason: string | undefined): void {
    if (this.#is('ready') && this.#pending.isOpen(handle)) this.#conversation.cancel(handle, reason);
  }

  notify(method: string, params: Json | undefined): void {
    if (this.#is('ready')) this.#conversation.notify(method, params);
  }

  respond(id: Json, answer: { readonly result: Json } | { readonly error: Json }): void {
    this.#conversation.respond(id, answer);
  }

  async end(): Promise<void> {
    if (!this.#is('ended')) this.#enter({ is: 'ended' });
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#relistTimer);
    void this.#release(); // so that a start in progress comes to its end
    await this.#started;
    await this.#release();
  }

  async #start(hello: ClientHello): Promise<void> {
    this.#hello = hello;
    this.#enter(this.#state.is === 'failed' ? { is: 'starting', after: this.#state.why } : { is: 'starting' });
    try {
      await this.#gone;
      if (!this.#is('starting')) return;
      const conversation = this.#newConversation();
      this.#conversation = conversation;
      this.#heeded = conversation;
      await conversation.open(
        this.#options.open,
        this.#sinkOf(conversation),
        this.#options.maxLineBytes ?? MAX_LINE_BYTES,
      );
      if (this.#isPaused) conversation.channel?.pause();
      await this.#learn(conversation, hello);
      if (!this.#is('starting')) return;
      this.#generation += 1;
      this.#enter({ is: 'ready' });
    } catch (error) {
      this.#fail(asUpstreamError(error), null);
    }
  }

  #newConversation(): Conversation {
    return new Conversation(this.#pending, this.#options.initializeMs ?? INITIALIZE_MS);
  }

  /** What a run still says that has failed, nobody hears; it is counted. */
  #sinkOf(conversation: Conversation): ChannelSink {
    const isCurrent = (): boolean => this.#heeded === conversation;
    return {
      line: (bytes) => {
        if (!isCurrent()) {
          this.#inbox.drop(1);
          return;
        }
        this.#heard += 1;
        this.#inbox.line(bytes);
      },
      oversize: (head, _totalBytes, tail) => {
        if (!isCurrent()) {
          this.#inbox.drop(1);
          return;
        }
        this.#heard += 1;
        this.#inbox.oversize(head, tail);
      },
      isOpen: (id) => isCurrent() && this.#pending.isOpen(id),
      failed: (id, reply) => (isCurrent() ? void this.#pending.settle(id, reply) : undefined),
      doubted: () => (isCurrent() ? void this.#check() : undefined),
      closed: (end) => (isCurrent() ? this.#closed(end) : undefined),
    };
  }

  async #learn(conversation: Conversation, hello: ClientHello): Promise<void> {
    const { capabilities, instructions, info } = await conversation.greet(hello);
    this.#serverInfo = info;
    this.#capabilities = capabilities;
    this.#instructions = instructions;
    this.#tools = capabilities.has('tools') ? await this.#fetchTools() : [];
  }

  async #fetchTools(): Promise<readonly ListedTool[]> {
    const { tools, skipped } = await this.#conversation.listTools();
    this.#inbox.drop(skipped);
    return tools;
  }

  #unready(): string | null {
    switch (this.#state.is) {
      case 'ready':
        return null;
      case 'idle':
        return 'it was not started';
      case 'starting':
        return startingWords(this.#state);
      case 'failed':
        return this.#state.restartMs === null ? this.#state.why : `${this.#state.why}; it is being started again`;
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
    const generation = this.#generation;
    try {
      const tools = await this.#fetchTools();
      if (!this.#is('ready') || generation !== this.#generation) return;
      this.#tools = tools;
      this.#options.events.toolsChanged();
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.#inbox.drop(1);
    }
  }

  #timedOut(id: number): void {
    if (this.#is('ready')) this.#conversation.cancel(id, 'timeout');
    this.#conversation.channel?.forget(id);
    void this.#check();
  }

  /**
   * Asks a server that let a request run out of time whether it is still there. Whatever it writes meanwhile is an answer;
   * one that is silent would let every further call of the session wait for its time.
   */
  async #check(): Promise<void> {
    // What we do not read, we cannot miss.
    if (this.#isChecking || !this.#isListening()) return;
    this.#isChecking = true;
    const conversation = this.#conversation;
    const heard = this.#heard;
    const pingMs = this.#options.pingMs ?? PING_MS;
    const reply = await conversation.ask(pingMs, 'ping', (id) => requestLine(String(id), 'ping'));
    this.#isChecking = false;
    if (conversation !== this.#conversation || !this.#isListening()) return;
    if (this.#heard === heard) this.#fail(silence(reply, pingMs), null);
  }

  #isListening(): boolean {
    return this.#is('ready') && !this.#isPaused;
  }

  #closed({ error, exitCode }: ChannelEnd): void {
    this.#fail(error, exitCode);
    this.#pending.settleAll({ is: 'lost', why: 'exited' });
  }

  /** A server that has failed or was ended stays so, whatever else goes wrong on the way down. */
  #fail({ code, message }: UpstreamError, exitCode: number | null): void {
    if (!this.#is('starting') && !this.#is('ready')) return;
    const restartMs = this.#restarts.grant(code);
    const why = restartMs === null ? `${message}${this.#restarts.givenUp(code)}` : message;
    this.#heeded = null;
    this.#enter({ is: 'failed', code, why, exitCode, restartMs });
    this.#pending.settleAll({ is: 'lost', why: 'exited' });
    void this.#release();
    if (restartMs !== null) this.#restartTimer = setTimeout(() => this.#again(), restartMs);
  }

  #again(): void {
    if (!this.#is('failed') || this.#hello === null) return;
    this.#restarts.begun();
    this.#started = this.#start(this.#hello);
  }

  /** Ends the run, which stays at hand for its last words. */
  #release(): Promise<void> {
    this.#gone = this.#conversation.end();
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

function startingWords({ after }: Extract<UpstreamState, { is: 'starting' }>): string {
  return after === undefined ? 'it is still starting' : `${after}; it is being started again`;
}

function silence(reply: Reply, pingMs: number): UpstreamError {
  if (reply.is === 'unsent') return new UpstreamError('unreachable', reply.why);
  if (reply.is === 'lost' && reply.why === 'exited')
    return new UpstreamError('unreachable', 'the connection to it broke');
  return new UpstreamError(
    'unresponsive',
    `it left a request without an answer, and then did not answer \`ping\` within ${pingMs / 1_000} s`,
  );
}
