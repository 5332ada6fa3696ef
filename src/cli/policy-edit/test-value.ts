/** What a condition compares with, as people type it in one line and as the document says it. */
import { parseMoney } from '../../core/index.ts';
import type { Plain } from '../../config/text-edit.ts';
import { CommandError, Exit } from '../report.ts';

/** Operators whose value is a comparison of its own. */
export const INNER: ReadonlySet<string> = new Set(['length', 'any', 'all', 'sum', 'count']);
const TEXT: ReadonlySet<string> = new Set(['matches', 'starts_with', 'ends_with', 'type']);

/** Reads a line. Throws `CommandError` for one that says nothing. */
export function readValue(fact: string, op: string, line: string): Plain {
  const text = line.trim();
  if (text === '') throw new CommandError(Exit.usage, `\`${fact}\` ${op} what? the value is empty`);
  if (op === 'present') return yesOrNo(text);
  if (INNER.has(op)) return inner(fact, text);
  if (op === 'in' || op === 'not_in') return listed(text).map((one) => scalar(fact, one));
  if (fact === 'amount') return money(text);
  return TEXT.has(op) ? text : scalar(fact, text);
}

function yesOrNo(text: string): boolean {
  if (text === 'yes' || text === 'true') return true;
  if (text === 'no' || text === 'false') return false;
  throw new CommandError(Exit.usage, `\`${text}\` is neither yes nor no`);
}

function inner(fact: string, text: string): Plain {
  const [op = '', ...rest] = text.split(' ');
  if (rest.length === 0) throw new CommandError(Exit.usage, `\`${text}\` is no comparison`, 'like `gt 5`');
  return { [op]: readValue(fact === 'amount' ? 'args' : fact, op, rest.join(' ')) };
}

/** `500 USD`, or several currencies. */
function money(text: string): Plain {
  const parts = listed(text);
  if (parts.length === 1) return checkedMoney(text);
  const amounts = new Map<string, string>();
  for (const part of parts) {
    const [amount = '', currency = ''] = checkedMoney(part).split(' ');
    if (amounts.has(currency)) throw new CommandError(Exit.usage, `\`${text}\` has two amounts in ${currency}`);
    amounts.set(currency, amount);
  }
  return Object.fromEntries(amounts);
}

function checkedMoney(written: string): string {
  const text = written.trim().replace(/\s+/g, ' ');
  const read = parseMoney(text);
  if (!read.ok) throw new CommandError(Exit.usage, `\`${text}\` is no amount: ${read.fault.message}`, 'like `500 USD`');
  return text;
}

/** A text in quotes stays one, whatever is in it. */
function scalar(fact: string, text: string): Plain {
  if (fact === 'amount') return checkedMoney(text);
  if (/^".*"$/.test(text)) return unquoted(text);
  if (text === 'true' || text === 'yes') return true;
  if (text === 'false' || text === 'no') return false;
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return text;
  if (String(Number(text)) === text) return Number(text);
  throw new CommandError(Exit.usage, `\`${text}\` is a number that would not stay exact`, `as a text: "${text}"`);
}

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // What follows.
  }
  throw new CommandError(Exit.usage, `\`${text}\` is no text in quotes`);
}

/** Parts between commas; a comma in quotes is no end. */
function listed(text: string): readonly string[] {
  const parts: string[] = [];
  for (let rest = text; rest.trim() !== '';) {
    const [all, part] = /^\s*("(?:[^"\\]|\\.)*"|[^",]*[^",\s])\s*(?:,|$)/.exec(rest) ?? [];
    if (all === undefined || part === undefined)
      throw new CommandError(Exit.usage, `\`${text}\` is no list of values`, 'like `one, "two, in quotes", 3`');
    parts.push(part);
    rest = rest.slice(all.length);
  }
  return parts;
}

/** The value that a line says. One that is shown like that already stays as it was written. */
export function valueFrom(fact: string, op: string, line: string, before: Plain | undefined): Plain {
  const isSame = before !== undefined && showValue(fact, op, before) === line.trim();
  return isSame ? before : readValue(fact, op, line);
}

/** The line for a value of the document; null for one that no line of ours says. */
export function showValue(fact: string, op: string, value: Plain): string | null {
  const line = lineOf(fact, op, value);
  if (line === null) return null;
  // What would be read back as something else is left to hands.
  try {
    return JSON.stringify(readValue(fact, op, line)) === JSON.stringify(unmapped(value)) ? line : null;
  } catch {
    return null;
  }
}

/** An amount in one currency is a text for us, however it was written. */
function unmapped(value: Plain): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const [only, another] = Object.entries(value);
  const isMoney = only !== undefined && another === undefined && /^[A-Z]{3}$/.test(only[0]);
  return isMoney && typeof only[1] === 'string' ? `${only[1]} ${only[0]}` : value;
}

function lineOf(fact: string, op: string, value: Plain): string | null {
  if (op === 'present') return value === true ? 'yes' : 'no';
  if (Array.isArray(value)) {
    const parts = (value as readonly Plain[]).map((one) => scalarLine(one));
    return parts.includes(null) ? null : parts.join(', ');
  }
  if (typeof value !== 'object' || value === null) return TEXT.has(op) ? String(value) : scalarLine(value);
  const members = Object.entries(value);
  if (fact === 'amount' && !INNER.has(op))
    return members.map(([currency, amount]) => `${typeof amount === 'string' ? amount : ''} ${currency}`).join(', ');
  const [only] = members;
  if (only === undefined || members.length > 1) return null;
  const shown = showValue(fact === 'amount' ? 'args' : fact, only[0], only[1]);
  return shown === null ? null : `${only[0]} ${shown}`;
}

function scalarLine(value: Plain): string | null {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const isPlain = /^[^\s",][^",]*$/.test(value) && value.trim() === value && scalar('args', value) === value;
  return isPlain ? value : JSON.stringify(value);
}
