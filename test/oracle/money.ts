/** Money as the policy writes it and as the tools write it. */
import { exactly, wholeAfter } from './decimal.ts';
import { member } from './json.ts';
import type { J } from './json.ts';

/** Decimals after ISO 4217 of the currencies that the generator uses. Whatever is not here is no currency. */
const ISO: Readonly<Record<string, number>> = {
  USD: 2,
  EUR: 2,
  GBP: 2,
  HUF: 2,
  TWD: 2,
  JPY: 0,
  ISK: 0,
  UGX: 0,
  CLP: 0,
  KWD: 3,
  BHD: 3,
  CLF: 4,
};

/** Above this a server that computes with doubles no longer sees what was compared. */
const LARGEST = 9007199254740991n;

export interface Cash {
  readonly currency: string;
  /** In the minor unit of ISO 4217. */
  readonly minor: bigint;
}

/** The code in upper case, if all its letters are upper case or all are lower case; null for what is no currency. */
export function currencyCode(text: string): string | null {
  const upper = Object.keys(ISO).find((code) => code === text || code.toLowerCase() === text);
  return upper ?? null;
}

export function isoDecimals(code: string): number {
  return ISO[code] ?? 0;
}

export function withinBounds(minor: bigint): boolean {
  return minor >= 0n && minor <= LARGEST;
}

/** The sum that a bound names for a currency, in minor units; null if it does not name it. */
export function boundFor(bound: J, currency: string): bigint | null {
  if (bound.t === 'str') {
    const [amount = '', code = ''] = bound.v.split(' ');
    return currencyCode(code) === currency ? wholeAfter(exactly(amount), isoDecimals(currency)) : null;
  }
  const amount = member(bound, currency) ?? member(bound, currency.toLowerCase());
  return amount?.t === 'str' ? wholeAfter(exactly(amount.v), isoDecimals(currency)) : null;
}
