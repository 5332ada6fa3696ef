/** One calls segment against its own chain, its line in the registry, and the process that wrote it. */
import { join } from 'node:path';
import type { ReadRecord } from './chain.ts';
import { wholeFile, type Findings, type Place } from './findings.ts';
import type { Calls } from './pairs.ts';
import type { RegistryEntry } from './verify-admin.ts';
import { CHAIN_START, walk, type Walked } from './walk.ts';

/** What is known of the segments beside the files. */
export interface SegmentKnowledge {
  /** Segments that the store holds as open; undefined without a store. */
  readonly open: ReadonlySet<string> | undefined;
  readonly isAlive: (pid: number, processStart: string) => boolean;
}

/** Verifies a segment that has a file. Answers the number of its records. */
export async function verifySegment(
  directory: string,
  entry: RegistryEntry,
  knowledge: SegmentKnowledge,
  calls: Calls,
  findings: Findings,
): Promise<number> {
  const writer = { live: false };
  const walked = await walk({
    path: join(directory, entry.file),
    file: entry.file,
    start: CHAIN_START,
    findings,
    onRecord: (record, place) => {
      if (record.seq === 0) writer.live = checkFirst(record, place, entry, knowledge, findings);
      if (record.segment !== entry.segment) {
        findings.fault('registry_mismatch', place, 'the record belongs to another segment');
      }
      calls.take(record, place);
    },
  });
  if (entry.end !== undefined) checkEnded(entry.file, entry.end, walked, findings);
  else checkUnended(entry, walked, writer.live, knowledge, findings);
  calls.endFile(writer.live && entry.end === undefined);
  return walked.records;
}

function hashOf(place: unknown): unknown {
  return typeof place === 'object' && place !== null && 'hash' in place ? place.hash : undefined;
}

/** Checks the first record against the registry; true if the process that wrote it still runs. */
function checkFirst(
  record: ReadRecord,
  place: Place,
  entry: RegistryEntry,
  { isAlive: alive }: SegmentKnowledge,
  findings: Findings,
): boolean {
  const { registry, pid, processStart } = record.own;
  const named = hashOf(registry);
  if (record.kind !== 'segment_open' || named !== entry.hash) {
    findings.fault('registry_mismatch', place, 'the first record does not name the registry line of this segment');
  }
  return typeof pid === 'number' && typeof processStart === 'string' && alive(pid, processStart);
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
    const started = open?.has(segment) === true;
    if (started) findings.fault('tail_missing', wholeFile(file), 'the store knows that this segment had records');
    else findings.note('never_started', wholeFile(file), 'its process ended before the first record');
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
