/**
 * Changes of whole tables in a text of TOML (https://toml.io/en/v1.0.0). A table with its sub-tables is cut out or put at
 * the end; every other line stays. What cannot be changed so, a server written inline for one, the caller finds by
 * reading the text again.
 */
import { stringify } from 'smol-toml';
import type { Plain } from '../config/text-edit.ts';

interface Line {
  readonly start: number;
  /** Behind its line end. */
  readonly end: number;
  readonly text: string;
  /** The keys of a header, `[a.b]` or `[[a.b]]`; null for any other line. */
  readonly header: readonly string[] | null;
}

/** The text with a table at its end. */
export function appendTable(text: string, path: readonly string[], value: Plain): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const nested = path.reduceRight<Plain>((inner, key) => ({ [key]: inner }), value);
  const table = stringify(nested).trim().replaceAll('\n', eol);
  if (text.trim() === '') return `${table}${eol}`;
  return `${text}${text.endsWith('\n') ? '' : eol}${eol}${table}${eol}`;
}

/** The text without a table and its sub-tables. Comments above the next table are the next table's. */
export function cutTable(text: string, path: readonly string[]): string {
  const lines = linesOf(text);
  const isWithin = ({ header }: Line): boolean => header !== null && path.every((key, index) => header[index] === key);
  let kept = '';
  let from = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined || !isWithin(line)) continue;
    const next = lines.findIndex((other, at) => at > index && other.header !== null && !isWithin(other));
    const end = next === -1 ? lines.length : beforeComments(lines, index, next);
    kept += text.slice(from, line.start);
    from = lines[end]?.start ?? text.length;
    index = end - 1;
  }
  return tidied(kept, text.slice(from));
}

/** The first of the comments and blank lines that lead to a header, below what belongs to the table before. */
function beforeComments(lines: readonly Line[], from: number, header: number): number {
  let first = header;
  while (first - 1 > from && /^\s*#/.test(lines[first - 1]?.text ?? '')) first -= 1;
  return first;
}

/** Where a last table was cut off, the blank line that parted it goes too. */
function tidied(before: string, after: string): string {
  return after.trim() === '' ? before.replace(/(\r?\n)(?:[ \t]*\r?\n)+$/, '$1') + after : before + after;
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  /** The quotes that end the string which goes over the end of a line. */
  let open: string | null = null;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found + 1;
    const line = text.slice(start, end);
    lines.push({ start, end, text: line, header: open === null ? headerOf(line) : null });
    open = openAfter(line, open);
    start = end;
  }
  return lines;
}

/** Which string of several lines is open behind a line. */
function openAfter(line: string, before: string | null): string | null {
  let open = before;
  for (let at = 0; at < line.length; at += 1) {
    if (open !== null) {
      if (open === '"""' && line[at] === '\\') at += 1;
      else if (line.startsWith(open, at)) {
        at += open.length - 1;
        open = null;
      }
      continue;
    }
    if (line[at] === '#') return null;
    const long = ['"""', "'''"].find((quotes) => line.startsWith(quotes, at));
    if (long !== undefined) {
      open = long;
      at += 2;
    } else if (line[at] === '"' || line[at] === "'") at = endOfString(line, at);
  }
  return open;
}

function endOfString(line: string, start: number): number {
  const quote = line[start];
  for (let at = start + 1; at < line.length; at += 1) {
    if (quote === '"' && line[at] === '\\') at += 1;
    else if (line[at] === quote) return at;
  }
  return line.length;
}

const KEY = String.raw`(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')`;
const HEADER = new RegExp(String.raw`^\s*\[\[?\s*(${KEY}(?:\s*\.\s*${KEY})*)\s*\]\]?\s*(?:#.*)?\r?\n?$`);

function headerOf(line: string): readonly string[] | null {
  const [, keys] = HEADER.exec(line) ?? [];
  return keys === undefined ? null : [...keys.matchAll(new RegExp(KEY, 'g'))].map(([key]) => nameOf(key));
}

function nameOf(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1);
  if (!key.startsWith('"')) return key;
  try {
    return String(JSON.parse(key));
  } catch {
    return key;
  }
}
