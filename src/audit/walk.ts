/** Walking one file of a chain: every line against the one before, with a fault at each place that does not fit. */
import { GENESIS, MAX_LINE_BYTES, readRecord, type ReadRecord } from './chain.ts';
import { readLines, type Line } from './lines.ts';
import type { Findings, Place } from './findings.ts';

/** Where the chain stands. `prev` lists every hash that the next record may name: a changed record has two. */
export interface ChainState {
  readonly seq: number;
  /** Empty: unknown, because the line before could not be read. */
  readonly prev: readonly string[];
}

export const CHAIN_START: ChainState = { seq: 0, prev: [GENESIS] };

export interface Walked {
  readonly state: ChainState;
  /** Hash of the last record as it stands in the file; undefined without any. */
  readonly head: string | undefined;
  readonly records: number;
  readonly lastKind: string | undefined;
  /** Line number of a piece without newline at the end; undefined without one. */
  readonly tornLine: number | undefined;
  readonly lastLine: number;
  /** Complete lines that lie beyond the limit, and the first of them. */
  readonly beyond: number;
  readonly beyondLine: number;
  /** Bytes up to the last complete line within the limit. */
  readonly bytes: number;
}

export interface WalkOptions {
  readonly path: string;
  readonly file: string;
  readonly start: ChainState;
  readonly findings: Findings;
  /** Bytes that belong to the chain; what lies behind is counted, not read. */
  readonly limitBytes?: number;
  readonly onRecord: (record: ReadRecord, place: Place) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Walks the file. Throws what reading the file throws. */
export async function walk(options: WalkOptions): Promise<Walked> {
  const walked: Mutable<Walked> = {
    state: options.start,
    head: undefined,
    records: 0,
    lastKind: undefined,
    tornLine: undefined,
    lastLine: 0,
    beyond: 0,
    beyondLine: 0,
    bytes: 0,
  };
  for await (const line of readLines(options.path)) takeLine(walked, line, options);
  return walked;
}

function takeLine(walked: Mutable<Walked>, line: Line, options: WalkOptions): void {
  if (!line.complete) {
    walked.tornLine = line.number;
    return;
  }
  if (line.end > (options.limitBytes ?? Infinity)) {
    if (walked.beyond === 0) walked.beyondLine = line.number;
    walked.beyond += 1;
    return;
  }
  walked.lastLine = line.number;
  walked.bytes = line.end;
  takeRecord(walked, line, options);
}

function takeRecord(walked: Mutable<Walked>, line: Line, { file, findings, onRecord }: WalkOptions): void {
  const place = { file, line: line.number, seq: walked.state.seq };
  if (line.length > MAX_LINE_BYTES) findings.fault('line_too_long', place, `the line has ${line.length} bytes`);
  const record = readRecord(line.bytes);
  walked.records += 1;
  if (record === undefined) {
    findings.fault('bad_json', place, 'the line is not a record of this log');
    walked.state = { seq: walked.state.seq + 1, prev: [] };
    return;
  }
  checkLink(walked.state, record, { ...place, seq: record.seq }, findings);
  walked.state = { seq: record.seq + 1, prev: record.intact ? [record.hash] : [record.hash, record.computed] };
  walked.head = record.hash;
  walked.lastKind = record.kind;
  onRecord(record, { ...place, seq: record.seq });
}

function checkLink(state: ChainState, record: ReadRecord, place: Place, findings: Findings): void {
  if (!record.intact) findings.fault('hash_mismatch', place, 'the record was changed after it was written');
  if (record.seq !== state.seq) {
    findings.fault('seq_gap', place, `sequence ${state.seq} was expected here, and ${record.seq} stands here`);
  } else if (state.prev.length > 0 && !state.prev.includes(record.prev)) {
    findings.fault('prev_mismatch', place, 'the record does not follow the one before it');
  }
}
