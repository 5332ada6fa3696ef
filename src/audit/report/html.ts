/** A page as one HTML file that needs nothing beside itself: no script, no font, no picture, no address. */
import type { Chart } from './chart.ts';
import { html as escape } from './escape.ts';
import type { Block, Column, Figure, Page, Section } from './page.ts';
import { STYLE } from './style.ts';
import { svgOf } from './svg.ts';

/** A browser that opens the file is told to load and to run nothing. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Writes a page. `subtitle` tells it apart in a browser's tab. */
export function htmlOf({ title, lead, sections }: Page, subtitle: string): string {
  const body = sections.map((section, index) => sectionOf(section, `s${index + 1}`)).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}: ${escape(subtitle)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escape(title)}</h1>
${lead.map((line) => `<p>${escape(line)}</p>`).join('\n')}
</header>
${body}
</main>
</body>
</html>
`;
}

function sectionOf({ title, blocks }: Section, id: string): string {
  const content = blocks.map((block, index) => blockOf(block, `${id}b${index + 1}`)).join('\n');
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${escape(title)}</h2>\n${content}\n</section>`;
}

function blockOf(block: Block, id: string): string {
  switch (block.is) {
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'warning':
      return `<p class="warning" role="note"><strong>Warning:</strong> ${escape(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
    case 'figures':
      return `<dl class="figures">${block.figures.map(figureOf).join('')}</dl>`;
    case 'table':
      return tableOf(block, id);
    case 'charts':
      return `<div class="charts">${block.charts.map((chart, index) => chartOf(chart, `${id}c${index + 1}`)).join('\n')}</div>`;
  }
}

function figureOf({ label, value, note }: Figure): string {
  const small = note === undefined ? '' : `<dd class="note">${escape(note)}</dd>`;
  return `<div><dt>${escape(label)}</dt><dd>${escape(value)}</dd>${small}</div>`;
}

type Table = Extract<Block, { readonly is: 'table' }>;

/** The box around a table scrolls by itself, with the keyboard too. */
function tableOf({ caption, columns, rows, totals = [] }: Table, id: string): string {
  const head = columns.map(({ name, is }) => `<th scope="col"${classOf(is)}>${escape(name)}</th>`).join('');
  const foot = totals.length === 0 ? '' : `<tfoot>${rowsOf(totals, columns)}</tfoot>`;
  const parts = `<caption id="${id}">${escape(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${rowsOf(rows, columns)}</tbody>${foot}`;
  return `<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>${parts}</table></div>`;
}

function rowsOf(rows: Table['rows'], columns: readonly Column[]): string {
  const cells = (row: readonly string[]): string =>
    row.map((cell, index) => cellOf(cell, columns[index], index)).join('');
  return rows.map((row) => `\n<tr>${cells(row)}</tr>`).join('');
}

function cellOf(cell: string, column: Column | undefined, index: number): string {
  const content = escape(cell);
  return index === 0 ? `<th scope="row">${content}</th>` : `<td${classOf(column?.is)}>${content}</td>`;
}

function classOf(is: Column['is']): string {
  return is === undefined ? '' : ` class="${is}"`;
}

function chartOf(chart: Chart, id: string): string {
  const legend = chart.series.map(({ name, tone }) => `<li><span class="swatch ${tone}"></span>${escape(name)}</li>`);
  const key = chart.series.length > 1 ? `<ul class="legend">${legend.join('')}</ul>` : '';
  return `<figure><figcaption>${escape(chart.title)}</figcaption>${key}<div class="chart">${svgOf(chart, id)}</div></figure>`;
}
