/** Files of the log, line by line, in memory that does not grow with the file or with a line. */
import { createReadStream } from 'node:fs';

export const NEWLINE = 0x0a;
/** Our own lines are at most 8,000 bytes; of a longer one only the fact is reported. */
const KEPT_BYTES = 64 * 1024;

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Without the newline; cut to 64 KiB. */
  readonly bytes: Buffer;
  /** Of the whole line, without its newline. */
  readonly length: number;
  /** False for what stands behind the last newline. */
  readonly complete: boolean;
  /** Offset behind the line and its newline. */
  readonly end: number;
}

class Splitter {
  #pieces: Buffer[] = [];
  #kept = 0;
  #length = 0;
  #number = 0;
  #offset: number;

  constructor(offset: number, number: number) {
    this.#offset = offset;
    this.#number = number;
  }

  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      yield this.#take(true);
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What stands behind the last newline, if anything. */
  *rest(): Generator<Line> {
    if (this.#length > 0) yield this.#take(false);
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    const kept = piece.subarray(0, KEPT_BYTES - this.#kept);
    if (kept.length === 0) return;
    this.#pieces.push(kept);
    this.#kept += kept.length;
  }

  #take(complete: boolean): Line {
    const length = this.#length;
    this.#number += 1;
    this.#offset += length + (complete ? 1 : 0);
    const line = { number: this.#number, bytes: Buffer.concat(this.#pieces), length, complete, end: this.#offset };
    this.#pieces = [];
    this.#kept = 0;
    this.#length = 0;
    return line;
  }
}

/** The lines of a file, from an offset that is the beginning of line `number`. Throws what reading the file throws. */
export async function* readLines(path: string, from = { offset: 0, number: 1 }): AsyncGenerator<Line> {
  const splitter = new Splitter(from.offset, from.number - 1);
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: from.offset });
  for await (const chunk of stream) yield* splitter.push(chunk);
  yield* splitter.rest();
}

const BEGINNING = Buffer.from('{"time":');
const [ZERO, NINE, COMMA] = [0x30, 0x39, 0x2c];
/** Milliseconds of the year 2286 have 14 digits. */
const MOST_DIGITS = 15;

/** The time of a line that begins as our records do, read from its bytes alone; NaN for any other. */
export function timeAt(bytes: Buffer, start: number): number {
  for (let at = 0; at < BEGINNING.length; at += 1) if (bytes[start + at] !== BEGINNING[at]) return NaN;
  let time = 0;
  for (let at = start + BEGINNING.length; at <= start + BEGINNING.length + MOST_DIGITS; at += 1) {
    const digit = bytes[at] ?? 0;
    if (digit === COMMA) return time;
    if (digit < ZERO || digit > NINE) return NaN;
    time = time * 10 + digit - ZERO;
  }
  return NaN;
}

/** The number of the line that begins at `offset`, counted from 1. Reads all that stands before it. */
export async function lineNumberAt(path: string, offset: number): Promise<number> {
  if (offset === 0) return 1;
  let number = 1;
  const stream: AsyncIterable<Buffer> = createReadStream(path, { end: offset - 1 });
  for await (const chunk of stream)
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) number += 1;
  return number;
}
