/** The queue, and what the selected request is about. */
import { stateWords, waited } from './facts.ts';
import { DETAIL_LINES, queueRows } from './frame.ts';
import { span } from './instants.ts';
import type { ShownRequest } from './port.ts';
import { visibleRequests } from './queue.ts';
import { cellsOf, safeStart } from './safe-text.ts';
import { rule, text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import { nowMs } from './state.ts';
import type { Model, Sort } from './state.ts';
import { column, titleRows } from './view-title.ts';

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  age: 'oldest first',
  expiry: 'those that expire first',
  grant: 'by grant',
};

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

/** Behind the mark of the selected line: how long it waits and has left, the amount, whose money it is, the payee, the tool, the state. */
function queueWidths(columns: number): readonly QueueColumn[] {
  const state = 11;
  const room = columns - 2 - 7 - 9 - 21 - 5 - state;
  const grant = columns >= WIDE ? Math.floor(room * 0.3) : 0;
  const payee = Math.floor((room - grant) * 0.4);
  return [
    { heading: 'WAITED', cells: 7, align: 'left' },
    { heading: 'LEFT', cells: 9, align: 'left' },
    { heading: 'AMOUNT', cells: 21, align: 'right' },
    { heading: 'KEY', cells: 5, align: 'left' },
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
    keyCell(request),
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
      const style = isLast ? stateStyle(request, now) : (STYLES[index]?.(request) ?? {});
      return column(cells[index] ?? '', width, { ...base, ...style }, align);
    }),
  ];
}

/** By the column. */
const STYLES: Readonly<Record<number, (request: ShownRequest) => Style>> = {
  2: () => ({ bold: true }),
  3: ({ content }) => (content?.mode === 'live' ? { fg: 'red', bold: true } : {}),
};

/** Empty where no key shows it. */
function keyCell({ content }: ShownRequest): string {
  return content?.mode == null ? '' : { live: 'LIVE', test: 'test' }[content.mode];
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
