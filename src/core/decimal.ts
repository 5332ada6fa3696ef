/**
 * Exact decimals from the text of a JSON number. A double would call `10000.000000000000001` equal to `10000`; policy
 * compares what was written.
 */

/** `units` times 10 to the power of `exponent`; `units` has no trailing zero, zero is 0 times 10^0. */
export interface Decimal {
  readonly units: bigint;
  readonly exponent: number;
}

/** An agent may write any number: longer texts and larger exponents are not compared, and that makes them unknown. */
const MAX_LENGTH = 400;
const MAX_EXPONENT = 400;

const GRAMMAR = /^(-?[0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/;

/** The decimal that a JSON number writes; nothing when it is too long or too large to be compared. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = text.length > MAX_LENGTH ? null : GRAMMAR.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? '0');
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return normalize(BigInt(`${match[1] ?? ''}${fraction}`), exponent - fraction.length);
}

function normalize(units: bigint, exponent: number): Decimal {
  if (units === 0n) return { units, exponent: 0 };
  let shorter = units;
  let power = exponent;
  while (shorter % 10n === 0n) {
    shorter /= 10n;
    power += 1;
  }
  return { units: shorter, exponent: power };
}

/** True if both are the same number. */
export function sameDecimal(left: Decimal, right: Decimal): boolean {
  return left.units === right.units && left.exponent === right.exponent;
}

function aligned(value: Decimal, exponent: number): bigint {
  return value.units * 10n ** BigInt(value.exponent - exponent);
}

/** Negative, zero or positive, as `left` is below, equal to or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = aligned(left, exponent) - aligned(right, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The exact sum. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent);
  return normalize(aligned(left, exponent) + aligned(right, exponent), exponent);
}

/** True for a whole number, however it is written (`1.0`, `1e3`). */
export function isWhole(value: Decimal): boolean {
  return value.exponent >= 0;
}
