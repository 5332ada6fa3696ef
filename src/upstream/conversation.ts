/** One run of a server, from the opening of its channel to the end: the handshake, the list, and what is written to it. */
import type { Json } from '../core/json.ts';
import { JsonNumber, stringify } from '../core/json.ts';
import { notificationLine, rawErrorLine, requestLine, resultLine } from '../wire/index.ts';
import type { Channel, ChannelSink, OpenChannel } from './channel.ts';
import { UpstreamError } from './error.ts';
import { initializeLine, readServerHello } from './handshake.ts';
import type { ServerHello } from './handshake.ts';
import { withProgressToken } from './params.ts';
import { progressToken } from './pending.ts';
import type { PendingRequests } from './pending.ts';
import type { ClientHello, Reply } from './port.ts';
import { fetchTools } from './tool-pages.ts';
import type { ToolPages } from './tool-pages.ts';

/** A server that stopped reading gets no more to read. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** One that asks and does not read the answers gets no more of those. */
const MAX_UNREAD_ANSWER_BYTES = 4 * 1024 * 1024;
const CLOSED = 'it has closed its input';

export class Conversation {
  readonly #pending: PendingRequests;
  readonly #initializeMs: number;
  #channel: Channel | null = null;
  #isEnding = false;

  constructor(pending: PendingRequests, initializeMs: number) {
    this.#pending = pending;
    this.#initializeMs = initializeMs;
  }

  /** Opens the channel. Throws what the opening throws. */
  async open(open: OpenChannel, sink: ChannelSink, maxLineBytes: number): Promise<void> {
    const channel = await open(sink, maxLineBytes);
    this.#channel = channel;
    if (!this.#isEnding) return;
    await channel.end();
    throw new UpstreamError('exited', 'it was ended');
  }

  get channel(): Channel | null {
    return this.#channel;
  }

  /** Initializes. Throws `UpstreamError`. */
  async greet(hello: ClientHello): Promise<ServerHello> {
    const answer = await this.ask(this.#initializeMs, 'initialize', (id) => initializeLine(id, hello));
    // For `upstream test`, where a person reads what the server said.
    if (answer.is === 'error') this.#channel?.noise(answer.raw);
    const said = readServerHello(answer, this.#initializeMs);
    this.#channel?.agreed(said.protocol);
    this.notify('notifications/initialized', undefined);
    return said;
  }

  /** Lists every tool. Throws `UpstreamError`. */
  listTools(): Promise<ToolPages> {
    const endMs = performance.now() + this.#initializeMs;
    return fetchTools((params) =>
      this.ask(Math.max(1, endMs - performance.now()), 'tools/list', (id) =>
        requestLine(String(id), 'tools/list', params),
      ),
    );
  }

  /** A request of our own. */
  ask(timeoutMs: number, method: string, line: (id: number) => string): Promise<Reply> {
    return new Promise((resolve) => {
      const sink = { reply: resolve, progress: () => undefined };
      const id = this.#pending.add({ sink, wantsProgress: false, timeoutMs });
      const isSent = this.#channel?.write(line(id), { id, method }) === true;
      if (!isSent) this.#pending.settle(id, { is: 'unsent', why: CLOSED });
    });
  }

  /** A request of a client's. Answers why nothing was sent, or null. */
  send(id: number, method: string, params: Json | undefined, wantsProgress: boolean): string | null {
    if (this.#queuedBytes() > MAX_QUEUED_BYTES) return 'it does not read its input';
    const token = wantsProgress ? progressToken(id) : null;
    const line = requestLine(String(id), method, withProgressToken(params, token));
    return this.#channel?.write(line, { id, method }) === true ? null : CLOSED;
  }

  notify(method: string, params: Json | undefined): void {
    if (this.#queuedBytes() <= MAX_QUEUED_BYTES)
      this.#channel?.write(notificationLine(method, params), { id: null, method });
  }

  cancel(id: number, reason: string | undefined): void {
    const params = new Map<string, Json>([['requestId', new JsonNumber(String(id))]]);
    if (reason !== undefined) params.set('reason', reason);
    this.notify('notifications/cancelled', params);
  }

  respond(id: Json, answer: { readonly result: Json } | { readonly error: Json }): void {
    const line =
      'result' in answer
        ? resultLine(stringify(id), stringify(answer.result))
        : rawErrorLine(stringify(id), stringify(answer.error));
    if (this.#queuedBytes() <= MAX_UNREAD_ANSWER_BYTES) this.#channel?.write(line.join(''), { id: null, method: null });
  }

  /** Ends the channel, which stays at hand for its last words. Resolves when it is gone; never rejects. */
  end(): Promise<void> {
    this.#isEnding = true;
    return this.#channel?.end() ?? Promise.resolve();
  }

  #queuedBytes(): number {
    return this.#channel?.queuedBytes ?? 0;
  }
}
