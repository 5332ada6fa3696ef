/**
 * Exact money: an integer of minor units with a currency. No float ever holds an amount, and nothing is compared or
 * added across currencies. Providers disagree about decimals (one sends ISK times 100), policies are written once:
 * `Money` is always in the minor unit of ISO 4217, and a provider's exponent only says how its numbers are read.
 */
import { parseScaled, parseWhole } from './amount-text.ts';
import { isoExponent, parseCurrency, providerExponent } from './currencies.ts';
import type { ExponentTable } from './currencies.ts';
import { parsed, refused } from './money-fault.ts';
import type { Parsed } from './money-fault.ts';

/** An amount in the smallest unit of its currency (cents for USD, yen for JPY). */
export interface Money {
  /** Three upper-case letters, ISO 4217. */
  readonly currency: string;
  readonly minor: bigint;
}

/** A ceiling or a floor per currency: `"500 USD"` or `{ "USD": "10000", "EUR": "9000" }`. */
export type MoneyBound = ReadonlyMap<string, bigint>;

/** The largest amount: above it a server that computes with doubles no longer sees what we compared. */
const MAX_MINOR = 2n ** 53n - 1n;

const TOO_LARGE = refused('too_large', 'the amount is above 9007199254740991 minor units');

/** True for an amount that can be counted: from 0 to 2^53-1 minor units. */
export function isAmount(minor: bigint): boolean {
  return minor >= 0n && minor <= MAX_MINOR;
}

/** Reads an amount in minor units, `^(0|[1-9]\d*)$`, in whatever minor unit its writer uses. */
export function parseMinor(text: string): Parsed<bigint> {
  const whole = parseWhole(text);
  return whole.ok && whole.value > MAX_MINOR ? TOO_LARGE : whole;
}

/** Reads an amount in major units into minor units with `exponent` decimals. */
export function parseMajorUnits(text: string, exponent: number): Parsed<bigint> {
  const scaled = parseScaled(text);
  if (!scaled.ok) return scaled;
  const { units, scale } = scaled.value;
  if (scale > exponent) return refused('too_many_decimals', `the amount has more than ${exponent} decimals`);
  const minor = units * 10n ** BigInt(exponent - scale);
  return minor > MAX_MINOR ? TOO_LARGE : parsed(minor);
}

/** Money from a provider's own minor units; refused when it is finer than the currency or too large. */
export function moneyFromUnits(units: bigint, currency: string, exponents: ExponentTable): Parsed<Money> {
  const from = providerExponent(currency, exponents);
  const to = isoExponent(currency);
  if (from === undefined || to === undefined) return refused('unknown_currency', 'the currency is not known');
  const divisor = 10n ** BigInt(Math.max(from - to, 0));
  if (units % divisor !== 0n) {
    return refused('too_many_decimals', `the amount is finer than the smallest unit of ${currency}`);
  }
  const minor = (units / divisor) * 10n ** BigInt(Math.max(to - from, 0));
  if (minor < 0n) return refused('sign', 'the amount is below zero');
  return minor > MAX_MINOR ? TOO_LARGE : parsed({ currency, minor });
}

/**
 * Reads an amount in major units, `^\d+(\.\d+)?$` with ASCII digits, no leading zeros and no more decimals than the
 * provider gives the currency.
 */
export function parseMajor(text: string, currency: string, exponents: ExponentTable): Parsed<Money> {
  const code = parseCurrency(currency);
  if (!code.ok) return code;
  const exponent = providerExponent(code.value, exponents);
  if (exponent === undefined) return refused('unknown_currency', `the decimals of \`${code.value}\` are not known`);
  const units = parseMajorUnits(text, exponent);
  return units.ok ? moneyFromUnits(units.value, code.value, exponents) : units;
}

/** The way an amount is shown: `500.00 USD`, `1200 JPY`. Whatever it shows reads back as the same money. */
export function formatMoney(money: Money): string {
  const exponent = isoExponent(money.currency);
  if (exponent === undefined) return `${money.minor} minor units of ${money.currency}`;
  const sign = money.minor < 0n ? '-' : '';
  const digits = (money.minor < 0n ? -money.minor : money.minor).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(digits.length - exponent)}`;
  return `${sign}${whole}${fraction} ${money.currency}`;
}
