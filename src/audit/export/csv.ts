/** Comma-separated values (RFC 4180) that a spreadsheet takes for text and never for a formula. */
import { textOf } from '../fields.ts';
import { isoOf, numberOf, partsOf, type ExportedRecord, type Parts } from './parts.ts';
import { visible } from './visible.ts';

/** What makes a spreadsheet calculate, also in the width of East Asian type, and the apostrophe that says it must not. */
const FORMULA = /^[=+\-@\t\r\n'＝＋－＠]/;

/** One cell. Before one that would be a formula stands an apostrophe, and before an apostrophe another. */
export function csvCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One row, without its line end. */
export function csvRow(cells: readonly string[]): string {
  return cells.map(csvCell).join(',');
}

type Column = (parts: Parts, record: ExportedRecord) => string;

function text(key: string): Column {
  return ({ own }) => textOf(own, key);
}

function number(key: string): Column {
  return ({ own }) => String(numberOf(own, key) ?? '');
}

/** Every column, in order. One that is added comes last: whoever reads by position goes on reading the same. */
const COLUMNS: Readonly<Record<string, Column>> = {
  time: ({ timeMs }) => isoOf(timeMs),
  kind: text('kind'),
  decision: text('decision'),
  outcome: text('outcome'),
  code: text('code'),
  grant: text('grant'),
  user: ({ user }) => user,
  tool: text('tool'),
  tool_kind: text('toolKind'),
  rule: text('rule'),
  pointer: text('pointer'),
  policy: text('policy'),
  policy_hash: text('policyHash'),
  request: text('request'),
  approval: text('approval'),
  latency_ms: number('latencyMs'),
  upstream: ({ upstream }) => upstream,
  agent: ({ agent }) => agent,
  severity: ({ severity }) => String(severity),
  message: ({ message }) => message,
  stream: ({ stream }) => stream,
  segment: text('segment'),
  seq: number('seq'),
  hash: text('hash'),
  changed: (_parts, { intact }) => (intact ? '' : 'changed after it was written'),
};

/** The first row. */
export const CSV_HEADER = csvRow(Object.keys(COLUMNS));

/** A record as one row. */
export function csvOf(record: ExportedRecord): string {
  const parts = partsOf(record.record);
  return csvRow(Object.values(COLUMNS).map((column) => visible(column(parts, record))));
}
