/** Records by hand, and pages read back: a small tokenizer for our HTML, and a reader of Markdown tables. */
import type { LogRecord } from '../../../src/audit/read.ts';
import { Gathering, type LogCheck, type ReportValue } from '../../../src/audit/report/index.ts';

export const SINCE = Date.UTC(2026, 10, 1);
export const UNTIL = Date.UTC(2026, 11, 1);
export const NOON = Date.UTC(2026, 10, 15, 12);

export const WHOLE: LogCheck = {
  ...{ ok: true, records: 3, files: 2, signatures: null, faults: [], faultsLeftOut: 0, notes: [] },
};

type Taken = Pick<LogRecord, 'record' | 'intact'>;

/** An intact record with our own part, which may be anything. */
export function record(kind: unknown, own: Readonly<Record<string, unknown>> = {}, timeMs: unknown = NOON): Taken {
  const json = { time: timeMs, unmapped: { countersign: { kind, ...own } } };
  return { record: json as unknown as Taken['record'], intact: true };
}

/** The report on records, for November 2026. */
export function reportOn(records: Iterable<Taken>, check: LogCheck = WHOLE): ReportValue {
  const gathering = new Gathering({ sinceMs: SINCE, untilMs: UNTIL });
  for (const one of records) gathering.take(one);
  return gathering.value({ generatedMs: UNTIL, install: 'f'.repeat(32), version: '0.1.0', check });
}

export interface Table {
  readonly caption: string;
  readonly rows: readonly (readonly string[])[];
}

export type Token =
  | { readonly is: 'open' | 'close'; readonly name: string; readonly attributes: string }
  | { readonly is: 'text'; readonly text: string };

/** Splits HTML into tags and text. Throws for a `<` or `>` that belongs to no tag. */
export function tokens(html: string): readonly Token[] {
  const found: Token[] = [];
  const pattern =
    /<(\/?)([a-z!][a-z0-9]*)((?:\s+[a-z][a-z0-9-]*(?::[a-z]+)?(?:="[^"<>]*")?|\s+html)*)\s*\/?>|([^<>]+)/giy;
  while (pattern.lastIndex < html.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(html);
    if (match === null) throw new Error(`no HTML of ours at ${at}: ${html.slice(at, at + 80)}`);
    const [, slash = '', name, attributes = '', text] = match;
    if (name === undefined) found.push({ is: 'text', text: decoded(text ?? '') });
    else found.push({ is: slash === '' ? 'open' : 'close', name: name.toLowerCase(), attributes });
  }
  return found;
}

/** Every table of an HTML page, its totals with it. */
export function htmlTables(html: string): readonly Table[] {
  const tables: { caption: string; rows: string[][] }[] = [];
  let inside = '';
  for (const token of tokens(html)) {
    const table = tables.at(-1);
    if (token.is === 'text') {
      if (inside === 'caption' && table !== undefined) table.caption += token.text;
      if (inside === 'cell') table?.rows.at(-1)?.push((table.rows.at(-1)?.pop() ?? '') + token.text);
    } else if (token.is === 'close') inside = '';
    else if (token.name === 'table') tables.push({ caption: '', rows: [] });
    else if (token.name === 'tr') table?.rows.push([]);
    else if (token.name === 'th' || token.name === 'td') {
      table?.rows.at(-1)?.push('');
      inside = 'cell';
    } else inside = token.name;
  }
  return tables;
}

/** Every table of a Markdown page; the heading in bold before it is its caption. */
export function markdownTables(markdown: string): readonly Table[] {
  const tables: { caption: string; rows: string[][] }[] = [];
  let caption = '';
  for (const line of markdown.split('\n')) {
    if (line.startsWith('**')) {
      caption = unescaped(line.slice(2, -2));
      tables.push({ caption, rows: [] });
    } else if (line.startsWith('| ') && !/^\|(?: -+:? \|)+$/.test(line)) {
      const cells = line.slice(2, -2).split(/(?<!\\) \| /);
      tables.at(-1)?.rows.push(cells.map(unescaped));
    }
  }
  return tables;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

export function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|([a-z]+));/g, (whole, number: string | undefined, name: string | undefined) =>
    number === undefined ? (ENTITIES[name ?? ''] ?? whole) : String.fromCodePoint(Number(number)),
  );
}

function unescaped(text: string): string {
  return decoded(text.replace(/\\([\\`*_[\]|~$#+=-])/g, '$1'));
}
