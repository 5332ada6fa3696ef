/** The amount and the currency of a call, by the catalogue's paths. */
import { isNothing } from './blank.ts';
import { exactly, multiply, wholeAfter } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import type { OracleAmount, OracleCall, OracleEntry } from './entry.ts';
import type { J } from './json.ts';
import { currencyCode, isoDecimals, withinBounds } from './money.ts';
import type { Cash } from './money.ts';
import { splitAtLastEach, spots } from './path.ts';
import type { Spot } from './path.ts';

/** A fact: known, left out, or not to be known; `given` if the caller wrote something there all the same. */
export type Derived<T> =
  | { readonly is: 'known'; readonly value: T }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly given: boolean };

export const ABSENT = { is: 'absent' } as const;
export const UNKNOWN = { is: 'unknown', given: false } as const;

const WHOLE = /^(?:0|[1-9][0-9]*)$/;
const DECIMAL = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

const GRAMMAR: Readonly<Record<OracleAmount['form'], readonly [types: readonly string[], pattern: RegExp]>> = {
  integer: [['num'], WHOLE],
  number: [['num'], DECIMAL],
  'integer-string': [['str'], WHOLE],
  'integer-or-string': [['num', 'str'], WHOLE],
  'decimal-string': [['str'], DECIMAL],
};

/** The longest text that is read as an amount. */
const LONGEST = 64;

/** The text of a number that is written in the declared grammar; null for everything else. */
function written(value: J, form: OracleAmount['form']): string | null {
  const [types, pattern] = GRAMMAR[form];
  if ((value.t !== 'num' && value.t !== 'str') || !types.includes(value.t)) return null;
  return value.v.length <= LONGEST && pattern.test(value.v) ? value.v : null;
}

function isLeftOut(spot: Spot): boolean {
  return spot.is === 'missing' || (spot.is === 'value' && isNothing(spot.value));
}

/** The places of a path; an array without elements has none, and then the value is simply left out. */
function places(args: J, path: string): readonly Spot[] {
  const found = spots(args, path);
  return found.length === 0 ? [{ is: 'missing', at: '' }] : found;
}

/** True if the caller wrote something at one of the places. */
export function isGiven(args: J, path: string): boolean {
  return places(args, path).some((spot) => spot.is === 'value' && !isNothing(spot.value));
}

/** True also if something stands in the way of the path: what the server makes of it cannot be known. */
function isTouched(args: J, path: string): boolean {
  return isGiven(args, path) || spots(args, path).some(({ is }) => is === 'blocked');
}

/** True if every place of the path holds one of the values; null in the list stands for what is left out altogether. */
function isOneOf(args: J, path: string, values: readonly (string | null)[]): boolean {
  return spots(args, path).every((spot) => {
    if (spot.is === 'missing') return values.includes(null);
    return spot.is === 'value' && spot.value.t === 'str' && values.includes(spot.value.v);
  });
}

/** The one currency that all places say. A place that leaves it out takes what the server or the account takes. */
export function currencyOf(entry: OracleEntry, args: J, assumed: string | null): Derived<string> {
  const { currency } = entry;
  if (currency !== undefined && 'constant' in currency) return { is: 'known', value: currency.constant };
  const fallback = currency?.absent ?? assumed;
  if (currency === undefined) return fallback === null ? UNKNOWN : { is: 'known', value: fallback };
  const codes = new Set(places(args, currency.path).map((spot) => (isLeftOut(spot) ? fallback : codeAt(spot))));
  const [code] = codes;
  if (codes.size === 1 && code != null) return { is: 'known', value: code };
  return { is: 'unknown', given: isGiven(args, currency.path) };
}

function codeAt(spot: Spot): string | null {
  return spot.is === 'value' && spot.value.t === 'str' ? currencyCode(spot.value.v) : null;
}

export function amountOf(call: OracleCall, entry: OracleEntry, args: J, currency: Derived<string>): Derived<Cash> {
  const specs = entry.amounts ?? [];
  if (specs.length === 0) return ABSENT;
  const unknown = { is: 'unknown', given: specs.some(({ path }) => isGiven(args, path)) } as const;
  if ((entry.unknownIf ?? []).some((path) => isTouched(args, path))) return unknown;
  if (Object.entries(entry.unknownUnless ?? {}).some(([path, values]) => !isOneOf(args, path, values))) return unknown;
  if (currency.is !== 'known' || !specs.some(isMoney)) return unknown;
  const decimals = call.decimals[currency.value] ?? isoDecimals(currency.value);
  let units = 0n;
  for (const spec of specs) {
    for (const spot of places(args, spec.path)) {
      const term = termOf(spec, spot, args, decimals);
      if (term === null) return unknown;
      units += term;
    }
  }
  const minor = wholeAfter({ digits: units, exponent: BigInt(-decimals) }, isoDecimals(currency.value));
  if (minor === null || !withinBounds(minor)) return unknown;
  return { is: 'known', value: { currency: currency.value, minor } };
}

/** One amount, in the smallest unit of the provider; null if it cannot be known. */
function termOf(spec: OracleAmount, spot: Spot, args: J, decimals: number): bigint | null {
  if (isLeftOut(spot)) return spec.absent === 'zero' ? 0n : null;
  if (spot.is !== 'value' || !isMoney(spec)) return null;
  const text = written(spot.value, spec.form);
  const shift = spec.unit === 'major' ? decimals : 0;
  if (text === null || (text.split('.')[1] ?? '').length > shift) return null;
  let product = exactly(text);
  const units = wholeAfter(product, shift);
  if (units === null || !withinBounds(units) || (units === 0n && spec.absent === 'full')) return null;
  for (const factor of spec.times ?? []) {
    const times = factorFor(factor, spec.path, spot.at, args);
    if (times === null) return null;
    product = multiply(product, times);
  }
  return wholeAfter(product, shift);
}

/** Tokens, satoshi and per cent never become money. */
function isMoney({ unit }: OracleAmount): boolean {
  return unit === 'minor' || unit === 'major';
}

type FactorSpec = NonNullable<OracleAmount['times']>[number];

/** The factor of the same line item: only a path through the same arrays belongs to it. */
function factorFor(factor: FactorSpec, amountPath: string, at: string, args: J): Decimal | null {
  const [through, rest] = splitAtLastEach(factor.path) ?? ['', factor.path];
  if (!amountPath.startsWith(through)) return null;
  const indices = at.split('/').slice(1);
  const [spot] = spots(args, through.replaceAll('[*]', () => `[${indices.shift() ?? ''}]`) + rest);
  if (spot === undefined || isLeftOut(spot)) return factor.absent === 'one' ? exactly('1') : null;
  const text = spot.is === 'value' ? written(spot.value, factor.form) : null;
  return text === null ? null : exactly(text);
}
