/** The bounds that policies state in money. They are written by the operator, in major units after ISO 4217. */
import { NO_OVERRIDES } from './currencies.ts';
import { parsed, refused } from './money-fault.ts';
import type { Parsed } from './money-fault.ts';
import { formatMoney, parseMajor } from './money.ts';
import type { Money, MoneyBound } from './money.ts';

/** Reads `500 USD`: an amount in major units, one space, a currency. */
export function parseMoney(text: string): Parsed<Money> {
  const match = /^([^ ]*) ([^ ]*)$/.exec(text);
  if (match === null) return refused('malformed_bound', 'money is written as an amount and a currency: `500 USD`');
  return parseMajor(match[1] ?? '', match[2] ?? '', NO_OVERRIDES);
}

/** Reads a bound: `500 USD`, or a map from currency to an amount in major units. */
export function parseMoneyBound(source: string | ReadonlyMap<string, string>): Parsed<MoneyBound> {
  if (typeof source === 'string') {
    const money = parseMoney(source);
    return money.ok ? parsed(new Map([[money.value.currency, money.value.minor]])) : money;
  }
  return boundOf(source);
}

function boundOf(source: ReadonlyMap<string, string>): Parsed<MoneyBound> {
  if (source.size === 0) return refused('empty', 'a money bound names one currency at least');
  const bound = new Map<string, bigint>();
  for (const [currency, amount] of source) {
    const money = parseMajor(amount, currency, NO_OVERRIDES);
    if (!money.ok) return money;
    if (bound.has(money.value.currency)) {
      return refused('duplicate_currency', `the bound names \`${money.value.currency}\` twice`);
    }
    bound.set(money.value.currency, money.value.minor);
  }
  return parsed(bound);
}

/** The way a bound is shown: `10000.00 USD or 9000.00 EUR`. */
export function formatMoneyBound(bound: MoneyBound): string {
  return [...bound].map(([currency, minor]) => formatMoney({ currency, minor })).join(' or ');
}
