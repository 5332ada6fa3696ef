/** The grammar of a written amount. What does not match is refused with the reason; nothing is repaired. */
import { parsed, refused } from './money-fault.ts';
import type { MoneyFaultCode, Parsed } from './money-fault.ts';

/** Longer texts are refused unread; 2^53-1 has 16 digits. */
const MAX_LENGTH = 64;

const INTEGER = /^(?:0|[1-9][0-9]*)$/;
const DECIMAL = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** The first row that matches names the fault. */
const FAULTS: readonly (readonly [RegExp, MoneyFaultCode, string])[] = [
  [/^$/, 'empty', 'an amount cannot be empty'],
  [/\s/u, 'space', 'an amount has no spaces'],
  [/[0-9.][eE][-+]?[0-9]/, 'exponent', 'an amount is written without an exponent'],
  [/[-+\u2212\u2010-\u2015\uFF0B\uFF0D]/u, 'sign', 'an amount has no sign'],
  [/(?![0-9])\p{N}/u, 'non_ascii_digit', 'an amount is written with the digits 0 to 9'],
  [/^[0-9.,_'\u2019\u066B\u066C\uFF0C]*[,_'\u2019\u066B\u066C\uFF0C]/u, 'separator', 'an amount has no separators'],
  [/^[0-9]+\.[0-9]*\./, 'separator', 'an amount has one decimal point at most'],
  [/^0[0-9]+(?:\.[0-9]+)?$/, 'leading_zero', 'an amount has no leading zeros'],
];

/** What no row is about. */
const NOT_A_NUMBER = refused('not_a_number', 'an amount is written like `12` or `12.50`');

function faultOf(text: string): typeof NOT_A_NUMBER {
  const row = FAULTS.find(([pattern]) => pattern.test(text));
  return row === undefined ? NOT_A_NUMBER : refused(row[1], row[2]);
}

/** A decimal number: `units` / 10^`scale`. */
export interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

/** Reads `12` or `12.50` exactly as written. */
export function parseScaled(text: string): Parsed<Scaled> {
  if (text.length > MAX_LENGTH) return refused('too_large', 'an amount has fewer digits');
  if (!DECIMAL.test(text)) return faultOf(text);
  const point = text.indexOf('.');
  const scale = point < 0 ? 0 : text.length - point - 1;
  return parsed({ units: BigInt(text.replace('.', '')), scale });
}

/** Reads a whole number. */
export function parseWhole(text: string): Parsed<bigint> {
  const scaled = parseScaled(text);
  if (!scaled.ok) return scaled;
  if (!INTEGER.test(text)) return refused('too_many_decimals', 'a whole number is expected here, without decimals');
  return parsed(scaled.value.units);
}
