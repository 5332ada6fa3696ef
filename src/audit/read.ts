/** Reading records back, for people: it proves nothing, and says so of a record that does not fit its hash. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bell } from './bell.ts';
import { readRecord, type PlainObject } from './chain.ts';
import { isMissing, type LogFile, logFileNames, lookAtFiles, unreadable } from './files.ts';
import { findRecords, type FoundLine } from './find.ts';
import { lineNumberAt, type Line, readLines } from './lines.ts';

export interface LogRecord {
  readonly file: string;
  /** 1-based; 0 for one that is intact and was reached from the end of its file, where nobody counted. */
  readonly line: number;
  /** Where in the file it begins. */
  readonly offset: number;
  /** As it stands. */
  readonly bytes: Buffer;
  /** The OCSF event; null for a line that is none. */
  readonly record: PlainObject | null;
  /** False for a line that was changed after it was written. */
  readonly intact: boolean;
}

export interface ReadOptions {
  readonly directory: string;
  /** `start`: everything there is first; `end`: only what comes; files that were looked at: what came since. */
  readonly from: 'start' | 'end' | readonly LogFile[];
  /** Goes on with what is written until `signal` aborts. */
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** Records as they stand: file by file for what is there, then as they come. Throws `AuditError` `unreadable`. */
export async function* readLog(options: ReadOptions): AsyncGenerator<LogRecord> {
  const { directory, from } = options;
  const tail = new Tail(directory, from === 'start' ? [] : from === 'end' ? lookAtFiles(directory) : from);
  const bell = options.follow ? new Bell(directory, options.signal) : undefined;
  try {
    do yield* tail.fresh();
    while (bell !== undefined && (await bell.rings()));
  } finally {
    bell?.close();
  }
}

/** The newest records of the whole log, oldest first. Reads no more of the files than it has to. */
export async function lastRecords(
  directory: string,
  count: number,
  files: readonly LogFile[] = lookAtFiles(directory),
): Promise<readonly LogRecord[]> {
  const last: LogRecord[] = [];
  if (count === 0) return last;
  for await (const line of findRecords({ directory, files, newestFirst: true, onDamaged: 'give' })) {
    last.push(await asRecord(directory, line));
    if (last.length === count) break;
  }
  return last.reverse();
}

/** What was found, checked, and kept beyond its turn. */
export async function asRecord(directory: string, { file, offset, bytes }: FoundLine): Promise<LogRecord> {
  const read = readRecord(bytes);
  const intact = read?.intact ?? false;
  const line = intact ? 0 : await lineNumberAt(join(directory, file), offset);
  return { file, line, offset, bytes: Buffer.from(bytes), record: read?.json ?? null, intact };
}

/** Whether what was found is as it was written. Costs several times what finding it did. */
export function isIntact({ bytes }: Pick<FoundLine, 'bytes'>): boolean {
  return readRecord(bytes)?.intact ?? false;
}

interface Position {
  readonly offset: number;
  /** Of the line that begins there; 0 if nobody counted. */
  readonly number: number;
}

class Tail {
  readonly #directory: string;
  readonly #positions: Map<string, Position>;

  constructor(directory: string, from: readonly LogFile[]) {
    this.#directory = directory;
    this.#positions = new Map(from.map(({ name, end }) => [name, { offset: end, number: 0 }]));
  }

  /** What was added since the last time. A half line is left for the next time. */
  async *fresh(): AsyncGenerator<LogRecord> {
    for (const file of logFileNames(this.#directory)) {
      for await (const line of this.#added(file)) {
        const record = readRecord(line.bytes);
        const intact = record?.intact ?? false;
        const number = line.number > 0 || intact ? line.number : await this.#numberOf(file, line);
        const { bytes, end, length } = line;
        const offset = end - length - 1;
        yield { file, line: number, offset, bytes, record: record?.json ?? null, intact };
      }
    }
  }

  async *#added(file: string): AsyncGenerator<Line> {
    const from = this.#positions.get(file) ?? { offset: 0, number: 1 };
    const path = join(this.#directory, file);
    try {
      if ((await stat(path)).size <= from.offset) return;
      for await (const line of readLines(path, from)) {
        if (!line.complete) return;
        const number = from.number === 0 ? 0 : line.number;
        this.#positions.set(file, { offset: line.end, number: number === 0 ? 0 : number + 1 });
        yield { ...line, number };
      }
    } catch (error) {
      // Retention takes whole files away; what was in them was given, or is gone.
      if (!isMissing(error)) throw unreadable(file, error);
    }
  }

  #numberOf(file: string, { end, length }: Line): Promise<number> {
    return lineNumberAt(join(this.#directory, file), end - length - 1);
  }
}
