/** One file of the log as a stream of the records that are asked for, from either end. */
import { open, type FileHandle } from 'node:fs/promises';
import { type Block, BlockReader } from './blocks.ts';
import type { PlainObject } from './chain.ts';
import { ownFields } from './fields.ts';
import { isMissing, type LogFile, unreadable } from './files.ts';
import { isWanted, type RecordFilter } from './filter.ts';
import { type Candidate, Screen } from './screen.ts';

/** A line as it stands. Its bytes are good until the next is asked for. */
export interface FoundLine {
  readonly file: string;
  readonly offset: number;
  readonly bytes: Buffer;
  /** Null for a line that is no record. Whether it was changed since it was written is not checked. */
  readonly record: PlainObject | null;
}

export interface SourceOptions {
  readonly filter: RecordFilter;
  readonly isBackward: boolean;
  /** What becomes of a line that is no record: it is given as such, or told and left out. */
  readonly onDamaged: 'give' | ((line: FoundLine) => void);
}

export class Source {
  readonly #file: LogFile;
  readonly #options: SourceOptions;
  readonly #screen: Screen;
  #handle: FileHandle | undefined;
  #reader: BlockReader | undefined;
  #block: Block | undefined;
  #candidates: readonly Candidate[] = [];
  #next = 0;
  #keyMs: number;

  constructor(file: LogFile, options: SourceOptions) {
    this.#file = file;
    this.#options = options;
    this.#screen = new Screen(options.filter);
    this.#keyMs = options.isBackward ? Infinity : -Infinity;
  }

  /**
   * When the line that was given last takes its turn among those of other files. It never goes back on the way through a
   * file: a clock that was set back does not change the order that its lines were written in.
   */
  get keyMs(): number {
    return this.#keyMs;
  }

  /** The next line that is asked for; nothing at the end. Throws `AuditError` `unreadable`. */
  async advance(): Promise<FoundLine | undefined> {
    try {
      for (;;) {
        const line = this.#take();
        if (line !== undefined) return line;
        if (!(await this.#fill())) break;
      }
      await this.close();
      return undefined;
    } catch (error) {
      await this.close();
      throw unreadable(this.#file.name, error);
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #take(): FoundLine | undefined {
    for (let at = this.#candidates[this.#next]; at !== undefined; at = this.#candidates[this.#next]) {
      this.#next += 1;
      const line = this.#wanted(at);
      if (line === undefined) continue;
      this.#keyMs = this.#options.isBackward ? Math.min(this.#keyMs, at.timeMs) : Math.max(this.#keyMs, at.timeMs);
      return line;
    }
    return undefined;
  }

  #wanted({ start, end }: Candidate): FoundLine | undefined {
    const { bytes: block, offset } = this.#block ?? { bytes: Buffer.alloc(0), offset: 0 };
    const bytes = block.subarray(start, end);
    const record = parsed(bytes);
    const line = { file: this.#file.name, offset: offset + start, bytes, record };
    const { filter, onDamaged } = this.#options;
    if (record !== null) return isWanted(record, filter) ? line : undefined;
    if (onDamaged === 'give') return line;
    onDamaged(line);
    return undefined;
  }

  async #fill(): Promise<boolean> {
    this.#reader ??= await this.#open();
    this.#block = await this.#reader?.next();
    if (this.#block === undefined) return false;
    const { isBackward } = this.#options;
    // Going back, the line before the block is not known yet; the day in the name is the least it can be.
    const candidates = this.#screen.candidates(this.#block, isBackward ? this.#file.dayMs : this.#keyMs);
    this.#candidates = isBackward ? candidates.toReversed() : candidates;
    this.#next = 0;
    return true;
  }

  /** Nothing for a file that was taken away since it was looked at. */
  async #open(): Promise<BlockReader | undefined> {
    try {
      this.#handle = await open(this.#file.path);
      return new BlockReader(this.#handle, this.#file.end, this.#options.isBackward);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

/** A record of ours as far as its form goes; null for anything else. */
function parsed(bytes: Buffer): PlainObject | null {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(json) && typeof ownFields(json)['kind'] === 'string' ? json : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
