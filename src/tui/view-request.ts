/** An open request: the fixed lines, then everything else of it, to be scrolled through. */
import { bodyRows, FACT_LABEL, roomForFact, warningMark } from './document.ts';
import type { BodyRow } from './document.ts';
import { factsOf, stateWords } from './facts.ts';
import type { Fact } from './facts.ts';
import type { ShownRequest } from './port.ts';
import { bodyHeight } from './frame.ts';
import { badgeOf } from './badge.ts';
import { cellsOf, safeText } from './safe-text.ts';
import { field, rule, text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import { nowMs } from './state.ts';
import type { Model, OpenRequest } from './state.ts';
import { requestAsItStands, unseen } from './verdict.ts';

export function requestView(model: Model, open: OpenRequest, columns: number, rows: number): readonly Row[] {
  const request = requestAsItStands(model, open);
  const body = bodyRows(open.layout, open.top, open.top + bodyHeight(rows));
  const isApproved = request.isApproved && request.state === 'open';
  const state = isApproved ? 'approved, not executed' : (stateWords[request.state].split(':')[0] ?? '');
  return [
    [...titleOf(request, columns - 24), field(`${state} `, 24, { bold: true, inverse: true }, 'right')],
    ...factsOf(request, nowMs(model), open.fullHash).map((fact) => factRow(fact, columns)),
    readRow(model, open, columns, rows),
    ...body.map((row) => rowOf(row, columns)),
  ];
}

/** The id, and beside it whose money the keys of the server move. */
function titleOf({ id, content }: ShownRequest, columns: number): Row {
  const badge = badgeOf(content);
  const title = ` REQUEST ${safeText(id).text}`;
  if (badge === null) return [field(title, columns, { bold: true, inverse: true })];
  const cells = Math.min(cellsOf(title) + 2, columns - cellsOf(badge.text));
  return [
    field(title, cells, { bold: true, inverse: true }),
    badge,
    field('', columns - cells - cellsOf(badge.text), { bold: true, inverse: true }),
  ];
}

const TONES: Readonly<Record<Fact['tone'], Style>> = {
  strong: { bold: true },
  plain: {},
  alarm: { fg: 'red', bold: true },
  faint: {},
};

function factRow({ label, text: words, warnings, tone }: Fact, columns: number): Row {
  const room = columns - FACT_LABEL;
  const mark = warningMark(warnings);
  const cells = roomForFact(room, warnings);
  return [
    field(` ${label}`, FACT_LABEL, { fg: 'cyan' }),
    field(words, cells, TONES[tone]),
    ...(mark === '' ? [] : [{ text: `  ${mark}`, style: { fg: 'red', bold: true, inverse: true } } as const]),
  ];
}

/** How much of it was on the screen, and where in it the screen is. */
function readRow(model: Model, open: OpenRequest, columns: number, rows: number): Row {
  const { rows: count } = open.layout;
  const [first, last] = [Math.min(count, open.top + 1), Math.min(count, open.top + bodyHeight(rows))];
  const left = unseen(model, open);
  const read = left === 0 ? 'all read' : `${left} not read yet, scroll down`;
  return rule(
    `lines ${first} to ${last} of ${count}: ${read}`,
    columns,
    left === 0 ? {} : { fg: 'yellow', bold: true },
  );
}

const WARNED: Style = { fg: 'red', bold: true, inverse: true };
const CLAIM: Style = { fg: 'magenta' };

function rowOf(row: BodyRow, columns: number): Row {
  switch (row.is) {
    case 'heading':
      return rule(row.text, columns, { fg: 'cyan' });
    case 'boxTop':
      return [{ text: ' ┌', style: CLAIM }, ...boxLine(` ${row.title} `, columns), { text: '┐', style: CLAIM }];
    case 'boxBottom':
      return [{ text: ' └', style: CLAIM }, ...boxLine('', columns), { text: '┘', style: CLAIM }];
    case 'text':
      return row.role === 'claim' ? claimRow(row, columns) : textRow(row);
  }
}

/** Between the corners. */
function boxLine(title: string, columns: number): Row {
  const cells = columns - 4;
  return [{ text: `${title}${'─'.repeat(Math.max(0, cells - title.length))}`, style: CLAIM }];
}

type TextRow = Extract<BodyRow, { is: 'text' }>;

function claimRow({ warnings, text: words }: TextRow, columns: number): Row {
  const room = columns - 6;
  const used = text(warnings, room).text;
  return [
    { text: ' │ ', style: CLAIM },
    { text: used, style: WARNED },
    field(words, room - used.length),
    { text: ' │', style: CLAIM },
  ];
}

/** A row that goes on with the one above begins with a mark that no agent can write. */
function textRow({ isFirst, role, label, warnings, text: words }: TextRow): Row {
  return [
    { text: isFirst ? ' • ' : ' ┊ ', style: { fg: 'cyan' } },
    { text: label, style: role === 'fault' ? WARNED : { fg: 'cyan' } },
    { text: warnings, style: WARNED },
    { text: words, style: {} },
  ];
}
