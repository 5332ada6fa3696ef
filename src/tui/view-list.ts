/** The lists beside the queue. */
import { listRows } from './frame.ts';
import { COLUMNS, listLines } from './lists.ts';
import type { Column, ListLine, ListPane } from './lists.ts';
import { text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import type { Model } from './state.ts';
import { column, titleRows } from './view-title.ts';

const LIST_WORDS: Readonly<Record<ListPane, readonly [title: string, empty: string]>> = {
  feed: ['what happens, newest first', 'nothing has happened yet'],
  upstreams: ['the servers behind the gateway', 'no server'],
  quotas: ['what limits count, and what they leave', 'nothing is counted at this instant'],
  grants: ['who may call', 'no grant'],
};

export function listView(model: Model, pane: ListPane, columns: number, rows: number): readonly Row[] {
  const lines = listLines(model);
  const top = model.tops[pane];
  const widths = widthsOf(COLUMNS[pane], columns - 1);
  const [title, empty] = LIST_WORDS[pane];
  return [
    ...titleRows(model, columns, title),
    [
      text(' ', 1),
      ...COLUMNS[pane].map(({ heading, align }, index) => column(heading, widths[index] ?? 0, { bold: true }, align)),
    ],
    ...(lines.length === 0 ? [[text(`  ${empty}`, columns)]] : []),
    ...lines.slice(top, top + listRows(rows)).map((line) => listRow(line, COLUMNS[pane], widths)),
  ];
}

const TONES: Readonly<Record<ListLine['tone'], Style>> = {
  plain: {},
  good: { fg: 'green' },
  bad: { fg: 'red' },
  faint: {},
};

function listRow({ cells, tone }: ListLine, columns: readonly Column[], widths: readonly number[]): Row {
  return [
    text(' ', 1),
    ...columns.map(({ align }, index) => column(cells[index] ?? '', widths[index] ?? 0, TONES[tone], align)),
  ];
}

function widthsOf(columns: readonly Column[], room: number): readonly number[] {
  const fixed = columns.reduce((sum, { width }) => sum + ('cells' in width ? width.cells : 0), 0);
  const parts = columns.reduce((sum, { width }) => sum + ('parts' in width ? width.parts : 0), 0);
  return columns.map(({ width }) =>
    'cells' in width ? width.cells : Math.floor((Math.max(0, room - fixed) * width.parts) / Math.max(1, parts)),
  );
}
