/**
 * A remote server, by Streamable HTTP (MCP 2025-03-26 to 2025-11-25, "Transports"). Every message of ours is a POST of its
 * own; answers come in its body or in a stream of events, and what the server says unasked in a stream that we ask for. No
 * POST is ever repeated. Messages pass as the bytes they are written in, which the SDK's transport would parse and print.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { UpstreamName } from '../../core/ids.ts';
import type { Channel, ChannelSink, Letter } from '../channel.ts';
import { UpstreamError } from '../error.ts';
import { LineRing } from '../ring.ts';
import { isSettledWithin, waitMs } from '../wait.ts';
import { discard, mediaType, readBody, readStream } from './body.ts';
import { EventReader, flattened } from './events.ts';
import { ExchangeError, Exchanges } from './exchange.ts';
import { isBeforeProcessing, refusedHello, unauthorized } from './status.ts';

/** Where a server is and what it is given, with every secret in place. */
export interface RemoteSpec {
  readonly name: UpstreamName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Ours to set; an operator's header of these names would change what a message means. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept-encoding',
    'connection',
    'content-length',
    'content-type',
    'expect',
    'host',
    'keep-alive',
    'last-event-id',
  ],
  ...['mcp-protocol-version', 'mcp-session-id', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;
const PROTOCOL = /^[0-9A-Za-z.-]{1,32}$/;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** An answer whose stream broke is asked for again so often before it counts as lost. */
const MOST_RESUMPTIONS = 3;
const GOODBYE_MS = 2_000;
/** What a server says to a message it does not take, for whoever looks at it by `upstream test`. */
const TOLD_BYTES = 4_096;

/** Why a request has no answer. */
const LOST = { is: 'lost', why: 'exited' } as const;
const REFUSED = { is: 'refused', why: 'it does not accept the headers it is given (HTTP status 401)' } as const;

export class RemoteChannel implements Channel {
  readonly pid = null;
  readonly #url: URL;
  readonly #configured: Readonly<Record<string, string>>;
  readonly #sink: ChannelSink;
  readonly #maxBytes: number;
  readonly #exchanges: Exchanges;
  readonly #ring = new LineRing();
  readonly #over = new AbortController();
  readonly #requests = new Map<number, AbortController>();
  readonly #bodies = new Set<IncomingMessage>();
  #sessionId: string | null = null;
  #protocol: string | null = null;
  #queuedBytes = 0;
  #isPaused = false;
  /** What later messages have to wait for; null most of the time. */
  #barrier: Promise<void> | null = null;
  #ending: Promise<void> | null = null;

  /** Throws `UpstreamError` for headers that cannot be sent. Nothing is sent before the first message. */
  constructor({ url, headers }: RemoteSpec, sink: ChannelSink, maxBytes: number) {
    this.#url = new URL(url);
    this.#url.hash = '';
    this.#configured = checked(headers);
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#exchanges = new Exchanges(this.#url);
  }

  write(line: string | Buffer, letter: Letter): boolean {
    if (this.#isOver()) return false;
    const body = Buffer.from(line).subarray(0, -1);
    this.#queuedBytes += body.length;
    const posted = (this.#barrier ?? Promise.resolve()).then(() => this.#post(body, letter));
    // A server may refuse what comes before it has taken this one.
    if (letter.method === 'notifications/initialized') this.#barrier = posted.then(() => this.#greeted());
    return true;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  agreed(protocol: string): void {
    if (!PROTOCOL.test(protocol)) {
      throw new UpstreamError('initialize_failed', 'the protocol version it names cannot stand in a header');
    }
    this.#protocol = protocol;
  }

  /** Frees the connection of a request that nobody waits for. */
  forget(id: number): void {
    this.#requests.get(id)?.abort();
  }

  pause(): void {
    this.#isPaused = true;
    for (const body of this.#bodies) body.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const body of this.#bodies) body.resume();
  }

  noise(bytes: Buffer): void {
    this.#ring.add(bytes.toString('utf8', 0, TOLD_BYTES));
  }

  get lastLines(): readonly string[] {
    return this.#ring.lines;
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#close(new UpstreamError('exited', 'it was ended'));
    if (this.#sessionId !== null) await isSettledWithin(this.#sayGoodbye(), GOODBYE_MS);
    this.#exchanges.end();
  }

  /** A server keeps what it holds for a session until it is told, or for ever. */
  async #sayGoodbye(): Promise<void> {
    const signal = AbortSignal.timeout(GOODBYE_MS);
    const response = await this.#exchanges.send({ method: 'DELETE', headers: this.#headers({}), body: null, signal });
    discard(response);
  }

  #close(error: UpstreamError): void {
    if (this.#isOver()) return;
    this.#over.abort();
    for (const body of this.#bodies) body.destroy();
    this.#sink.closed({ error, exitCode: null });
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #greeted(): void {
    this.#barrier = null;
    void this.#listen();
  }

  #headers(own: Readonly<Record<string, string>>): Record<string, string> {
    const session = this.#sessionId === null ? {} : { 'mcp-session-id': this.#sessionId };
    const protocol = this.#protocol === null ? {} : { 'mcp-protocol-version': this.#protocol };
    return {
      'user-agent': 'countersign',
      'accept-encoding': 'identity',
      ...this.#configured,
      ...session,
      ...protocol,
      ...own,
    };
  }

  /** Never rejects. */
  async #post(body: Buffer, letter: Letter): Promise<void> {
    const aborting = new AbortController();
    if (letter.id !== null) this.#requests.set(letter.id, aborting);
    try {
      const response = await this.#sendBody(body, AbortSignal.any([this.#over.signal, aborting.signal]));
      await this.#received(response, letter);
    } catch (error) {
      this.#broke(error, letter);
    } finally {
      if (letter.id !== null) this.#requests.delete(letter.id);
    }
  }

  async #sendBody(body: Buffer, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = this.#headers({
      'content-type': 'application/json',
      'content-length': String(body.length),
      accept: 'application/json, text/event-stream',
    });
    try {
      return this.#tracked(await this.#exchanges.send({ method: 'POST', headers, body, signal }));
    } finally {
      this.#queuedBytes -= body.length;
    }
  }

  #tracked(response: IncomingMessage): IncomingMessage {
    this.#bodies.add(response);
    response.once('close', () => this.#bodies.delete(response));
    response.on('error', () => undefined);
    if (this.#isPaused) response.pause();
    return response;
  }

  /** No answer came, or not all of it. */
  #broke(error: unknown, { id, method }: Letter): void {
    if (this.#isOver()) return;
    const isUnsent = error instanceof ExchangeError && !error.wasSent;
    const why = error instanceof Error ? error.message : 'the connection broke';
    if (method === 'initialize') {
      this.#close(new UpstreamError('unreachable', why));
      return;
    }
    if (id !== null) {
      // Given up by ourselves: the request is settled, and the server is looked at already.
      if (!this.#sink.isOpen(id)) return;
      this.#sink.failed(id, isUnsent ? { is: 'unsent', why } : LOST);
    }
    this.#sink.doubted();
  }

  async #received(response: IncomingMessage, letter: Letter): Promise<void> {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) return this.#refused(response, letter);
    if (letter.method === 'initialize') this.#keepSession(response);
    if (letter.id === null) {
      discard(response);
      return;
    }
    const type = mediaType(response);
    if (type === 'application/json') return this.#readMessage(response, letter.id);
    if (type === 'text/event-stream') return this.#readAnswer(response, letter.id);
    discard(response);
    this.#sink.failed(letter.id, LOST);
  }

  #keepSession(response: IncomingMessage): void {
    const id = response.headers['mcp-session-id'];
    if (id === undefined) return;
    if (typeof id === 'string' && SESSION_ID.test(id)) this.#sessionId = id;
    else throw new Error('the session it names cannot stand in a header');
  }

  async #refused(response: IncomingMessage, { id, method }: Letter): Promise<void> {
    const status = response.statusCode ?? 0;
    const isGreeting = method === 'initialize';
    this.#ring.add(`HTTP status ${status}`);
    if (isGreeting) this.#noteBody(await readBody(response, TOLD_BYTES).catch(() => null));
    else discard(response);
    if (id !== null) this.#sink.failed(id, isBeforeProcessing(response) ? REFUSED : LOST);
    if (isGreeting) this.#close(refusedHello(response, this.#url));
    else if (status === 404 && this.#sessionId !== null) this.#sessionLost();
    else if (status === 401) this.#close(unauthorized(status, this.#url));
  }

  #noteBody(body: Buffer | null): void {
    if (body !== null && body.length > 0) this.noise(body);
  }

  #sessionLost(): void {
    this.#sessionId = null; // there is nothing to say goodbye to
    this.#close(new UpstreamError('exited', 'it has ended the session'));
  }

  async #readMessage(response: IncomingMessage, id: number): Promise<void> {
    const body = await readBody(response, this.#maxBytes);
    if (body === null) {
      this.#sink.failed(id, { is: 'lost', why: 'oversize' });
      return;
    }
    if (body.length > 0) this.#deliver(body);
    // It answered something else, or several messages at once.
    this.#sink.failed(id, LOST);
  }

  /** Follows the events that lead to an answer, over as many connections as the server allows. */
  async #readAnswer(first: IncomingMessage, id: number): Promise<void> {
    const stream = { id: '', retryMs: RETRY_MS };
    let response: IncomingMessage | null = first;
    for (let resumed = 0; ; resumed += 1) {
      const heard: number = response === null ? 0 : await this.#readEvents(response, stream);
      if (heard > 0) resumed = 0;
      if (this.#isOver() || !this.#sink.isOpen(id)) return;
      if (stream.id === '' || resumed === MOST_RESUMPTIONS) break;
      await waitMs(stream.retryMs);
      if (this.#isOver() || !this.#sink.isOpen(id)) return;
      response = await this.#openStream(stream.id).catch(() => null);
      if (response !== null && response.statusCode !== 200) {
        discard(response);
        break;
      }
    }
    this.#sink.failed(id, LOST);
    this.#sink.doubted();
  }

  /** What the server says unasked, for as long as the session lasts. A server need not offer it. */
  async #listen(): Promise<void> {
    const stream = { id: '', retryMs: RETRY_MS };
    for (let failures = 0; !this.#isOver();) {
      const response = await this.#openStream(stream.id).catch(() => null);
      const status = response?.statusCode ?? 0;
      if (response !== null && status === 200 && mediaType(response) === 'text/event-stream') {
        const heard = await this.#readEvents(response, stream);
        failures = heard > 0 ? 0 : failures + 1;
      } else if (response === null) {
        failures += 1;
        if (failures === 1) this.#sink.doubted();
      } else {
        discard(response);
        if (status === 404 && this.#sessionId !== null) {
          this.#sessionLost();
          return;
        }
        if (status < 500) return;
        failures += 1;
      }
      if (!this.#isOver()) await this.#pauseFor(Math.min(LONGEST_RETRY_MS, stream.retryMs * 2 ** failures));
    }
  }

  /** Waits, but not beyond the end. */
  #pauseFor(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#over.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, durationMs);
      this.#over.signal.addEventListener('abort', done, { once: true });
    });
  }

  async #openStream(lastEventId: string): Promise<IncomingMessage> {
    const resumption = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    const headers = this.#headers({ accept: 'text/event-stream', ...resumption });
    const { signal } = this.#over;
    return this.#tracked(await this.#exchanges.send({ method: 'GET', headers, body: null, signal }));
  }

  /** Reads a stream to its end. Answers how many events it brought. */
  async #readEvents(response: IncomingMessage, stream: { id: string; retryMs: number }): Promise<number> {
    let count = 0;
    const reader = new EventReader(this.#maxBytes, {
      event: ({ data, id, type }) => {
        count += 1;
        stream.id = id;
        if (data.length > 0 && type === 'message') this.#deliver(data);
      },
      oversize: (head, totalBytes, tail) => this.#sink.oversize(head, totalBytes, tail),
      retry: (durationMs) => (stream.retryMs = Math.min(LONGEST_RETRY_MS, Math.max(100, durationMs))),
    });
    await readStream(response, (piece) => (this.#isOver() ? undefined : reader.push(piece)));
    return count;
  }

  #deliver(message: Buffer): void {
    if (!this.#isOver()) this.#sink.line(flattened(message));
  }
}

/** Headers that can be sent, none of which is ours to set. The words never hold a value. */
function checked(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (OWN_HEADERS.has(name.toLowerCase())) {
      throw new UpstreamError(
        'initialize_failed',
        `the header \`${name}\` is the gateway's own; take it out of \`headers\``,
      );
    }
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new UpstreamError(
        'initialize_failed',
        `the header \`${name}\` cannot be sent: its name or value holds a character that no header may hold, such as a line end`,
      );
    }
  }
  // Names are not case-sensitive, and one that we set must not stand beside another of the same name.
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
