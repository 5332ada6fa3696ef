/**
 * The amount of a call: the sum over every amount of its catalogue entry, line items and multipliers included. Anything
 * that could make the server move another sum than the one computed here makes the whole amount unknown.
 */
import type { CompiledAmount, CompiledEntry } from './compiled-entry.ts';
import { providerExponent } from './currencies.ts';
import type { ExponentTable } from './currencies.ts';
import type { AmountSpec } from './entry.ts';
import type { Fact } from './facts.ts';
import type { JsonObject } from './json.ts';
import { isBlank, lookup } from './lookup.ts';
import type { Found, Place } from './lookup.ts';
import { moneyFromUnits } from './money.ts';
import type { Money } from './money.ts';
import type { Path } from './policy.ts';
import type { Scaled } from './amount-text.ts';
import { readFactor, readUnits } from './written-number.ts';

/** Minor units of the provider, or why they cannot be known. */
type Units = bigint | { readonly why: string };

interface Reading {
  readonly args: JsonObject;
  readonly exponent: number;
}

const ABSENT: Readonly<Record<AmountSpec['absent'], string | null>> = {
  full: 'is left out, which means everything there is',
  unknown: 'is left out, and what the server takes instead cannot be known',
  zero: null,
};

/** The amount in money. `currency` is the call's currency, which must be known for the amount to be. */
export function amountFact(
  entry: CompiledEntry,
  args: JsonObject,
  currency: Fact<string>,
  exponents: ExponentTable,
): Fact<Money> {
  const given = entry.amounts.some((amount) => writtenAt(lookup(args, amount.path)));
  const unknown = (why: string): Fact<Money> => ({ state: 'unknown', why, given });
  const obstacle = obstacleOf(entry, args);
  if (obstacle !== null) return unknown(obstacle);
  if (currency.state !== 'known') return unknown(currency.state === 'unknown' ? currency.why : 'it has no currency');
  const exponent = providerExponent(currency.value, exponents);
  if (exponent === undefined) return unknown(`the decimals of ${currency.value} are not known`);
  const units = sum(entry.amounts.map((amount) => unitsOf(amount, { args, exponent })));
  if (typeof units !== 'bigint') return unknown(units.why);
  const money = moneyFromUnits(units, currency.value, exponents);
  if (!money.ok) return unknown(money.fault.message);
  return { state: 'known', value: money.value, ...(currency.assumed === true ? { assumed: true } : {}) };
}

/** What makes an amount unknown before anything is read. */
function obstacleOf(entry: CompiledEntry, args: JsonObject): string | null {
  const spoiler = entry.unknownIf.find(({ path }) => anythingAt(lookup(args, path)));
  if (spoiler !== undefined) return `\`${spoiler.text}\` is present, and what it adds or takes away cannot be known`;
  const other = entry.unknownUnless.find(({ path, values }) => !holdsOneOf(lookup(args, path), values));
  if (other !== undefined) return `\`${other.text}\` makes it another sum than the one written`;
  const money = entry.amounts.some(({ spec }) => spec.unit === 'minor' || spec.unit === 'major');
  if (entry.amounts.length === 0) return 'the arguments carry no amount';
  return money ? null : 'it is not counted in money';
}

/** True if something stands at the end of the path. */
function writtenAt(found: Found): boolean {
  if (found.found === 'one') return !isBlank(found.value);
  return found.found === 'many' && found.places.some((place) => place.state === 'value' && !isBlank(place.value));
}

function holdsOneOf(found: Found, values: readonly (string | null)[]): boolean {
  switch (found.found) {
    case 'none':
      return values.includes(null);
    case 'blocked':
      return false;
    case 'one':
      return typeof found.value === 'string' && values.includes(found.value);
    case 'many':
      return found.places.every((place) => holdsOneOf(foundAt(place), values));
  }
}

function foundAt(place: Place): Found {
  if (place.state === 'value') return { found: 'one', value: place.value };
  return { found: place.state === 'missing' ? 'none' : 'blocked' };
}

/** True if something stands at the end of the path, or in its way: what a server makes of that cannot be known. */
function anythingAt(found: Found): boolean {
  if (found.found === 'many' && found.places.some(({ state }) => state === 'blocked')) return true;
  return found.found === 'blocked' || writtenAt(found);
}

