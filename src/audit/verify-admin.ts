/** The admin stream: its files in the order of their own words, and the registry of segments that they hold. */
import { join } from 'node:path';
import { GENESIS, readRecord, type ReadRecord } from './chain.ts';
import type { Extent } from './checkpoint.ts';
import { wholeFile, type Findings, type Place } from './findings.ts';
import { readLines } from './lines.ts';
import type { ChainHead } from './ports.ts';
import { isOverdue } from './retention.ts';
import { isNamedFor } from './verify-names.ts';
import type { StreamCheckpoints } from './verify-checkpoints.ts';
import { CHAIN_START, walk, type ChainState, type Walked } from './walk.ts';

/** A segment as the registry has it. */
export interface RegistryEntry {
  readonly segment: string;
  readonly file: string;
  /** Hash of the line that opened it. */
  readonly hash: string;
  readonly place: Place;
  /** Public key that signs its checkpoints, base64; null for one of a release that signed nothing. */
  readonly key: string | null;
  /** True once the registry says that it was deleted because its time was over. */
  pruned?: boolean;
  end?: { readonly count: number; readonly head: string; readonly closed: boolean };
}

export interface AdminResult {
  readonly entries: ReadonlyMap<string, RegistryEntry>;
  readonly records: number;
}

/** A file of the stream and what its first record says of the one before. */
interface AdminFile {
  readonly file: string;
  readonly continues: ChainHead | undefined;
  readonly begun: boolean;
  /** Why it cannot be read. */
  readonly error?: string;
}

/** What the stream is verified against, and who else looks at its records. */
export interface AdminContext {
  readonly directory: string;
  readonly findings: Findings;
  readonly checkpoints: StreamCheckpoints;
  readonly onRecord: OnRecord;
}

export type OnRecord = (record: ReadRecord, place: Place) => void;

/** Verifies the files of the stream, and against the store's head when there is one. */
export async function verifyAdmin(
  context: AdminContext,
  names: readonly string[],
  storeHead: ChainHead | undefined,
): Promise<AdminResult> {
  const { directory, findings } = context;
  const files = await Promise.all(names.map((file) => readBeginning(directory, file)));
  for (const { file, begun, error } of files) {
    if (error !== undefined) findings.fault('unreadable', wholeFile(file), error);
    else if (!begun) findings.note('torn_tail', wholeFile(file), 'the file holds no complete record; a crash left it');
  }
  const begun = files.filter((file) => file.begun);
  return new AdminStream(context, begun, storeHead).verify();
}

async function readBeginning(directory: string, file: string): Promise<AdminFile> {
  const none = { file, begun: false, continues: undefined };
  try {
    for await (const line of readLines(join(directory, file))) {
      if (!line.complete) break;
      return { file, begun: true, continues: headOf(readRecord(line.bytes)?.own['continues']) };
    }
    return none;
  } catch (error) {
    return { ...none, error: error instanceof Error ? error.message : String(error) };
  }
}

function headOf(value: unknown): ChainHead | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { file, bytes, count, hash } = value as Readonly<Record<string, unknown>>;
  if (typeof file !== 'string' || typeof bytes !== 'number') return undefined;
  if (typeof count !== 'number' || typeof hash !== 'string') return undefined;
  return { file, bytes, count, hash };
}

class AdminStream {
  readonly #context: AdminContext;
  readonly #left: Map<string, AdminFile>;
  readonly #storeHead: ChainHead | undefined;
  readonly #findings: Findings;
  readonly #entries = new Map<string, RegistryEntry>();
  /** Deletions that no checkpoint proves yet. */
  #deletions: RegistryEntry[] = [];
  #records = 0;
  #headSeen: boolean;

  constructor(context: AdminContext, files: readonly AdminFile[], storeHead: ChainHead | undefined) {
    this.#context = context;
    this.#left = new Map(files.map((file) => [file.file, file]));
    this.#storeHead = storeHead;
    this.#findings = context.findings;
    this.#headSeen = storeHead === undefined || storeHead.count === 0;
  }

