/** Numbers just below, at and just above a bound, exactly: one unit of its last written decimal to either side. */
import { parseDecimal } from '../../core/decimal.ts';
import { JsonNumber } from '../../core/json.ts';

/** The three numbers around a bound; the bound alone when it is too large to be compared. */
export function around(bound: JsonNumber): readonly JsonNumber[] {
  const decimal = parseDecimal(bound.text);
  if (decimal === undefined || Math.abs(decimal.exponent) > 30) return [bound];
  const scale = Math.max(-decimal.exponent, 0);
  const units = decimal.units * 10n ** BigInt(decimal.exponent + scale);
  return [units - 1n, units, units + 1n].map((value) => new JsonNumber(decimalText(value, scale)));
}

/** `units` / 10^`scale`, written with exactly that many decimals. */
export function decimalText(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

/** The day before, the day, and the day after; nothing for a text that is no day. */
export function daysAround(text: string): readonly string[] {
  const startMs = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(startMs)) return [];
  return [-DAY_MS, 0, DAY_MS].map((offsetMs) => new Date(startMs + offsetMs).toISOString().slice(0, 10));
}
