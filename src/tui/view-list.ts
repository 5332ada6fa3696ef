/** The queue and the other lists. */
import { stateWords, waited } from './facts.ts';
import { DETAIL_LINES, listRows, queueRows } from './frame.ts';
import { clockTime, span } from './instants.ts';
import { COLUMNS, listLines } from './lists.ts';
import type { Column, ListLine, ListPane } from './lists.ts';
import type { ShownRequest } from './port.ts';
import { isWaiting, visibleRequests } from './queue.ts';
import { cellsOf, safeStart } from './safe-text.ts';
import { field, rule, text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import { nowMs, PANES } from './state.ts';
import type { Model, Pane, Sort } from './state.ts';

const NAMES: Readonly<Record<Pane, string>> = {
  queue: 'Queue',
  feed: 'Feed',
  upstreams: 'Servers',
  quotas: 'Quotas',
  grants: 'Grants',
};
const SORT_WORDS: Readonly<Record<Sort, string>> = {
  age: 'oldest first',
  expiry: 'those that expire first',
  grant: 'by grant',
};

/** The lists' names with the time, and what the list on the screen shows. */
function titleRows(model: Model, columns: number, words: string): readonly Row[] {
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

export function queueView(model: Model, columns: number, rows: number): readonly Row[] {
  const requests = visibleRequests(model);
  const top = model.tops.queue;
  const height = queueRows(rows);
  const lines = requests
    .slice(top, top + height)
    .map((request) => queueRow(request, request.id === model.selected, columns, nowMs(model)));
  const widths = queueWidths(columns);
  return [
    ...titleRows(model, columns, queueTitle(model, requests.length, top, height)),
    [text('  ', 2), ...widths.map(({ heading, cells, align }) => column(heading, cells, { bold: true }, align))],
    ...(lines.length === 0 ? [emptyQueue(model, columns)] : lines),
    ...Array.from({ length: Math.max(0, height - Math.max(1, lines.length)) }, (): Row => []),
    ...details(
      requests.find(({ id }) => id === model.selected),
      columns,
    ),
  ];
}

function queueTitle({ showEnded, sort, snapshot }: Model, count: number, top: number, height: number): string {
  if (snapshot === null) return 'waiting for the gateway’s store';
  const which = showEnded ? 'all requests of the last day' : 'requests that wait for a person';
  const place = count > height ? `, ${top + 1} to ${Math.min(count, top + height)} of ${count}` : '';
  return `${which}, ${SORT_WORDS[sort]}${place}`;
}

function emptyQueue({ snapshot, filters }: Model, columns: number): Row {
  if (snapshot === null) return [];
  return [text(filters.queue === '' ? '  nothing waits' : '  nothing fits the filter', columns)];
}

interface QueueColumn {
  readonly heading: string;
  readonly cells: number;
  readonly align: 'left' | 'right';
}

const WIDE = 100;

/** Behind the mark of the selected line: how long it waits and has left, the amount, the payee, the tool, the state. */
function queueWidths(columns: number): readonly QueueColumn[] {
  const state = 11;
  const room = columns - 2 - 7 - 9 - 21 - 1 - state;
  const grant = columns >= WIDE ? Math.floor(room * 0.3) : 0;
  const payee = Math.floor((room - grant) * 0.4);
  return [
    { heading: 'WAITED', cells: 7, align: 'left' },
    { heading: 'LEFT', cells: 9, align: 'left' },
    { heading: 'AMOUNT', cells: 21, align: 'right' },
    { heading: '', cells: 1, align: 'left' },
    { heading: 'PAYEE', cells: payee, align: 'left' },
    { heading: 'TOOL', cells: room - grant - payee, align: 'left' },
    ...(grant === 0 ? [] : [{ heading: 'GRANT', cells: grant, align: 'left' } as const]),
    { heading: 'STATE', cells: state, align: 'left' },
  ];
}

function queueRow(request: ShownRequest, isSelected: boolean, columns: number, now: number): Row {
  const widths = queueWidths(columns);
  const hasGrant = widths.length > 7;
  const cells = [
    waited(request, now),
    request.state === 'open' ? span(request.expiresMs - now) : '',
    amountCell(request),
    '',
    spaced(payeeCell(request)),
    safeStart(request.tool).text,
    ...(hasGrant ? [safeStart(request.grant).text] : []),
    stateCell(request, now),
  ];
  const base: Style = isSelected ? { inverse: true } : {};
  return [
    { text: isSelected ? '> ' : '  ', style: { ...base, bold: true } },
    ...widths.map(({ cells: width, align }, index) => {
      const isLast = index === widths.length - 1;
      const style = isLast ? { ...base, ...stateStyle(request, now) } : index === 2 ? { ...base, bold: true } : base;
      return column(cells[index] ?? '', width, style, align);
    }),
  ];
}

/** With a blank behind it. A figure is never cut: half of one is another figure. */
function column(words: string, width: number, style: Style, align: 'left' | 'right'): Row[number] {
  const room = Math.max(0, width - 1);
  const isTooLong = align === 'right' && cellsOf(words) > room;
  return { text: `${field(isTooLong ? '#'.repeat(room) : words, room, style, align).text} `, style };
}

const AMOUNT_CELLS = 20;

/** An amount is never cut: half of one is another amount. */
function amountCell({ content }: ShownRequest): string {
  if (content === null) return '-';
  const { amount, currencyAssumed, kind } = content.shown;
  if (amount === null) return kind === 'unclassified' ? 'UNINSPECTABLE' : 'UNKNOWN';
  const words = safeStart(amount).text + (currencyAssumed ? ' ASSUMED' : '');
  return cellsOf(words) > AMOUNT_CELLS ? 'open it to see' : words;
}

function payeeCell({ content }: ShownRequest): string {
  const recipient = content?.shown.recipient ?? null;
  if (recipient === null) return '-';
  const { text: safe, warnings } = safeStart(recipient);
  return `${warnings.length > 0 ? '! ' : ''}${safe}`;
}

function spaced(words: string): string {
  return words === '' ? '-' : words;
}

function stateCell(request: ShownRequest, now: number): string {
  if (request.state === 'claimed') return 'executing';
  if (request.state !== 'open') return stateWords[request.state].split(':')[0] ?? '';
  if (request.expiresMs <= now) return 'expired';
  if (request.isApproved) return 'approved';
  return request.content?.repeatOf == null ? 'waiting' : 'REPEAT';
}

function stateStyle(request: ShownRequest, now: number): Style {
  if (request.state !== 'open' || request.expiresMs <= now) return {};
  if (request.isApproved) return { fg: 'green' };
  return request.content?.repeatOf == null ? { fg: 'yellow' } : { fg: 'red', bold: true };
}

/** What the selected request is about, in a few lines; the whole of it is one key away. */
function details(request: ShownRequest | undefined, columns: number): readonly Row[] {
  if (request === undefined) return Array.from({ length: DETAIL_LINES }, (): Row => []);
  const safe = (words: string): string => safeStart(words).text;
  const { content } = request;
  if (content === null)
    return [rule(safe(request.id), columns), [text(' its content was erased when it ended', columns)], [], []];
  const { principal, needs, shown } = content;
  const asked = needs.flatMap((need) =>
    need.asked.map(({ policy, rule: name }) => (policy === null ? name : `${policy}/${name}`)),
  );
  const signatures = needs.map(
    ({ signed, count, roles }) => `${signed} of ${count} by ${roles.join(' or ') || 'any approver'}`,
  );
  return [
    rule(safe(request.id), columns),
    [text(` asked by ${safe(request.grant)}, for ${safe(principal)}`, columns)],
    [text(` rule ${safe(asked.join(', '))}; signed ${safe(signatures.join('; '))}`, columns)],
    [
      text(' claimed by the agent: ', columns, { fg: 'magenta' }),
      text(shown.reason === null ? 'no reason' : `"${safeStart(shown.reason, true).text}"`, columns - 23),
    ],
  ];
}

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
