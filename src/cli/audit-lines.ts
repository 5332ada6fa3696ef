/** One readable line for each audit record. */
import { colors } from './colors.ts';
import { type LogFile, type LogRecord, lastRecords, readLog } from '../audit/index.ts';
import { fieldsOf, type Fields, ownFields, textOf } from './log-fields.ts';
import { printable } from './printable.ts';
import type { Output } from './output.ts';
import { CommandError, Exit } from './report.ts';

/** How records are shown. */
export interface Showing {
  readonly directory: string;
  /** As they were looked at: up to there is the past. */
  readonly files: readonly LogFile[];
  readonly json: boolean;
  readonly output: Output;
}

/** Prints the last records; answers how many. */
export async function showLast({ directory, files, json, output }: Showing, count: number): Promise<number> {
  const records = await lastRecords(directory, count, files);
  for (const record of records) await output.line(textLine(record, json));
  await output.flush();
  return records.length;
}

/** Prints what comes until `signal` aborts or nobody reads on. */
export async function showComing({ directory, files, json, output }: Showing, signal: AbortSignal): Promise<void> {
  for await (const record of readLog({ directory, from: files, follow: true, signal })) {
    await output.line(textLine(record, json));
    await output.flush();
    if (output.closed()) return;
  }
}

/** Throws `CommandError` for what is no number of lines. */
export function countOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new CommandError(Exit.usage, `\`${text}\` is not a number of lines`, 'for example --lines 50');
}

function textLine(record: LogRecord, json: boolean): string | Buffer {
  if (!json) return lineOf(record);
  return record.record === null ? 'null' : record.bytes;
}

/** Time, kind, verdict, grant, tool or method, rule: what a person looks for first. */
export function lineOf({ file, line, record, intact }: LogRecord): string {
  const data = ownFields(record);
  const time = typeof record?.['time'] === 'number' ? new Date(record['time']).toISOString() : '-'.repeat(24);
  const what = textOf(data, 'tool') || textOf(data, 'method');
  const cells = [textOf(data, 'grant').padEnd(16), what.padEnd(28), detail(data)];
  const changed = intact ? '' : colors.red(` CHANGED AFTER IT WAS WRITTEN (${printable(file)}:${line})`);
  return `${colors.dim(time)} ${verdict(data)} ${printable(cells.join(' ')).trimEnd()}${changed}`;
}

const PAINT: Readonly<Record<string, (words: string) => string>> = {
  deny: colors.yellow,
  allow: colors.green,
  ok: colors.green,
  failed: colors.yellow,
  'in-doubt': colors.red,
  approve: colors.green,
  reject: colors.yellow,
};

function verdict(data: Fields): string {
  const answer =
    ['outcome', 'decision', 'verdict', 'ending'].map((key) => textOf(data, key)).find((word) => word !== '') ?? '';
  const paint = PAINT[answer] ?? ((words: string) => words);
  return `${printable(textOf(data, 'kind')).padEnd(17)} ${paint(printable(answer).padEnd(8))}`;
}

const NAMING = ['code', 'upstream', 'secret', 'approval', 'operator'];

/** What names acts of people, each with the words that matter of it. */
const OPERATOR: Readonly<Record<string, readonly string[]>> = {
  policy_edited: ['policy'],
  log_read: ['does'],
  client_installed: ['mcpClient', 'scope'],
  client_uninstalled: ['mcpClient', 'scope'],
  grants_frozen: ['scope'],
  grants_unfrozen: ['scope'],
  quota_reset: ['unit', 'scope', 'subject'],
  quota_resolved: ['request', 'as'],
  quota_settled: ['request', 'currency'],
};

/** The rule that decided, else whatever names the event. */
function detail(data: Fields): string {
  const rule = textOf(data, 'rule');
  const names = [...NAMING, ...(OPERATOR[textOf(data, 'kind')] ?? [])].map((key) => textOf(data, key));
  const rest = [...names, textOf(fieldsOf(data['entry']), 'file')].filter((word) => word !== '');
  const latency = typeof data['latencyMs'] === 'number' ? `${data['latencyMs']} ms` : '';
  return [rule === '' ? '' : `rule ${rule}`, ...rest, latency].filter((word) => word !== '').join(', ');
}
