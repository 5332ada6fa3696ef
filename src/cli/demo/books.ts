/** The payment server's ledger beside the audit log: what was executed must be what was allowed, no more and no less. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoHome } from './home.ts';
import { type Fields, fieldsOf, ownFields } from '../log-fields.ts';
import { bad, good, line, remark } from './stage.ts';

/** Shows both books. Answers how many things do not agree. */
export async function showBooks(home: DemoHome): Promise<number> {
  const ledger = await jsonLines(home.ledgerFile);
  const records = (await callRecords(home)).map(ownFields);
  line('ledger of the payment server');
  for (const { type, amountMinor, currency, party } of ledger)
    remark(`${text(type).padEnd(8)} ${major(amountMinor)} ${text(currency)}  ${text(party)}`);
  line('audit log (no argument values: names, types and decisions only)');
  const told = records.filter(({ kind }) => kind === 'intent' || kind === 'decision' || kind === 'outcome');
  for (const record of told) remark(auditLine(record));
  const executed = records.filter(
    ({ kind, tool, outcome }) => kind === 'outcome' && outcome === 'ok' && WRITES.has(text(tool)),
  );
  const agree = executed.length === ledger.length;
  (agree ? good : bad)(`${ledger.length} operations executed, ${executed.length} outcomes of writing calls recorded`);
  return agree ? 0 : 1;
}

const WRITES = new Set(['sandbox/create_charge', 'sandbox/create_refund', 'sandbox/create_payout']);

function auditLine(record: Fields): string {
  const verdict = record['kind'] === 'outcome' ? text(record['outcome']) : text(record['decision']);
  const rule = record['kind'] === 'outcome' ? '' : `rule ${text(record['rule'])}`;
  return `${text(record['kind']).padEnd(9)} ${verdict.padEnd(6)} ${text(record['grant']).padEnd(14)} ${text(record['tool']).padEnd(22)} ${rule}`;
}

/** Changes one digit in the middle of the first calls file. Answers the place. */
export async function editOneByte(home: DemoHome): Promise<{ readonly file: string; readonly line: number }> {
  const [file = ''] = await callFiles(home);
  const path = join(home.directory, 'audit', file);
  const lines = (await readFile(path, 'utf8')).split('\n');
  const index = lines.findIndex((record) => record.includes('"kind":"decision"'));
  lines[index] = (lines[index] ?? '').replace('"decision":"deny"', '"decision":"denY"');
  await writeFile(path, lines.join('\n'));
  return { file, line: index + 1 };
}

async function callRecords(home: DemoHome): Promise<readonly Fields[]> {
  const files = await callFiles(home);
  const records = await Promise.all(files.map((file) => jsonLines(join(home.directory, 'audit', file))));
  return records.flat().sort((a, b) => Number(a['time']) - Number(b['time']));
}

async function callFiles(home: DemoHome): Promise<readonly string[]> {
  const files = await readdir(join(home.directory, 'audit'));
  return files.filter((file) => file.startsWith('calls-')).sort();
}

async function jsonLines(file: string): Promise<readonly Fields[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((record) => record !== '');
  return lines.map((record) => fieldsOf(JSON.parse(record)));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function major(minor: unknown): string {
  const digits = String(minor).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`.padStart(9);
}
