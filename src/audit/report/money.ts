/** Sums of money: exact, in the smallest unit of the currency, and never across currencies or directions. */
import { parseMoney } from '../../core/money-bound.ts';
import { formatMoney, type Money } from '../../core/money.ts';
import { directionOf, isKind } from '../../core/kinds.ts';

/** Where the money of a call goes; what an unclassified tool does with it nobody knows. */
export type Flow = 'out' | 'in' | 'commit' | 'unclassified';

/** How far it came. `open`: allowed, and no outcome was recorded. */
export type Fate = 'moved' | 'inDoubt' | 'open' | 'failed' | 'refused';
export const FATES: readonly Fate[] = ['moved', 'inDoubt', 'open', 'failed', 'refused'];

/** What a call's record tells of its amount. */
export type Told =
  | { readonly is: 'amount'; readonly money: Money }
  /** The installation does not reveal amounts, or did not then. */
  | { readonly is: 'unrevealed' }
  /** Amounts are revealed, and this one could not be told. */
  | { readonly is: 'untold' };

/** The direction of a tool's kind as it was recorded; null where no money moves. */
export function flowOf(toolKind: string | null): Flow | null {
  if (toolKind === 'unclassified') return 'unclassified';
  if (toolKind === null || !isKind(toolKind)) return null;
  const direction = directionOf(toolKind);
  return direction === 'none' ? null : direction;
}

/** Reads a revealed amount, `12.50 USD`. Whatever is no amount of a known currency is not added to anything. */
export function toldBy(amount: string | null): Told {
  if (amount === null) return { is: 'unrevealed' };
  const money = parseMoney(amount);
  return money.ok ? { is: 'amount', money: money.value } : { is: 'untold' };
}

/** A sum of one flow and currency. Amounts are decimal texts in the currency's own places. */
export type MoneyRow = Readonly<Record<Fate, string>> & {
  readonly flow: Flow;
  readonly currency: string;
  /** How many calls have an amount. */
  readonly calls: number;
};

interface Sum {
  readonly flow: Flow;
  readonly currency: string;
  readonly minor: Record<Fate, bigint>;
  calls: number;
}

/** As many sums as there are currencies and directions at most: no other ones are ever parsed. */
export class MoneySums {
  readonly #sums = new Map<string, Sum>();

  add(flow: Flow, { currency, minor }: Money, fate: Fate): void {
    const sum = this.#at(flow, currency);
    sum.minor[fate] += minor;
    sum.calls += 1;
  }

  /** An open amount that has come to its end. */
  settle(flow: Flow, { currency, minor }: Money, fate: Fate): void {
    const sum = this.#at(flow, currency);
    sum.minor.open -= minor;
    sum.minor[fate] += minor;
  }

  rows(): readonly MoneyRow[] {
    return [...this.#sums.values()].map(rowOf).sort(byCurrency);
  }

  #at(flow: Flow, currency: string): Sum {
    const key = `${currency} ${flow}`;
    const sum = this.#sums.get(key) ?? { flow, currency, minor: nothing(), calls: 0 };
    this.#sums.set(key, sum);
    return sum;
  }
}

function nothing(): Record<Fate, bigint> {
  return { moved: 0n, inDoubt: 0n, open: 0n, failed: 0n, refused: 0n };
}

function rowOf({ flow, currency, minor, calls }: Sum): MoneyRow {
  const text = (fate: Fate): string => decimalOf({ currency, minor: minor[fate] });
  const amounts = { moved: text('moved'), inDoubt: text('inDoubt'), open: text('open') };
  return { flow, currency, ...amounts, failed: text('failed'), refused: text('refused'), calls };
}

/** The amount without its currency. */
function decimalOf(money: Money): string {
  return formatMoney(money).slice(0, -money.currency.length - 1);
}

function byCurrency(left: MoneyRow, right: MoneyRow): number {
  const [a, b] = [`${left.currency} ${left.flow}`, `${right.currency} ${right.flow}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The whole number of smallest units that a sum's text stands for; for drawing, where only proportions count. */
export function unitsOf(decimal: string): bigint {
  return /^\d+(?:\.\d+)?$/.test(decimal) ? BigInt(decimal.replace('.', '')) : 0n;
}
