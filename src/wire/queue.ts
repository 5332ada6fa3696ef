/** Everything that leaves by one stream, in order, in few writes, without ever crashing on a reader that went away. */
import type { Writable } from 'node:stream';

/** A reader that stands still may cost us this much before we stop reading for it. */
const DEFAULT_HIGH_WATER_BYTES = 1024 * 1024;
/** Larger pieces are written as they are; copying them would cost more than a write. */
const COPY_BYTES = 64 * 1024;

/** Takes what becomes of the stream. */
export interface QueueEvents {
  /** The stream ended or broke; told once. What was queued and not taken is lost. */
  closed?(why: Error | undefined): void;
  /** The reader is behind; told once until it has caught up. */
  full?(): void;
}

/**
 * Lines pushed in one turn leave in one write at its end. `process.stdout` on a pipe is asynchronous, so a process that
 * ends without `flush` loses answers, and one that ignores `isFull` grows with a slow reader.
 */
export class OutboundQueue {
  readonly #stream: Writable;
  readonly #events: QueueEvents;
  readonly #highWaterBytes: number;
  readonly #drainListeners = new Set<() => void>();
  #lines: Buffer[] = [];
  #lineBytes = 0;
  #writing = 0;
  #isScheduled = false;
  #isClosed = false;
  #wasFull = false;
  #flushers: (() => void)[] = [];

  constructor(stream: Writable, events: QueueEvents = {}, highWaterBytes = DEFAULT_HIGH_WATER_BYTES) {
    this.#stream = stream;
    this.#events = events;
    // `drain` comes only from a stream that said no, so being full has to imply that it did.
    this.#highWaterBytes = Math.max(highWaterBytes, stream.writableHighWaterMark);
    stream.on('error', (error: Error) => this.#close(error));
    stream.on('close', () => this.#close(undefined));
    stream.on('drain', () => this.#settleDrain());
  }

  /** Queues one line, newline included. False if the stream is closed: nothing of it will be written. */
  push(line: Buffer | string): boolean {
    if (this.#isClosed) return false;
    const bytes = typeof line === 'string' ? Buffer.from(line) : line;
    this.#lines.push(bytes);
    this.#lineBytes += bytes.length;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      process.nextTick(() => this.#dispatch());
    }
    if (this.isFull && !this.#wasFull) {
      this.#wasFull = true;
      this.#events.full?.();
    }
    return true;
  }

  /** True while the reader is behind: stop producing until `onDrain` tells. */
  get isFull(): boolean {
    return !this.#isClosed && this.queuedBytes >= this.#highWaterBytes;
  }

  /** Bytes that were pushed and not yet taken by the system. */
  get queuedBytes(): number {
    return this.#lineBytes + this.#stream.writableLength;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `listener` each time the queue was full and no longer is, and when it closes. Answers how to stop that. */
  onDrain(listener: () => void): () => void {
    this.#drainListeners.add(listener);
    return () => this.#drainListeners.delete(listener);
  }

  /** Resolves when everything pushed so far was handed to the system, or the stream is closed. */
  flush(): Promise<void> {
    if (!this.#isScheduled && this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#flushers.push(resolve));
  }

  /** Writes what is queued, then ends the stream. */
  end(): void {
    this.#dispatch();
    if (!this.#isClosed) this.#stream.end();
  }

  #dispatch(): void {
    this.#isScheduled = false;
    const lines = this.#lines;
    this.#lines = [];
    this.#lineBytes = 0;
    if (!this.#isClosed) for (const piece of joined(lines)) this.#write(piece);
    this.#settleFlush();
  }

  #write(piece: Buffer): void {
    this.#writing += 1;
    this.#stream.write(piece, (error) => {
      this.#writing -= 1;
      if (error) this.#close(error);
      this.#settleFlush();
      this.#settleDrain();
    });
  }

  #isIdle(): boolean {
    return this.#isClosed || (this.#lines.length === 0 && this.#writing === 0);
  }

  #settleFlush(): void {
    if (!this.#isIdle()) return;
    const flushers = this.#flushers;
    this.#flushers = [];
    for (const flusher of flushers) flusher();
  }

  #settleDrain(): void {
    if (!this.#wasFull || this.isFull) return;
    this.#wasFull = false;
    for (const listener of [...this.#drainListeners]) listener();
  }

  /** EPIPE and its kin are how a reader says goodbye; no error of the stream is worth more than that. */
  #close(why: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lines = [];
    this.#lineBytes = 0;
    this.#settleFlush();
    this.#settleDrain();
    this.#events.closed?.(why);
  }
}

/** Neighbouring small pieces become one. */
function joined(lines: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  let small: Buffer[] = [];
  const gather = (): void => {
    const [only] = small;
    if (only !== undefined) pieces.push(small.length === 1 ? only : Buffer.concat(small));
    small = [];
  };
  for (const line of lines) {
    if (line.length < COPY_BYTES) small.push(line);
    else {
      gather();
      pieces.push(line);
    }
  }
  gather();
  return pieces;
}
