/** What every list has: its place among the others at the top, and columns. */
import { clockTime } from './instants.ts';
import { isWaiting } from './queue.ts';
import { cellsOf, safeStart } from './safe-text.ts';
import { field, text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import { nowMs, PANES } from './state.ts';
import type { Model, Pane } from './state.ts';

const NAMES: Readonly<Record<Pane, string>> = {
  queue: 'Queue',
  feed: 'Feed',
  upstreams: 'Servers',
  quotas: 'Quotas',
  grants: 'Grants',
};
/** The lists' names with the time, and what the list on the screen shows. */
export function titleRows(model: Model, columns: number, words: string): readonly Row[] {
  const waiting = (model.snapshot?.requests ?? []).filter(isWaiting).length;
  const tabs = PANES.map((pane, index): { readonly words: string; readonly style: Style } => ({
    words: ` ${index + 1} ${NAMES[pane]}${pane === 'queue' ? ` (${waiting})` : ''} `,
    style: pane === model.pane ? { inverse: true, bold: true } : {},
  }));
  const name = ' Countersign  ';
  const used = name.length + tabs.reduce((sum, tab) => sum + tab.words.length, 0);
  const time = model.snapshot === null ? '' : `${clockTime(nowMs(model), nowMs(model))} `;
  const filter = model.filters[model.pane];
  const filtered = filter === '' ? '' : `, only with "${safeStart(filter, true).text}"`;
  return [
    [
      { text: name, style: { bold: true } },
      ...tabs.map(({ words: tab, style }) => ({ text: tab, style })),
      field(time, Math.max(0, columns - used), {}, 'right'),
    ],
    [text(` ${words}${filtered}`, columns - 22, { fg: 'cyan' }), text('  ', 2), ...frozen(model)],
  ];
}

function frozen({ snapshot }: Model): Row {
  const count = (snapshot?.grants ?? []).filter(({ frozen: scope }) => scope !== null).length;
  return count === 0
    ? []
    : [
        {
          text: ` ${count === 1 ? '1 grant' : `${count} grants`} FROZEN `,
          style: { fg: 'red', bold: true, inverse: true },
        },
      ];
}

/** With a blank behind it. A figure is never cut: half of one is another figure. */
export function column(words: string, width: number, style: Style, align: 'left' | 'right'): Row[number] {
  const room = Math.max(0, width - 1);
  const isTooLong = align === 'right' && cellsOf(words) > room;
  return { text: `${field(isTooLong ? '#'.repeat(room) : words, room, style, align).text} `, style };
}
