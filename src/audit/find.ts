/**
 * Finding records over all files in the order of time. The files are many and each is in order: the next record is the
 * earliest of those that stand first, and a file is opened only when its turn comes near.
 */
import { EVERY_RECORD, type RecordFilter } from './filter.ts';
import { type LogFile, lookAtFiles } from './files.ts';
import { type FoundLine, Source, type SourceOptions } from './source.ts';

export type { FoundLine } from './source.ts';

export interface FindOptions {
  readonly directory: string;
  readonly filter?: RecordFilter;
  /** The files as far as they are to be read; as far as they go now if left out. */
  readonly files?: readonly LogFile[];
  readonly newestFirst?: boolean;
  readonly onDamaged: SourceOptions['onDamaged'];
}

/**
 * The records that are asked for, oldest first if not told otherwise. A record is parsed, and not checked: `readRecord`
 * says whether it is as it was written. Throws `AuditError` `unreadable`.
 */
export async function* findRecords(options: FindOptions): AsyncGenerator<FoundLine> {
  const merge = new Merge(options);
  try {
    for (let line = await merge.next(); line !== undefined; line = await merge.next()) yield line;
  } finally {
    await merge.close();
  }
}

const DAY_MS = 86_400_000;

/**
 * False for a file that cannot hold what is asked for: both the day in its name and its last record are out of the range
 * by more than a day. The name alone does not say it: a gateway that had nothing to do for a week writes its next record
 * into the file that it had, and only then begins another.
 */
function mayHold({ isAdmin, dayMs, lastMs }: LogFile, { sinceMs, untilMs }: RecordFilter): boolean {
  if (Number.isNaN(dayMs) || Number.isNaN(lastMs)) return true;
  if (Math.max(dayMs + DAY_MS, lastMs) + DAY_MS < sinceMs) return false;
  // The admin stream keeps its file while the clock is behind the day in its name.
  return isAdmin || Math.min(dayMs, lastMs) - DAY_MS <= untilMs;
}

interface Waiting {
  readonly file: LogFile;
  readonly place: number;
  /** No record of the file takes its turn before. */
  readonly keyMs: number;
}

/** A file whose next record is known. */
interface Standing {
  readonly source: Source;
  readonly place: number;
  readonly keyMs: number;
  readonly line: FoundLine;
}

class Merge {
  readonly #options: SourceOptions;
  /** The one whose turn comes first stands last, in both lists. */
  readonly #waiting: Waiting[];
  readonly #standing: Standing[] = [];
  #given: Standing | undefined;

  constructor({ directory, filter = EVERY_RECORD, files, newestFirst = false, onDamaged }: FindOptions) {
    this.#options = { filter, isBackward: newestFirst, onDamaged };
    this.#waiting = (files ?? lookAtFiles(directory))
      .map((file, place) => ({ file, place, keyMs: this.#firstKeyOf(file) }))
      .filter(({ file }) => file.end > 0 && mayHold(file, filter))
      .sort((left, right) => this.#turn(right, left));
  }

  async next(): Promise<FoundLine | undefined> {
    if (this.#given !== undefined) await this.#advance(this.#given.source, this.#given.place);
    this.#given = undefined;
    for (let file = this.#due(); file !== undefined; file = this.#due())
      await this.#advance(new Source(file.file, this.#options), file.place);
    this.#given = this.#standing.pop();
    return this.#given?.line;
  }

  async close(): Promise<void> {
    await this.#given?.source.close();
    for (const { source } of this.#standing) await source.close();
  }

  /** The next file to be opened, if one of its records may come before those that stand. */
  #due(): Waiting | undefined {
    const [waiting, standing] = [this.#waiting.at(-1), this.#standing.at(-1)];
    if (waiting === undefined || (standing !== undefined && this.#turn(standing, waiting) < 0)) return undefined;
    return this.#waiting.pop();
  }

  async #advance(source: Source, place: number): Promise<void> {
    const line = await source.advance();
    if (line === undefined) return;
    const one = { source, place, line, keyMs: source.keyMs };
    let [low, high] = [0, this.#standing.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#standing[middle];
      if (other !== undefined && this.#turn(other, one) > 0) low = middle + 1;
      else high = middle;
    }
    this.#standing.splice(low, 0, one);
  }

  /** Below zero if the left comes first. Records of the same millisecond come in the order of their files. */
  #turn(left: Omit<Waiting, 'file'>, right: Omit<Waiting, 'file'>): number {
    const order = left.keyMs === right.keyMs ? left.place - right.place : left.keyMs < right.keyMs ? -1 : 1;
    return this.#options.isBackward ? -order : order;
  }

  #firstKeyOf({ firstMs, lastMs }: LogFile): number {
    if (this.#options.isBackward) return Number.isNaN(lastMs) ? Infinity : lastMs;
    return Number.isNaN(firstMs) ? -Infinity : firstMs;
  }
}