function sum(parts: readonly Units[]): Units {
  let total = 0n;
  for (const part of parts) {
    if (typeof part !== 'bigint') return part;
    total += part;
  }
  return total;
}

function unitsOf(amount: CompiledAmount, reading: Reading): Units {
  const found = lookup(reading.args, amount.path);
  if (found.found === 'blocked') return unreadable(amount, 'it is not where the tool expects it');
  if (found.found === 'none') return absent(amount);
  if (found.found === 'one') return atPlace(amount, { state: 'value', value: found.value, at: [] }, reading);
  // No line item at all is as good as no amount.
  if (found.places.length === 0) return absent(amount);
  return sum(found.places.map((place) => atPlace(amount, place, reading)));
}

function atPlace(amount: CompiledAmount, place: Place, reading: Reading): Units {
  if (place.state === 'blocked') return unreadable(amount, 'it is not where the tool expects it');
  if (place.state === 'missing' || isBlank(place.value)) return absent(amount);
  const { unit, form } = amount.spec;
  if (unit !== 'minor' && unit !== 'major') return { why: `\`${amount.spec.path}\` is not counted in money` };
  const units = readUnits(place.value, form, unit, reading.exponent);
  if (!units.ok) return unreadable(amount, units.fault.message);
  // Many servers test `if (amount)`: for them zero is left out, and then everything is refunded.
  if (units.value === 0n && amount.spec.absent === 'full') {
    return { why: `\`${amount.spec.path}\` is zero, which a server may take for everything there is` };
  }
  return multiplied(amount, units.value, place.at, reading);
}

function multiplied(amount: CompiledAmount, units: bigint, at: readonly number[], reading: Reading): Units {
  let product: Scaled = { units, scale: 0 };
  for (const factor of amount.times) {
    const times = factorAt(factor, amount.path, at, reading.args);
    if ('why' in times) return times;
    product = { units: product.units * times.units, scale: product.scale + times.scale };
  }
  const divisor = 10n ** BigInt(product.scale);
  if (product.units % divisor !== 0n) return { why: `\`${amount.spec.path}\` times its quantity has to be rounded` };
  return product.units / divisor;
}

type Factor = CompiledAmount['times'][number];

function factorAt(
  factor: Factor,
  amountPath: Path,
  at: readonly number[],
  args: JsonObject,
): Scaled | { readonly why: string } {
  const path = sameElement(factor.path, amountPath, at);
  if (path === undefined) return { why: `\`${factor.text}\` cannot be paired with its amount` };
  const found = lookup(args, path);
  if (found.found === 'none' || (found.found === 'one' && isBlank(found.value))) {
    return factor.absent === 'one' ? { units: 1n, scale: 0 } : { why: `\`${factor.text}\` is left out` };
  }
  if (found.found !== 'one') return { why: `\`${factor.text}\` is not where the tool expects it` };
  const scaled = readFactor(found.value, factor.form);
  return scaled.ok ? scaled.value : { why: `\`${factor.text}\` cannot be read: ${scaled.fault.message}` };
}

/**
 * The factor's path for the line item at `at`: each `[*]` becomes the index of the amount's own. Only a path that runs
 * through the same arrays belongs to the same item.
 */
function sameElement(factor: Path, amount: Path, at: readonly number[]): Path | undefined {
  const last = factor.map(({ step }) => step).lastIndexOf('each');
  if (JSON.stringify(factor.slice(0, last + 1)) !== JSON.stringify(amount.slice(0, last + 1))) return undefined;
  let used = 0;
  return factor.map((step) => {
    if (step.step !== 'each') return step;
    const index = at[used] ?? 0;
    used += 1;
    return { step: 'index', index };
  });
}

function absent(amount: CompiledAmount): Units {
  const meaning = ABSENT[amount.spec.absent];
  return meaning === null ? 0n : { why: `\`${amount.spec.path}\` ${meaning}` };
}

function unreadable(amount: CompiledAmount, words: string): { readonly why: string } {
  return { why: `\`${amount.spec.path}\` cannot be read: ${words}` };
}
