/** What people did to the installation, and who read its log. */
import { type Block, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { ReportValue } from './value.ts';
import type { ActsPart } from './value-people.ts';
import { actorWords, counted, grouped, instant, kindWords } from './words.ts';

/** The section on what people did to the installation. */
export function actsSection({ acts }: ReportValue): Section {
  return {
    title: 'Administrative acts',
    blocks: [...unproven(acts), ...countTable(acts), ...actTable(acts), ...readingTable(acts)],
  };
}

function unproven({ unproven: count }: ActsPart): readonly Block[] {
  if (count === 0) return [];
  const verb = count === 1 ? 'was' : 'were';
  const text = `${counted(count, 'act')} ${verb} not signed: the record names the OS user who ran the command, and nothing proves it.`;
  return [{ is: 'text', text }];
}

function countTable({ counts: { rows, others } }: ActsPart): readonly Block[] {
  const cells = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])].map((row) => [
    ...[kindWords(row.kind), actorWords(row), grouped(row.count)],
  ]);
  const columns = [{ name: 'Act' }, { name: 'Who', is: 'who' as const }, { name: 'Times', is: 'number' as const }];
  return [
    tableOr(
      'Nobody changed the installation or read its log in this period.',
      'Acts by kind and person',
      columns,
      cells,
    ),
    ...leftOut(rows.length, MOST_ROWS, 'lines'),
  ];
}

function actTable({ acts: { rows, leftOut: more } }: ActsPart): readonly Block[] {
  if (rows.length === 0) return [];
  const cells = rows.map(({ time, kind, actor, about }) => [
    instant(time),
    kindWords(kind),
    actorWords(actor),
    about === '' ? '–' : about,
  ]);
  const columns = [{ name: 'Time' }, { name: 'Act' }, { name: 'Who', is: 'who' as const }, { name: 'About' }];
  const text = `${counted(more, 'later act')} not listed one by one; the table before counts them.`;
  return [
    { is: 'table', caption: 'Acts one by one', columns, rows: cells },
    ...(more > 0 ? [{ is: 'text', text } as const] : []),
  ];
}

function readingTable({ readings: { rows, others } }: ActsPart): readonly Block[] {
  const cells = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])].map((row) => [
    ...[row.does, actorWords(row), grouped(row.count), instant(row.first), instant(row.last)],
  ]);
  if (cells.length === 0) return [];
  const columns = [
    { name: 'Command' },
    { name: 'Who', is: 'who' as const },
    { name: 'Times', is: 'number' as const },
    { name: 'First' },
    { name: 'Last' },
  ];
  return [
    { is: 'table', caption: 'Who read the log', columns, rows: cells },
    ...leftOut(rows.length, MOST_ROWS, 'lines'),
  ];
}