  async verify(): Promise<AdminResult> {
    const last = await this.#walkFrom(this.#successor(''), CHAIN_START);
    await this.#walkLost();
    this.#checkStore(last);
    this.#context.checkpoints.end();
    return { entries: this.#entries, records: this.#records };
  }

  /** Walks a file and those that continue it; answers the last one. */
  async #walkFrom(first: AdminFile | undefined, start: ChainState): Promise<string> {
    let state = start;
    let last = '';
    for (let file = first; file !== undefined; file = this.#successor(file.file)) {
      this.#left.delete(file.file);
      last = file.file;
      state = await this.#walkOne(file.file, state);
    }
    return last;
  }

  /** What no file leads to: the file before it is gone, or it was put there. */
  async #walkLost(): Promise<void> {
    for (let [file] = this.#left.values(); file !== undefined; [file] = this.#left.values()) {
      const { continues } = file;
      const missing = continues !== undefined && continues.file !== '' && !this.#isThere(continues.file);
      if (missing) this.#findings.fault('missing_file', wholeFile(continues.file), `\`${file.file}\` continues it`);
      else this.#findings.fault('unknown_file', wholeFile(file.file), 'the admin stream does not lead to this file');
      const start = continues === undefined ? CHAIN_START : { seq: continues.count, prev: [continues.hash] };
      await this.#walkFrom(file, start);
    }
  }

  #seen = new Set<string>();
  #isThere(file: string): boolean {
    return this.#seen.has(file) || this.#left.has(file);
  }

  #successor(file: string): AdminFile | undefined {
    for (const candidate of this.#left.values()) if (candidate.continues?.file === file) return candidate;
    return undefined;
  }

  async #walkOne(file: string, start: ChainState): Promise<ChainState> {
    this.#seen.add(file);
    const next = this.#successor(file)?.continues;
    const walked = await walk({
      path: join(this.#context.directory, file),
      file,
      start,
      findings: this.#findings,
      ...(next === undefined ? {} : { limitBytes: next.bytes }),
      onRecord: (record, place) => this.#take(record, place),
    });
    this.#records += walked.records;
    this.#checkEnd(file, walked, next);
    return next === undefined ? walked.state : { seq: next.count, prev: [next.hash] };
  }

  #checkEnd(file: string, walked: Walked, next: ChainHead | undefined): void {
    const end = { file, line: walked.tornLine ?? walked.lastLine, seq: walked.state.seq };
    if (walked.tornLine !== undefined) {
      this.#findings.note('torn_tail', end, 'half a line stands at the end; a crash left it');
    }
    if (next === undefined) return;
    if (walked.state.seq < next.count) {
      this.#findings.fault('tail_missing', end, `the file that continues it knows ${next.count} records`);
    } else if (walked.beyond === 1 && walked.tornLine !== undefined) {
      const place = { file, line: walked.beyondLine, seq: walked.state.seq };
      this.#findings.note('unsigned_tail', place, UNSIGNED_TAIL);
    } else if (walked.beyond > 0) {
      const place = { file, line: walked.beyondLine, seq: walked.state.seq };
      this.#findings.fault('registry_mismatch', place, 'lines were added after the stream had gone on elsewhere');
    } else if (walked.state.seq > next.count || !walked.state.prev.includes(next.hash)) {
      this.#findings.fault('prev_mismatch', end, 'the file that continues it names another last record');
    }
  }

  #take(record: ReadRecord, place: Place): void {
    if (record.segment !== 'admin') {
      this.#findings.fault('registry_mismatch', place, 'the record belongs to another stream');
    }
    if (record.kind === 'stream_opened') this.#checkName(record, place);
    this.#register(record, place);
    if (this.#context.checkpoints.take(record, place)) this.#proveDeletions();
    this.#context.onRecord(record, place);
    const head = this.#storeHead;
    if (head === undefined || record.seq !== head.count - 1) return;
    this.#headSeen = true;
    if (place.file !== head.file)
      this.#findings.fault('registry_mismatch', place, `the store knows this record in \`${head.file}\``);
    if (record.hash === head.hash || record.computed === head.hash) return;
    this.#findings.fault('registry_mismatch', place, 'the store holds another hash for this record');
  }

  /** Nothing else of the log knows the name of the stream's last file. */
  #checkName({ seq, json: { time } }: ReadRecord, place: Place): void {
    if (typeof time === 'number' && isNamedFor(place.file, time, seq)) return;
    this.#findings.fault('registry_mismatch', place, 'the file bears another name than it was made with');
  }

  #register(record: ReadRecord, place: Place): void {
    const entry = record.own['entry'];
    if (typeof entry !== 'object' || entry === null) return;
    const { segment, file, count, head, key } = entry as Readonly<Record<string, unknown>>;
    if (typeof segment !== 'string' || typeof file !== 'string') return;
    if (record.kind === 'segment_opened') {
      const signer = typeof key === 'string' ? key : null;
      this.#open({ segment, file, hash: record.hash, place, key: signer });
    } else if (typeof count === 'number' && typeof head === 'string') {
      const end = { count, head, closed: record.kind === 'segment_closed' };
      if (record.kind === 'segment_pruned') this.#prune(segment, end, record, place);
      else this.#end(segment, end, place);
    }
  }

  /** A file may be deleted once it has ended, as it ended, and when its time is over. */
  #prune(segment: string, { count, head }: Extent, { json, own }: ReadRecord, place: Place): void {
    const entry = this.#entries.get(segment);
    if (entry?.end?.count !== count || entry.end.head !== head) {
      this.#findings.fault('registry_mismatch', place, 'a file was deleted that had not ended so');
    } else if (!isOverdueAt(entry.file, own['retainDays'], json['time'])) {
      this.#findings.fault('registry_mismatch', place, 'a file was deleted before its time was over');
    } else this.#deletions.push(entry);
    if (this.#context.checkpoints.authority === undefined) this.#proveDeletions();
  }

  /** Anybody can write a line behind the last one. A file may be missing only where a signature says so. */
  #proveDeletions(): void {
    for (const entry of this.#deletions) entry.pruned = true;
    this.#deletions = [];
  }

  #open(entry: RegistryEntry): void {
    if (entry.key === null && this.#context.checkpoints.authority !== undefined)
      this.#findings.fault('checkpoint_missing', entry.place, 'the segment was opened without a key that signs for it');
    if (!this.#entries.has(entry.segment)) this.#entries.set(entry.segment, entry);
    else this.#findings.fault('registry_mismatch', entry.place, 'the segment was opened before');
  }

  /** Two processes may find the same dead segment; they must agree. */
  #end(segment: string, end: NonNullable<RegistryEntry['end']>, place: Place): void {
    const entry = this.#entries.get(segment);
    if (entry === undefined) {
      this.#findings.fault('registry_mismatch', place, 'a segment ends here that was never opened');
    } else if (entry.end !== undefined && (entry.end.count !== end.count || entry.end.head !== end.head)) {
      this.#findings.fault('registry_mismatch', place, 'the segment ended before with another head');
    } else entry.end ??= end;
  }

  #checkStore(lastFile: string): void {
    const head = this.#storeHead;
    if (head === undefined) {
      const message = 'no store or checkpoint says where the admin stream should end';
      if (lastFile !== '') this.#findings.note('tail_unproven', wholeFile(lastFile), message);
    } else if (head.count === 0 && head.hash === GENESIS && this.#records > ONE_STEP_RECORDS) {
      const message = `the store knows no record, and the files hold ${this.#records}; the state file was lost or replaced`;
      this.#findings.fault('registry_mismatch', wholeFile(lastFile), message);
    } else if (!this.#headSeen) {
      const gone = !this.#seen.has(head.file);
      const message = `the store knows ${head.count} records of the admin stream`;
      this.#findings.fault(gone ? 'missing_file' : 'tail_missing', wholeFile(head.file), message);
    }
  }
}

const UNSIGNED_TAIL =
  'a record that nobody signed stands behind the end and is no part of the log: a crash left it, or somebody put it there';

/** A crash before the very first head was kept leaves at most these. */
const ONE_STEP_RECORDS = 2;

function isOverdueAt(file: string, retainDays: unknown, timeMs: unknown): boolean {
  return typeof retainDays === 'number' && typeof timeMs === 'number' && isOverdue(file, retainDays, timeMs);
}
