/** From the arguments of a call to the facts that policies speak of, by the catalogue entry of its tool. */
import { amountFact } from './amounts.ts';
import { compileEntry, EntryError } from './compiled-entry.ts';
import type { CompiledEntry, NamedPath } from './compiled-entry.ts';
import { parseCurrency } from './currencies.ts';
import type { ExponentTable } from './currencies.ts';
import type { CatalogueEntry } from './entry.ts';
import type { Fact, MoneyFacts } from './facts.ts';
import type { Json, JsonObject } from './json.ts';
import { directionOf } from './kinds.ts';
import { isBlank, lookup } from './lookup.ts';
import type { Place } from './lookup.ts';

/** What the provider and the operator say besides the entry. */
export interface Reading {
  readonly exponents: ExponentTable;
  /** The account's only currency, if the operator states one; whatever rests on it is marked as assumed. */
  readonly assumeCurrency: string | null;
}

const ABSENT = { state: 'absent' } as const;

/** The normalised facts of one call. Never throws. */
export function extractFacts(entry: CatalogueEntry, args: JsonObject, reading: Reading): MoneyFacts {
  const compiled = compileEntry(entry);
  if (compiled instanceof EntryError) return unknownFacts(compiled.message);
  // A kind that moves no money has neither, unless its entry says where.
  const moneyless = directionOf(entry.kind) === 'none' && compiled.amounts.length === 0;
  const currency: Fact<string> =
    moneyless && entry.currency === undefined ? ABSENT : currencyFact(entry, compiled, args, reading.assumeCurrency);
  return {
    amount: moneyless ? ABSENT : amountFact(compiled, args, currency, reading.exponents),
    currency,
    reason: valueFact(compiled.reason, args),
    recipient: valueFact(compiled.recipient, args),
    reference: valueFact(compiled.reference, args),
    quantity: valueFact(compiled.quantity, args),
  };
}

/** The facts of a call that the catalogue does not know: all unknown. */
export function unknownFacts(why: string): MoneyFacts {
  const unknown = { state: 'unknown', why } as const;
  return {
    amount: unknown,
    currency: unknown,
    reason: unknown,
    recipient: unknown,
    reference: unknown,
    quantity: unknown,
  };
}

function currencyFact(
  entry: CatalogueEntry,
  compiled: CompiledEntry,
  args: JsonObject,
  assume: string | null,
): Fact<string> {
  const written = compiled.currency;
  if (written !== null) return writtenCurrency(written, args, () => leftOut(entry, assume));
  const constant = entry.currency !== undefined && 'constant' in entry.currency ? entry.currency.constant : null;
  return constant === null ? assumed(assume) : known(constant, {});
}

/** What the server takes where the currency is left out: its own default, else the account's. */
function leftOut(entry: CatalogueEntry, assume: string | null): Fact<string> {
  const absent = entry.currency !== undefined && 'path' in entry.currency ? entry.currency.absent : undefined;
  return absent === undefined ? assumed(assume) : known(absent, {});
}

function assumed(assume: string | null): Fact<string> {
  if (assume !== null) return known(assume, { assumed: true });
  return { state: 'unknown', why: 'the arguments carry no currency, and only the account knows it' };
}

function known(text: string, mark: { readonly assumed?: boolean }): Fact<string> {
  const code = parseCurrency(text);
  if (!code.ok) return { state: 'unknown', why: code.fault.message };
  return { state: 'known', value: code.value, ...mark };
}

/** The one currency that a call writes. Places that leave it out take the default one, and all must agree. */
function writtenCurrency(where: NamedPath, args: JsonObject, otherwise: () => Fact<string>): Fact<string> {
  const places = placesAt(where, args);
  const facts = places.length === 0 ? [otherwise()] : places.map((place) => currencyAt(where, place, otherwise));
  const fault = facts.find((fact) => fact.state === 'unknown');
  if (fault !== undefined) return { ...fault, given: places.some(isWritten) };
  const codes = new Set(facts.map((fact) => (fact.state === 'known' ? fact.value : '')));
  const [first] = codes;
  if (first === undefined || codes.size > 1) {
    return { state: 'unknown', why: `\`${where.text}\` names several currencies`, given: true };
  }
  return known(first, facts.some((fact) => fact.state === 'known' && fact.assumed === true) ? { assumed: true } : {});
}

/** True if the caller wrote something at the place; what stands in the way of a path is not at its end. */
function isWritten(place: Place): boolean {
  return place.state === 'value' && !isBlank(place.value);
}

function currencyAt(where: NamedPath, place: Place, otherwise: () => Fact<string>): Fact<string> {
  if (place.state === 'missing') return otherwise();
  if (place.state === 'value' && isBlank(place.value)) return otherwise();
  if (place.state === 'blocked' || typeof place.value !== 'string') {
    return { state: 'unknown', why: `\`${where.text}\` is not a currency code` };
  }
  return known(place.value, {});
}

function placesAt(where: NamedPath, args: JsonObject): readonly Place[] {
  const found = lookup(args, where.path);
  switch (found.found) {
    case 'one':
      return [{ state: 'value', value: found.value, at: [] }];
    case 'none':
      return [];
    case 'blocked':
      return [{ state: 'blocked', at: [] }];
    case 'many':
      return found.places;
  }
}

/** A fact that is taken as it is written; several places make an array. */
function valueFact(where: NamedPath | null, args: JsonObject): Fact<Json> {
  if (where === null) return ABSENT;
  const found = lookup(args, where.path);
  if (found.found === 'none') return ABSENT;
  if (found.found === 'one') return isBlank(found.value) ? ABSENT : { state: 'known', value: found.value };
  if (found.found === 'blocked') {
    return { state: 'unknown', why: `\`${where.text}\` is not where the tool expects it` };
  }
  return listFact(where, found.places);
}

function listFact(where: NamedPath, places: readonly Place[]): Fact<Json> {
  const values = places
    .filter((place) => place.state === 'value')
    .flatMap(({ value }) => (isBlank(value) ? [] : [value]));
  if (values.length === places.length) return values.length === 0 ? ABSENT : { state: 'known', value: values };
  if (values.length === 0 && places.every((place) => place.state !== 'blocked')) return ABSENT;
  return { state: 'unknown', why: `\`${where.text}\` is left out in one place or more`, given: values.length > 0 };
}
