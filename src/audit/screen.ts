/**
 * Passing over lines that cannot be asked for without parsing them. It looks for the bytes that a line of ours would
 * have: whoever alters a line can hide it from a search, as he could by altering what is searched for, and `audit verify`
 * finds both.
 */
import type { Block } from './blocks.ts';
import { needlesOf, type RecordFilter } from './filter.ts';
import { NEWLINE, timeAt } from './lines.ts';

/** A line to be parsed, by its place in the block. */
export interface Candidate {
  readonly start: number;
  readonly end: number;
  /** Its own time, else that of the line before it. */
  readonly timeMs: number;
}

/** One text, looked for in a block once from hit to hit and not once for each line. */
class Needle {
  readonly #bytes: Buffer;
  #at = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  begin(): void {
    this.#at = -1;
  }

  isIn(bytes: Buffer, start: number, end: number): boolean {
    if (this.#at < start) {
      const found = bytes.indexOf(this.#bytes, start);
      this.#at = found === -1 ? Infinity : found;
    }
    return this.#at < end;
  }
}

/** What a filter lets through of a block. */
export class Screen {
  readonly #filter: RecordFilter;
  /** The one that last ruled a line out comes first: it tells by what it found before, and the others need not look. */
  #needles: readonly Needle[];

  constructor(filter: RecordFilter) {
    this.#filter = filter;
    this.#needles = needlesOf(filter).map((bytes) => new Needle(bytes));
  }

  /** The lines that may be asked for, and those that do not look like records. `timeMs` is of the line before. */
  candidates({ bytes }: Block, timeMs: number): readonly Candidate[] {
    for (const needle of this.#needles) needle.begin();
    const found: Candidate[] = [];
    let lastMs = timeMs;
    for (let start = 0; start <= bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline;
      const ownMs = timeAt(bytes, start);
      if (!Number.isNaN(ownMs)) lastMs = ownMs;
      if (this.#mayBeWanted(bytes, start, end, ownMs)) found.push({ start, end, timeMs: lastMs });
      start = end + 1;
    }
    return found;
  }

  #mayBeWanted(bytes: Buffer, start: number, end: number, timeMs: number): boolean {
    if (Number.isNaN(timeMs) || !endsAsRecord(bytes, end)) return true;
    if (timeMs < this.#filter.sinceMs || timeMs > this.#filter.untilMs) return false;
    return this.#hasAll(bytes, start, end);
  }

  #hasAll(bytes: Buffer, start: number, end: number): boolean {
    const missing = this.#needles.find((needle) => !needle.isIn(bytes, start, end));
    if (missing === undefined) return true;
    if (missing !== this.#needles[0])
      this.#needles = [missing, ...this.#needles.filter((needle) => needle !== missing)];
    return false;
  }
}

const [QUOTE, BRACE] = [0x22, 0x7d];

/** Our own part comes last in a record, and its hash last in that. */
function endsAsRecord(bytes: Buffer, end: number): boolean {
  return bytes[end - 1] === BRACE && bytes[end - 2] === BRACE && bytes[end - 3] === BRACE && bytes[end - 4] === QUOTE;
}
