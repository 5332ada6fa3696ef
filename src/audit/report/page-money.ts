/** Money: what moved, what may have, and what was refused; and what cannot be said because amounts are not revealed. */
import { moneyCharts } from './chart-days.ts';
import { FATES, type MoneyRow } from './money.ts';
import { type Block, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { ReportValue } from './value.ts';
import type { SilentMoney } from './value-calls.ts';
import { counted, FATE_WORDS, FLOW_WORDS, grouped } from './words.ts';

const MOST_CHARTS = 8;

/** The section on money. */
export function moneySection(value: ReportValue): Section {
  const charts = moneyCharts(value);
  return {
    title: 'Money',
    blocks: [
      ...(charts.length === 0 ? [] : [{ is: 'charts', charts: charts.slice(0, MOST_CHARTS) } as const]),
      ...leftOut(charts.length, MOST_CHARTS, 'charts'),
      ...moneyTable(value),
      ...silentList(value),
    ],
  };
}

function moneyTable({ calls: { grants, money } }: ReportValue): readonly Block[] {
  const all = [...grants.rows, ...(grants.others === null ? [] : [grants.others])];
  const rows = all.flatMap(({ grant, money: sums }) => sums.map((sum) => cellsOf(grant, sum)));
  const shown = rows.slice(0, 2 * MOST_ROWS);
  const totals = money.map((sum) => cellsOf('All grants', sum));
  const columns = [
    ...[{ name: 'Grant' }, { name: 'Currency' }, { name: 'Direction' }],
    ...[...FATES.map((fate) => FATE_WORDS[fate]), 'Calls'].map((name) => ({ name, is: 'number' as const })),
  ];
  const none = 'No amount of money is in the records of this period.';
  return [
    tableOr(none, 'Money by grant and currency', columns, shown, totals),
    ...leftOut(rows.length, shown.length, 'rows'),
  ];
}

function cellsOf(grant: string, sum: MoneyRow): readonly string[] {
  const amounts = FATES.map((fate) => grouped(sum[fate]));
  return [grant, sum.currency, FLOW_WORDS[sum.flow], ...amounts, grouped(sum.calls)];
}

function silentList({ calls: { grants } }: ReportValue): readonly Block[] {
  const all = [...grants.rows, ...(grants.others === null ? [] : [grants.others])];
  const items = all.flatMap(({ grant, silent }) => silentWords(silent).map((words) => `${grant}: ${words}`));
  if (items.length === 0) return [];
  return [
    { is: 'text', text: 'These calls may have moved money that is in no sum above:' },
    { is: 'list', items: items.slice(0, MOST_ROWS) },
    ...leftOut(items.length, MOST_ROWS, 'lines'),
  ];
}

/** What of a grant's money is not known, each in a sentence of its own. */
function silentWords({
  unrevealed,
  unrevealedRefused,
  untold,
  untoldRefused,
  unclassified,
}: SilentMoney): readonly string[] {
  return [
    ...(unrevealed + unrevealedRefused > 0
      ? [`${counted(unrevealed, 'money call')}, amounts not revealed${refusedWords(unrevealedRefused)}`]
      : []),
    ...(untold + untoldRefused > 0
      ? [`${counted(untold, 'money call')}, amounts that could not be told${refusedWords(untoldRefused)}`]
      : []),
    ...(unclassified > 0 ? [`${counted(unclassified, 'call')} of tools that nobody classified`] : []),
  ];
}

function refusedWords(refused: number): string {
  return refused === 0 ? '' : `, and ${grouped(refused)} refused`;
}
