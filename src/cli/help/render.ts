/** Our pages as text for a terminal: the part of Markdown that they are written in, and nothing more. */
import { inline, PLAIN, type Styles } from './inline.ts';
import { table } from './table.ts';
import { widthOf, wrap } from './wrap.ts';

/** How a page is to be shown. */
export interface Showing {
  /** Its path in the package, for its links. */
  readonly page: string;
  readonly width: number;
  readonly styles: Styles;
}

/** The page as lines. Blocks of code are never broken. */
export function render(markdown: string, showing: Showing): string {
  const blocks = blocksOf(markdown.replace(/^<!--.*?-->\n?/gms, ''));
  const shown = blocks.map((block) => show(block, showing).join('\n').trimEnd());
  return `${shown.filter((text) => text !== '').join('\n\n')}\n`;
}

interface Code {
  readonly is: 'code';
  readonly lines: readonly string[];
}
interface Prose {
  readonly is: 'prose';
  readonly lines: readonly string[];
}

/** Blocks are apart by empty lines, but in a fence. */
function blocksOf(markdown: string): readonly (Code | Prose)[] {
  const blocks: (Code | Prose)[] = [];
  let prose: string[] = [];
  const take = (): void => {
    if (prose.length > 0) blocks.push({ is: 'prose', lines: prose });
    prose = [];
  };
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('```')) {
      take();
      const end = lines.indexOf('```', at + 1);
      blocks.push({ is: 'code', lines: lines.slice(at + 1, end) });
      at = end;
    } else if (line.trim() === '') take();
    else prose.push(line);
  }
  take();
  return blocks;
}

function show(block: Code | Prose, showing: Showing): string[] {
  if (block.is === 'code') return block.lines.map((line) => (line === '' ? '' : `    ${line}`));
  const [first = ''] = block.lines;
  if (first.startsWith('#')) return heading(first, showing);
  if (first.startsWith('|')) return tableOf(block.lines, showing);
  return itemsOf(block.lines).flatMap((item) => paragraph(item, showing));
}

/** What stands below a heading, by its level. */
const UNDER: Readonly<Record<number, string>> = { 1: '=', 2: '-' };

function heading(line: string, { page, width, styles }: Showing): string[] {
  const [, marks = '', text = ''] = /^(#+) (.*)$/.exec(line) ?? [];
  const lines = wrap(inline(text, page, PLAIN), width);
  const under = UNDER[marks.length];
  if (under !== undefined) lines.push(under.repeat(Math.max(...lines.map(widthOf))));
  return lines.map((one) => styles.heading(one));
}

function tableOf(lines: readonly string[], { page, width, styles }: Showing): string[] {
  const rows = lines.filter((line) => !/^\|[\s:|-]+\|$/.test(line));
  const cells = rows.map((row) =>
    row
      .slice(1, row.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim().replaceAll('\\|', '|').replaceAll('&lt;', '<'), page, styles)),
  );
  return table(cells, width);
}

const ITEM = /^(\s*)([-*]|\d+\.) (.*)$/;

/** Each item of a list with its continuations; a paragraph is one item. */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    if (items.length === 0 || ITEM.test(line)) items.push(line);
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return items;
}

function paragraph(item: string, { page, width, styles }: Showing): string[] {
  const [, indent = '', mark = '', text = item] = ITEM.exec(item) ?? [];
  const words = inline(text, page, styles);
  if (mark === '') return wrap(words, width, item.startsWith(' ') ? '   ' : '');
  const start = `${indent}${mark === '*' ? '-' : mark} `;
  return wrap(words, width, ' '.repeat(start.length), start);
}
