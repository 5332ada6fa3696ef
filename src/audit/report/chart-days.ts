/** Charts over the days of a report. */
import { isoExponent } from '../../core/currencies.ts';
import { type Chart, dayLabel, type Mark, type Series, type Span, spansOf, spanWords } from './chart.ts';
import type { Period } from './gather.ts';
import { type MoneyRow, unitsOf } from './money.ts';
import type { ReportValue } from './value.ts';
import type { DayRow } from './value-calls.ts';
import { counted, FLOW_WORDS, grouped } from './words.ts';

/** The part of the period that the log covers: before its first record it cannot know, and after now nobody can. */
export function drawnPeriod({ period, records, generated }: ReportValue): Period {
  const sinceMs = Math.max(Date.parse(period.since), Date.parse(records.first ?? period.since));
  const untilMs = Math.min(Date.parse(period.until), Date.parse(generated) + 1);
  return { sinceMs, untilMs: Math.max(untilMs, sinceMs + 1) };
}

const DECISIONS: readonly Series[] = [
  { name: 'allowed', tone: 'allowed' },
  { name: 'in doubt or without outcome', tone: 'doubt' },
  { name: 'denied', tone: 'denied' },
];

/** Decisions per day; null without any. */
export function decisionChart(value: ReportValue): Chart | null {
  const { days, total } = value.calls;
  if (days.length === 0) return null;
  const marks = marksOf(value, (rows) => {
    const sum = (of: (row: DayRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
    const [allowed, doubt, denied] = [
      sum((row) => row.allowed - row.inDoubt),
      sum((row) => row.inDoubt),
      sum((row) => row.denied),
    ];
    const words = `${allowed} allowed, ${doubt} in doubt or without outcome, ${denied} denied`;
    return { values: [allowed, doubt, denied].map(BigInt), words };
  });
  const description = `In all ${counted(total.allowed, 'call')} allowed and ${grouped(total.denied)} denied. ${most(marks)}`;
  return { is: 'columns', title: 'Decisions per day', description, series: DECISIONS, marks, decimals: 0 };
}

const MONEY: readonly Series[] = [
  { name: 'moved', tone: 'allowed' },
  { name: 'in doubt or without outcome', tone: 'doubt' },
];

/** Money per day, one chart for each currency and direction of which anything moved or is in doubt. */
export function moneyCharts(value: ReportValue): readonly Chart[] {
  return value.calls.money
    .filter((row) => [row.moved, row.inDoubt, row.open].some((decimal) => unitsOf(decimal) > 0n))
    .map((row) => moneyChart(value, row));
}

function moneyChart(value: ReportValue, { flow, currency, moved, inDoubt, open }: MoneyRow): Chart {
  const decimals = isoExponent(currency) ?? 0;
  const marks = marksOf(value, (rows) => {
    const sums = rows.flatMap(({ money }) => money.filter((row) => row.flow === flow && row.currency === currency));
    const sum = (of: (row: MoneyRow) => bigint): bigint => sums.reduce((all, row) => all + of(row), 0n);
    const values = [sum((row) => unitsOf(row.moved)), sum((row) => unitsOf(row.inDoubt) + unitsOf(row.open))];
    return { values, words: `${decimal(values[0], decimals)} moved, ${decimal(values[1], decimals)} in doubt` };
  });
  const title = `${currency} ${FLOW_WORDS[flow]}, per day`;
  const description = `In all ${grouped(moved)} ${currency} moved, ${grouped(inDoubt)} in doubt, ${grouped(open)} without outcome. ${most(marks)}`;
  return { is: 'columns', title, description, series: MONEY, marks, decimals };
}

/** A whole number of smallest units with its decimal point. */
function decimal(units = 0n, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  const whole = grouped(digits.slice(0, digits.length - decimals));
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
}

function marksOf(
  value: ReportValue,
  sumUp: (rows: readonly DayRow[]) => Pick<Mark, 'values' | 'words'>,
): readonly Mark[] {
  return spansOf(drawnPeriod(value)).map((span) => {
    const { values, words } = sumUp(value.calls.days.filter(({ day }) => isWithin(day, span)));
    return { label: dayLabel(span.first), values, words: `${spanWords(span)}: ${words}` };
  });
}

function isWithin(day: string, { first, last }: Span): boolean {
  return day >= first && day <= last;
}

function most(marks: readonly Mark[]): string {
  const total = ({ values }: Mark): bigint => values.reduce((sum, value) => sum + value, 0n);
  const top = [...marks].sort((a, b) => (total(a) < total(b) ? 1 : total(a) > total(b) ? -1 : 0))[0];
  return top === undefined ? '' : `The most on ${top.words}.`;
}
