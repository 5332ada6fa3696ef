/** Lines out of a byte stream, whatever the pieces it comes in. */

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Enough of an oversize line to find its id, at either end. */
const HEAD_BYTES = 4_096;
const TAIL_BYTES = 1_024;

/** Takes what a framer finds. */
export interface LineSink {
  /** One line without its end. The bytes share memory with the stream's chunk. */
  line(bytes: Buffer): void;
  /** A line over the cap, told once when it has ended: its first 4 KiB, its length, its last 1 KiB. */
  oversize(head: Buffer, totalBytes: number, tail: Buffer): void;
}

/** The part of an oversize line that is kept while the rest goes by. */
interface Overflow {
  readonly head: Buffer;
  tail: Buffer;
  totalBytes: number;
}

/**
 * Splits at newlines, drops the carriage return before one, and skips blank lines. Work is linear in the bytes: pieces
 * wait in a list and are joined once. A line may have `maxLineBytes` bytes before its newline; a longer one costs no
 * memory beyond that, and the line after it is an ordinary one. A byte order mark is left for the parser to refuse.
 */
export class LineFramer {
  readonly #maxLineBytes: number;
  readonly #sink: LineSink;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #overflow: Overflow | null = null;

  constructor(maxLineBytes: number, sink: LineSink) {
    this.#maxLineBytes = maxLineBytes;
    this.#sink = sink;
  }

  /** Takes the next piece of the stream. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#append(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#append(chunk.subarray(start));
  }

  /** The stream has ended; a last line without a newline is a line. */
  end(): void {
    this.#finish();
  }

  #append(piece: Buffer): void {
    if (this.#overflow !== null) {
      this.#overflow.tail = lastOf(this.#overflow.tail, piece);
      this.#overflow.totalBytes += piece.length;
      return;
    }
    this.#pieces.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > this.#maxLineBytes) this.#spill();
  }

  /** From here on only both ends of the line are kept. */
  #spill(): void {
    const line = Buffer.concat(this.#pieces);
    this.#overflow = {
      head: Buffer.from(line.subarray(0, HEAD_BYTES)),
      tail: lastOf(Buffer.alloc(0), line),
      totalBytes: line.length,
    };
    this.#clear();
  }

  #finish(): void {
    const overflow = this.#overflow;
    if (overflow !== null) {
      this.#overflow = null;
      this.#sink.oversize(overflow.head, overflow.totalBytes, overflow.tail);
      return;
    }
    const [only] = this.#pieces;
    const joined = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.#clear();
    const line = joined.at(-1) === CARRIAGE_RETURN ? joined.subarray(0, -1) : joined;
    if (!isBlank(line)) this.#sink.line(line);
  }

  #clear(): void {
    this.#pieces = [];
    this.#pendingBytes = 0;
  }
}

/** The last bytes of `before` and `piece` together, in memory of their own. */
function lastOf(before: Buffer, piece: Buffer): Buffer {
  if (piece.length >= TAIL_BYTES) return Buffer.from(piece.subarray(-TAIL_BYTES));
  return Buffer.concat([before, piece]).subarray(-TAIL_BYTES);
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09 && byte !== CARRIAGE_RETURN) return false;
  return true;
}
