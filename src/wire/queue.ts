/** Everything that leaves by one stream, in order, in few writes, without ever crashing on a reader that went away. */
import type { Writable } from 'node:stream';
import type { LinePieces } from './write.ts';

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
  /** Pieces of lines, and how many bytes they have together. */
  #pieces: (Buffer | string)[] = [];
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
  push(line: Buffer | string | LinePieces): boolean {
    if (this.#isClosed) return false;
    if (typeof line === 'string' || Buffer.isBuffer(line)) this.#take(line);
    else for (const piece of line) this.#take(piece);
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

  #take(piece: Buffer | string): void {
    this.#pieces.push(piece);
    this.#lineBytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
  }

  #dispatch(): void {
    this.#isScheduled = false;
    const pieces = this.#pieces;
    const totalBytes = this.#lineBytes;
    this.#pieces = [];
    this.#lineBytes = 0;
    if (!this.#isClosed) for (const joint of joined(pieces, totalBytes)) this.#write(joint);
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
    return this.#isClosed || (this.#pieces.length === 0 && this.#writing === 0);
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
    this.#pieces = [];
    this.#lineBytes = 0;
    this.#settleFlush();
    this.#settleDrain();
    this.#events.closed?.(why);
  }
}

type LargePiece = Buffer & { readonly isLarge?: never };

/** Neighbouring small pieces become one. `totalBytes`: of all of them. */
function joined(pieces: readonly (Buffer | string)[], totalBytes: number): Buffer[] {
  const [only] = pieces;
  if (pieces.length === 1 && Buffer.isBuffer(only)) return [only];
  let roomBytes = totalBytes;
  for (const piece of pieces) if (isLarge(piece)) roomBytes -= piece.length;
  const room = Buffer.allocUnsafe(roomBytes);
  const joints: Buffer[] = [];
  let start = 0;
  let end = 0;
  const gather = (): void => {
    if (end > start) joints.push(room.subarray(start, end));
    start = end;
  };
  for (const piece of pieces)
    if (isLarge(piece)) {
      gather();
      joints.push(piece);
    } else end += typeof piece === 'string' ? room.write(piece, end) : piece.copy(room, end);
  gather();
  return joints;
}

function isLarge(piece: Buffer | string): piece is LargePiece {
  return typeof piece !== 'string' && piece.length >= COPY_BYTES;
}
