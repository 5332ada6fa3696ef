/** What was refused at the door, and how the payment servers fared. */
import { type Block, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { OutsidePart, ReportValue } from './value.ts';
import { grouped, instant } from './words.ts';

/** The section on refused tokens and malformed messages. */
export function refusedSection({ outside }: ReportValue): Section {
  return { title: 'Refused at the door', blocks: [...tokenTable(outside), ...messageTable(outside)] };
}

/** The section on payment servers. */
export function upstreamsSection({ outside }: ReportValue): Section {
  return { title: 'Payment servers', blocks: [...upstreamTable(outside), ...quarantineTable(outside)] };
}

function tokenTable({ tokens: { rows, others } }: OutsidePart): readonly Block[] {
  const cells = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])].map((row) => [
    ...[row.code, row.grant ?? '–', grouped(row.count), instant(row.last)],
  ]);
  const columns = [
    { name: 'Token was' },
    { name: 'Grant' },
    { name: 'Times', is: 'number' as const },
    { name: 'Last' },
  ];
  return [
    tableOr('No token was refused in this period.', 'Refused tokens', columns, cells),
    ...leftOut(rows.length, MOST_ROWS, 'lines'),
  ];
}

function messageTable({ messages: { rows, others } }: OutsidePart): readonly Block[] {
  const shown = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])];
  const cells = shown.map(({ code, count }) => [code, grouped(count)]);
  const columns = [{ name: 'Reason' }, { name: 'Messages', is: 'number' as const }];
  return [
    tableOr('No malformed message came in this period.', 'Malformed messages', columns, cells),
    ...leftOut(rows.length, MOST_ROWS, 'reasons'),
  ];
}

function upstreamTable({ upstreams: { rows, others } }: OutsidePart): readonly Block[] {
  const shown = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])];
  const cells = shown.map(({ upstream, started, failed, codes }) => [
    ...[upstream, grouped(started), grouped(failed)],
    codes.map(({ code, count }) => `${code} ${grouped(count)}`).join(', ') || '–',
  ]);
  const numbers = ['Started', 'Failed or ended'].map((name) => ({ name, is: 'number' as const }));
  const columns = [{ name: 'Server' }, ...numbers, { name: 'Why' }];
  return [
    tableOr('No payment server was started in this period.', 'Starts and failures of payment servers', columns, cells),
    ...leftOut(rows.length, MOST_ROWS, 'servers'),
  ];
}

function quarantineTable({ quarantines: { rows, others } }: OutsidePart): readonly Block[] {
  const shown = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])];
  const cells = shown.map(({ upstream, tool, code, count, first, last }) => [
    ...[upstream, tool, code, grouped(count), instant(first), instant(last)],
  ]);
  const names = [{ name: 'Server' }, { name: 'Tool' }, { name: 'Because it is' }];
  const columns = [...names, { name: 'Times', is: 'number' as const }, { name: 'First' }, { name: 'Last' }];
  return [
    tableOr('No tool was kept from agents in this period.', 'Tools in quarantine', columns, cells),
    ...leftOut(rows.length, MOST_ROWS, 'tools'),
  ];
}
