/** One calls segment against its own chain, its line in the registry, and the process that wrote it. */
import { join } from 'node:path';
import type { ReadRecord } from './chain.ts';
import type { Extent } from './checkpoint.ts';
import { wholeFile, type Findings, type Place } from './findings.ts';
import type { Calls } from './pairs.ts';
import type { OnRecord, RegistryEntry } from './verify-admin.ts';
import { SegmentCheckpoints } from './verify-checkpoints.ts';
import { CHAIN_START, walk, type Walked } from './walk.ts';

/** What is known of the segments beside the files. */
export interface SegmentKnowledge {
  /** How far the segments go that the store holds as open; undefined without a store. */
  readonly open: ReadonlyMap<string, Extent> | undefined;
  readonly isAlive: (pid: number, processStart: string) => boolean;
}

/** What every segment is verified with. */
export interface CallsContext {
  readonly directory: string;
  readonly findings: Findings;
  readonly knowledge: SegmentKnowledge;
  readonly calls: Calls;
  /** Names the installation in its checkpoints. */
  readonly install: string;
  readonly onRecord: OnRecord;
}

/** Verifies a segment that has a file. Answers the number of its records. */
export async function verifySegment(context: CallsContext, entry: RegistryEntry): Promise<number> {
  const { directory, findings, knowledge, calls } = context;
  const segment = new SegmentWalk(context, entry);
  const walked = await walk({
    path: join(directory, entry.file),
    file: entry.file,
    start: CHAIN_START,
    findings,
    onRecord: (record, place) => segment.take(record, place),
  });
  if (entry.end !== undefined) checkEnded(entry.file, entry.end, walked, findings);
  else checkUnended(entry, walked, segment.isLive, knowledge, findings);
  segment.end(walked);
  calls.endFile(segment.isLive && entry.end === undefined);
  return walked.records;
}

/** The records of one segment, as they are walked. */
class SegmentWalk {
  readonly #context: CallsContext;
  readonly #entry: RegistryEntry;
  readonly #checkpoints: SegmentCheckpoints | undefined;
  /** How far the store knows the file to go. */
  readonly #known: Extent | undefined;
  #isLive = false;

  constructor(context: CallsContext, entry: RegistryEntry) {
    const { install, findings, knowledge } = context;
    this.#context = context;
    this.#entry = entry;
    this.#known = knowledge.open?.get(entry.segment);
    if (entry.key !== null) this.#checkpoints = new SegmentCheckpoints(install, entry.segment, entry.key, findings);
  }

  /** True if the process that wrote the first record still runs. */
  get isLive(): boolean {
    return this.#isLive;
  }

  take(record: ReadRecord, place: Place): void {
    const { findings, calls, onRecord } = this.#context;
    if (record.seq === 0) this.#first(record, place);
    if (record.segment !== this.#entry.segment)
      findings.fault('registry_mismatch', place, 'the record belongs to another segment');
    if (record.seq + 1 === this.#known?.count && record.hash !== this.#known.head)
      findings.fault('registry_mismatch', place, 'the store holds another hash for this record');
    this.#checkpoints?.take(record, place);
    calls.take(record, place);
    onRecord(record, place);
  }

  /** The store may know more than the file of a dead process has. A living one was written to meanwhile. */
  end({ state, lastLine }: Walked): void {
    if (this.#entry.end !== undefined || this.#known === undefined || state.seq >= this.#known.count) return;
    const place = { file: this.#entry.file, line: lastLine, seq: state.seq - 1 };
    const message = `the store knows ${this.#known.count} records of this segment`;
    this.#context.findings.fault('tail_missing', place, message);
  }

  #first({ kind, own }: ReadRecord, place: Place): void {
    const { registry, pid, processStart, key } = own;
    if (kind !== 'segment_open' || hashOf(registry) !== this.#entry.hash || (key ?? null) !== this.#entry.key) {
      const message = 'the first record does not name the registry line of this segment';
      this.#context.findings.fault('registry_mismatch', place, message);
    }
    const { isAlive } = this.#context.knowledge;
    this.#isLive = typeof pid === 'number' && typeof processStart === 'string' && isAlive(pid, processStart);
  }
}

function hashOf(place: unknown): unknown {
  return typeof place === 'object' && place !== null && 'hash' in place ? place.hash : undefined;
}

function checkEnded(file: string, end: NonNullable<RegistryEntry['end']>, walked: Walked, findings: Findings): void {
  const last = { file, line: walked.lastLine, seq: walked.state.seq - 1 };
  if (walked.tornLine !== undefined) {
    const place = { file, line: walked.tornLine, seq: walked.state.seq };
    if (end.closed) findings.fault('torn_line', place, 'half a line stands at the end of a closed segment');
    else findings.note('torn_tail', place, 'half a line stands at the end; a crash left it');
  }
  if (walked.state.seq < end.count) {
    findings.fault('tail_missing', last, `the registry knows ${end.count} records of this segment`);
  } else if (walked.state.seq > end.count || !walked.state.prev.includes(end.head)) {
    findings.fault(
      'registry_mismatch',
      last,
      `the registry closed this segment at ${end.count} records with another head`,
    );
  }
}

function checkUnended(
  { segment, file }: RegistryEntry,
  walked: Walked,
  live: boolean,
  { open }: SegmentKnowledge,
  findings: Findings,
): void {
  if (walked.records === 0) {
    // What the store knows of it is missing, and is told as that.
    if (open?.has(segment) !== true)
      findings.note('never_started', wholeFile(file), 'its process ended before the first record');
    return;
  }
  if (live) return;
  const place = { file, line: walked.lastLine, seq: walked.state.seq - 1 };
  findings.note('tail_unproven', place, 'the segment was never closed; records may be missing at its end');
}

/** Judges a segment that the registry opened and whose file is not there. */
export function verifyMissing(
  { segment, file, end }: RegistryEntry,
  { open }: SegmentKnowledge,
  findings: Findings,
): void {
  const place = wholeFile(file);
  if (end !== undefined) {
    findings.fault('missing_file', place, `the registry knows ${end.count} records of this segment`);
  } else if (open === undefined) {
    findings.fault('never_started', place, 'the segment has no file, and without the store nobody knows if it had one');
  } else if (open.has(segment)) {
    findings.fault('missing_file', place, 'the store knows that this segment was written to');
  } else {
    findings.note('never_started', place, 'its process ended before it made the file');
  }
}
