/** Reading records back, for people: it proves nothing, and says so of a record that does not fit its hash. */
import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord, type PlainObject } from './chain.ts';
import { AuditError } from './events.ts';
import { readLines } from './lines.ts';

export interface LogRecord {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The OCSF event; null for a line that is none. */
  readonly record: PlainObject | null;
  /** False for a line that was changed after it was written. */
  readonly intact: boolean;
}

export interface ReadOptions {
  readonly directory: string;
  /** `start`: everything there is first; `end`: only what comes. */
  readonly from: 'start' | 'end';
  /** Goes on with what is written until `signal` aborts. */
  readonly follow: boolean;
  readonly signal?: AbortSignal;
  /** Only the files of one stream. */
  readonly stream?: 'calls' | 'admin';
}

const LOG_FILE = /^(?:calls|admin)-.*\.jsonl$/;
/** File system events may be lost or coalesced; the poll makes up for that. */
const POLL_MS = 500;

/** Records as they stand: file by file for what is there, then as they come. Throws `AuditError` `unreadable`. */
export async function* readLog(options: ReadOptions): AsyncGenerator<LogRecord> {
  const tail = new Tail(options.directory, options.stream);
  if (options.from === 'end') await tail.skip();
  const bell = options.follow ? new Bell(options.directory, options.signal) : undefined;
  try {
    do yield* tail.fresh();
    while (bell !== undefined && (await bell.rings()));
  } finally {
    bell?.close();
  }
}

/** The newest records of the whole log, oldest first. */
export async function lastRecords(directory: string, count: number): Promise<readonly LogRecord[]> {
  let kept: LogRecord[] = [];
  const newest = (): LogRecord[] => kept.sort((a, b) => timeOf(a) - timeOf(b)).slice(Math.max(0, kept.length - count));
  for await (const record of readLog({ directory, from: 'start', follow: false })) {
    kept.push(record);
    if (kept.length > 4 * count + 100) kept = newest();
  }
  return newest();
}

function timeOf({ record }: LogRecord): number {
  const time = record?.['time'];
  return typeof time === 'number' ? time : Infinity;
}

interface Position {
  readonly offset: number;
  readonly number: number;
}

class Tail {
  readonly #directory: string;
  readonly #stream: ReadOptions['stream'];
  readonly #positions = new Map<string, Position>();

  constructor(directory: string, stream: ReadOptions['stream']) {
    this.#directory = directory;
    this.#stream = stream;
  }

  /** Passes over everything that is there. */
  async skip(): Promise<void> {
    const records = this.fresh();
    while ((await records.next()).done !== true);
  }

  /** What was added since the last time. A half line is left for the next time. */
  async *fresh(): AsyncGenerator<LogRecord> {
    for (const file of await this.#files()) {
      for await (const line of this.#added(file)) {
        const record = readRecord(line.bytes);
        yield { file, line: line.number, record: record?.json ?? null, intact: record?.intact ?? false };
      }
    }
  }

  async *#added(file: string): AsyncGenerator<{ readonly number: number; readonly bytes: Buffer }> {
    const from = this.#positions.get(file) ?? { offset: 0, number: 1 };
    try {
      for await (const line of readLines(join(this.#directory, file), from)) {
        if (!line.complete) return;
        this.#positions.set(file, { offset: line.end, number: line.number + 1 });
        yield line;
      }
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  #isWanted(name: string): boolean {
    return LOG_FILE.test(name) && (this.#stream === undefined || name.startsWith(this.#stream));
  }

  /** Every file of the log, those of the same day by name. */
  async #files(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => this.#isWanted(name)).sort(byDay);
    } catch (error) {
      throw unreadable(this.#directory, error);
    }
  }
}

function byDay(left: string, right: string): number {
  const [leftDay, rightDay] = [left.slice(6, 14), right.slice(6, 14)];
  return leftDay < rightDay ? -1 : leftDay > rightDay ? 1 : left < right ? -1 : 1;
}

function unreadable(what: string, cause: unknown): AuditError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new AuditError('unreadable', `the audit log \`${what}\` cannot be read: ${detail}`, { cause });
}

/** Rings when something may have been written. */
class Bell {
  readonly #watcher: FSWatcher | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #ring = (): void => this.#wake();
  #rung = false;
  #waiting: (() => void) | undefined;

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#watcher = this.#watch(directory);
    this.#timer = setInterval(this.#ring, POLL_MS);
    signal?.addEventListener('abort', this.#ring);
  }

  /** Resolves with true when something may be new, with false when the reader is to end. */
  async rings(): Promise<boolean> {
    if (!this.#rung && this.#signal?.aborted !== true) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    this.#rung = false;
    return this.#signal?.aborted !== true;
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
    this.#signal?.removeEventListener('abort', this.#ring);
  }

  #wake(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** Nothing where watching is not possible: the poll remains. */
  #watch(directory: string): FSWatcher | undefined {
    try {
      return watch(directory, this.#ring).on('error', () => undefined);
    } catch {
      return undefined;
    }
  }
}
