/** A page as GitHub-flavoured Markdown. Charts are left out; their figures stand in tables. */
import { markdown as escape } from './escape.ts';
import type { Block, Column, Page } from './page.ts';

/** Writes a page. */
export function markdownOf({ title, lead, sections }: Page): string {
  const parts = [`# ${escape(title)}`, listOf(lead)];
  for (const section of sections)
    parts.push(`## ${escape(section.title)}`, ...section.blocks.map(blockText).filter((text) => text !== ''));
  return `${parts.join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.is) {
    case 'text':
      return escape(block.text);
    case 'warning':
      return `> **Warning:** ${escape(block.text)}`;
    case 'list':
      return listOf(block.items);
    case 'figures':
      return listOf(
        block.figures.map(({ label, value, note }) => `${label}: ${value}${note === undefined ? '' : ` (${note})`}`),
      );
    case 'table':
      return `**${escape(block.caption)}**\n\n${tableOf(block.columns, [...block.rows, ...(block.totals ?? [])])}`;
    case 'charts':
      return '';
  }
}

function listOf(items: readonly string[]): string {
  return items.map((item) => `- ${escape(item)}`).join('\n');
}

function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map(({ is }) => (is === 'number' ? '---:' : '---'));
  return [line(columns.map(({ name }) => escape(name))), line(rule), ...rows.map((row) => line(row.map(escape)))].join(
    '\n',
  );
}
