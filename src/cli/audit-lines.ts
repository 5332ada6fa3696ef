/** One readable line for each audit record. */
import { colors } from './colors.ts';
import { lastRecords, type LogRecord, readLog } from '../audit/index.ts';
import { fieldsOf, type Fields, ownFields, textOf } from './log-fields.ts';
import { printable } from './printable.ts';
import { CommandError, Exit, print } from './report.ts';

interface TailOptions {
  readonly follow?: boolean;
  readonly lines: string;
  readonly json?: boolean;
}

/** Prints the last records, then, when following, what comes until the process is interrupted; answers how many. */
export async function showRecords(directory: string, options: TailOptions): Promise<number> {
  const count = countOf(options.lines);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const coming =
    options.follow === true ? readLog({ directory, from: 'end', follow: true, signal: stop.signal }) : null;
  // Asked for the first time before the past is read, so that nothing falls between the two.
  const first = coming?.next();
  const shown = new Set<string>();
  for (const record of await lastRecords(directory, count)) {
    shown.add(placeOf(record));
    show(record, options.json === true);
  }
  let printed = shown.size;
  if (coming === null) return printed;
  for (let step = await first; step?.done === false; step = await coming.next()) {
    if (shown.has(placeOf(step.value))) continue;
    show(step.value, options.json === true);
    printed += 1;
  }
  return printed;
}

function countOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new CommandError(Exit.usage, `\`${text}\` is not a number of lines`, 'for example --lines 50');
}

function placeOf({ file, line }: LogRecord): string {
  return `${file}:${line}`;
}

function show(record: LogRecord, json: boolean): void {
  print(json ? JSON.stringify(record.record) : lineOf(record));
}

/** Time, kind, verdict, grant, tool, rule: what a person looks for first. */
function lineOf({ file, line, record, intact }: LogRecord): string {
  const data = ownFields(record);
  const time = typeof record?.['time'] === 'number' ? new Date(record['time']).toISOString() : '-'.repeat(24);
  const cells = [textOf(data, 'grant').padEnd(16), textOf(data, 'tool').padEnd(28), detail(data)];
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

/** What names the acts of operators, each with the words that matter of it. */
const OPERATOR: Readonly<Record<string, readonly string[]>> = {
  policy_edited: ['policy'],
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
