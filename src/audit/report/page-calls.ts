/** Calls: how many, of whom, with what end, and what denied them. */
import { decisionChart } from './chart-days.ts';
import { type Block, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { Tallied } from './tally.ts';
import type { ReportValue } from './value.ts';
import type { CallCounts, CodeRow, GrantRow, RuleRow } from './value-calls.ts';
import { counted, grouped, instant } from './words.ts';

/** The section on calls. */
export function callsSection(value: ReportValue): Section {
  const chart = decisionChart(value);
  return {
    title: 'Calls',
    blocks: [
      ...(chart === null ? [] : [{ is: 'charts', charts: [chart] } as const]),
      ...grantTable(value),
      ...openCalls(value),
    ],
  };
}

/** The section on denials. */
export function denialsSection({ calls: { rules, codes } }: ReportValue): Section {
  return { title: 'Denials', blocks: [...ruleBlocks(rules), ...codeTable(codes)] };
}

const COUNTS: readonly (readonly [keyof CallCounts, string])[] = [
  ['allowed', 'Allowed'],
  ['ok', 'Ok'],
  ['failed', 'Failed'],
  ['inDoubt', 'In doubt'],
  ['open', 'No outcome'],
  ['denied', 'Denied'],
  ['waiting', 'Told to wait'],
];

function grantTable({ calls: { grants, total } }: ReportValue): readonly Block[] {
  const shown = grants.rows.slice(0, MOST_ROWS);
  const rows = [...shown, ...(grants.others === null ? [] : [grants.others])].map(grantRow);
  const columns = [{ name: 'Grant' }, ...COUNTS.map(([, name]) => ({ name, is: 'number' as const }))];
  return [
    tableOr('No call was decided in this period.', 'Calls by grant', columns, rows, [
      ['All grants', ...countsRow(total)],
    ]),
    ...leftOut(grants.rows.length, shown.length, 'grants'),
  ];
}

function grantRow({ grant, calls }: GrantRow): readonly string[] {
  return [grant, ...countsRow(calls)];
}

function countsRow(calls: CallCounts): readonly string[] {
  return COUNTS.map(([key]) => grouped(calls[key]));
}

function openCalls({ calls: { openCalls, strayOutcomes, unpaired } }: ReportValue): readonly Block[] {
  const blocks: Block[] = [];
  if (openCalls.rows.length > 0) {
    const rows = openCalls.rows.map(({ time, grant, tool, request }) => [instant(time), grant, tool, request]);
    const columns = [
      { name: 'Allowed at' },
      { name: 'Grant' },
      { name: 'Tool' },
      { name: 'Request', is: 'code' as const },
    ];
    blocks.push({ is: 'table', caption: 'Allowed calls without an outcome in the log', columns, rows });
    blocks.push(...leftOut(openCalls.rows.length + openCalls.leftOut, openCalls.rows.length, 'such calls'));
  }
  if (strayOutcomes > 0)
    blocks.push({
      is: 'text',
      text: `${counted(strayOutcomes, 'outcome')} in this period belong to no call in the log: its record was pruned, changed or removed.`,
    });
  if (unpaired > 0)
    blocks.push({
      is: 'warning',
      text: `${counted(unpaired, 'record')} could not be paired: too many calls were open at once, and their outcomes are missing here.`,
    });
  return blocks;
}

const MOST_BARS = 12;

function ruleBlocks({ rows, others }: Tallied<RuleRow>): readonly Block[] {
  const shown = rows.slice(0, MOST_ROWS);
  const cells = [...shown, ...(others === null ? [] : [others])].map(({ policy, rule, denials }) => [
    rule,
    policy ?? '–',
    grouped(denials),
  ]);
  const columns = [{ name: 'Rule' }, { name: 'Policy' }, { name: 'Denials', is: 'number' as const }];
  const table = tableOr('No rule denied a call in this period.', 'Denials by rule', columns, cells);
  return [...ruleChart(shown.slice(0, MOST_BARS)), table, ...leftOut(rows.length, shown.length, 'rules')];
}

function ruleChart(rows: readonly RuleRow[]): readonly Block[] {
  const [top] = rows;
  if (top === undefined) return [];
  const marks = rows.map(({ rule, denials }) => ({
    label: rule,
    words: `${rule}: ${counted(denials, 'denial')}`,
    values: [BigInt(denials)],
  }));
  const description = `The most by ${top.rule}: ${grouped(top.denials)}.`;
  const series = [{ name: 'denials', tone: 'denied' as const }];
  return [
    {
      is: 'charts',
      charts: [{ is: 'bars', title: 'Rules that denied most', description, series, marks, decimals: 0 }],
    },
  ];
}

function codeTable({ rows, others }: Tallied<CodeRow>): readonly Block[] {
  const cells = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])].map(({ code, count }) => [
    code,
    grouped(count),
  ]);
  if (cells.length === 0) return [];
  const columns = [{ name: 'Reason' }, { name: 'Denials', is: 'number' as const }];
  return [
    { is: 'table', caption: 'Denials by reason', columns, rows: cells },
    ...leftOut(rows.length, MOST_ROWS, 'reasons'),
  ];
}
