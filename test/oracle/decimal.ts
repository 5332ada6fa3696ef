/** Exact decimal numbers out of the text of a JSON number: `digits` times ten to the power of `exponent`. */

export interface Decimal {
  readonly digits: bigint;
  readonly exponent: bigint;
}

const PARTS = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** A text longer than this, or a power of ten beyond it, is not read. */
const LONGEST = 400;

/** The number of a JSON text; null for one that is too long or whose exponent is too large. */
export function decimal(text: string): Decimal | null {
  const power = Number(/[eE](.*)$/.exec(text)?.[1] ?? '0');
  return text.length > LONGEST || Math.abs(power) > LONGEST ? null : exactly(text);
}

/** The number, with no zeros at its end, so that equal numbers are written alike. */
export function exactly(text: string): Decimal {
  const [, sign, whole = '', fraction = '', power = '0'] = PARTS.exec(text) ?? [];
  const written = (whole + fraction).replace(/^0+/, '');
  const kept = written.replace(/0+$/, '');
  if (kept === '') return { digits: 0n, exponent: 0n };
  const exponent = BigInt(power.replace('+', '')) - BigInt(fraction.length) + BigInt(written.length - kept.length);
  return { digits: BigInt((sign ?? '') + kept), exponent };
}

function signOf(digits: bigint): number {
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
}

function lengthOf(digits: bigint): bigint {
  return BigInt(digits.toString().replace('-', '').length);
}

/** Below, at or above zero as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [signA, signB] = [signOf(a.digits), signOf(b.digits)];
  if (signA !== signB) return signA - signB;
  if (signA === 0) return 0;
  const [topA, topB] = [lengthOf(a.digits) + a.exponent, lengthOf(b.digits) + b.exponent];
  if (topA !== topB) return topA > topB ? signA : -signA;
  // Of the same order of magnitude, so that only the digits tell them apart.
  const low = a.exponent < b.exponent ? a.exponent : b.exponent;
  return signOf(a.digits * 10n ** (a.exponent - low) - b.digits * 10n ** (b.exponent - low));
}

export function add(a: Decimal, b: Decimal): Decimal {
  const low = a.exponent < b.exponent ? a.exponent : b.exponent;
  const digits = a.digits * 10n ** (a.exponent - low) + b.digits * 10n ** (b.exponent - low);
  return exactly(`${digits}e${low}`);
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** The number as a whole one, after its point was moved `places` to the right; null if digits remain behind the point. */
export function wholeAfter(value: Decimal, places: number): bigint | null {
  const exponent = value.exponent + BigInt(places);
  if (exponent >= 0n) return value.digits * 10n ** exponent;
  const scale = 10n ** -exponent;
  return value.digits % scale === 0n ? value.digits / scale : null;
}
