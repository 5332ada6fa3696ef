/** The arguments that express a use of a tool, and an amount of money in it. */
import { providerExponent, isoExponent } from '../../core/currencies.ts';
import type { AmountForm, AmountSpec, CatalogueEntry } from '../../core/entry.ts';
import type { Reading } from '../../core/extract.ts';
import { JsonNumber, stringify } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { lookup } from '../../core/lookup.ts';
import type { Money } from '../../core/money.ts';
import type { ToolUse } from './known-tools.ts';
import { decimalText } from './numbers.ts';
import { pathOf, put } from './place.ts';

const NO_ARGUMENTS: JsonObject = new Map();

/** The arguments that select the use, and nothing else. For an unknown use, discriminators that no entry has. */
export function selectingArgs({ entry, siblings }: Pick<ToolUse, 'entry' | 'siblings'>): JsonObject {
  return entry === null ? strangeArgs(siblings) : discriminated(entry);
}

function discriminated(entry: CatalogueEntry): JsonObject {
  const values = Object.entries(entry.when ?? {}).map(([path, [first]]) => [path, first ?? undefined] as const);
  const routes = Object.entries(entry.routes ?? {}).map(([path, [first]]) => [path, aRoute(first ?? '')] as const);
  const args = [...values, ...routes].reduce((all, [path, value]) => put(all, pathOf(path), value), NO_ARGUMENTS);
  return entry.json === undefined ? args : put(args, pathOf(entry.json), new Map());
}

function aRoute(template: string): string {
  return template.replaceAll('*', 'id1');
}

function strangeArgs(siblings: readonly CatalogueEntry[]): JsonObject {
  const paths = siblings.flatMap(({ when, routes }) => [...Object.keys(when ?? {}), ...Object.keys(routes ?? {})]);
  return [...new Set(paths)].reduce((all, path) => put(all, pathOf(path), '/unlisted'), NO_ARGUMENTS);
}

/** The arguments as they are sent: an entry that reads JSON in a string gets it as a string. */
export function sentArgs(args: JsonObject, entry: CatalogueEntry | null): JsonObject {
  if (entry?.json === undefined) return args;
  const path = pathOf(entry.json);
  const found = lookup(args, path);
  return found.found === 'one' ? put(args, path, stringify(found.value)) : args;
}

/** The amount of an entry that money is written into; nothing if it carries no money. */
export function moneyAmount(entry: CatalogueEntry): AmountSpec | undefined {
  return (entry.amounts ?? []).find(({ unit }) => unit === 'minor' || unit === 'major');
}

/** `args` that say this money, the whole of it in the first amount; nothing if the entry cannot say it. */
export function writeMoney(
  args: JsonObject,
  entry: CatalogueEntry,
  money: Money,
  reading: Reading,
): JsonObject | undefined {
  const spec = moneyAmount(entry);
  const number = spec === undefined ? undefined : numberFor(spec, money, reading);
  if (spec === undefined || number === undefined) return undefined;
  const once = (spec.times ?? []).reduce(
    (all, factor) => put(all, pathOf(factor.path), factor.absent === 'one' ? undefined : inForm('1', factor.form)),
    put(args, pathOf(spec.path), inForm(number, spec.form)),
  );
  const others = (entry.amounts ?? []).filter((other) => other !== spec && other.absent === 'unknown');
  return others.reduce((all, other) => put(all, pathOf(other.path), inForm('0', other.form)), once);
}

/** The number as the provider counts; nothing if it would have to be rounded. */
function numberFor({ unit, form }: AmountSpec, { currency, minor }: Money, reading: Reading): string | undefined {
  const [iso, provider] = [isoExponent(currency), providerExponent(currency, reading.exponents)];
  if (iso === undefined || provider === undefined) return undefined;
  const divisor = 10n ** BigInt(Math.max(iso - provider, 0));
  if (minor % divisor !== 0n) return undefined;
  const units = (minor / divisor) * 10n ** BigInt(Math.max(provider - iso, 0));
  if (unit === 'minor') return units.toString();
  const text = decimalText(units, provider);
  if (form === 'decimal-string') return text;
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return form !== 'number' && short.includes('.') ? undefined : short;
}

function inForm(text: string, form: AmountForm): Json {
  return isText(form) ? text : new JsonNumber(text);
}

function isText(form: AmountForm): boolean {
  return form === 'integer-string' || form === 'decimal-string';
}

/** An amount of the JSON type that the form does not take. */
export function wrongType(form: AmountForm): Json {
  if (form === 'integer-or-string') return true;
  return isText(form) ? new JsonNumber('500') : '500';
}

/** The currency that calls of this entry have whatever they write; null when they write it. */
export function fixedCurrency(entry: CatalogueEntry, reading: Reading): string | null | undefined {
  const { currency } = entry;
  if (currency === undefined) return reading.assumeCurrency ?? undefined;
  return 'path' in currency ? null : currency.constant;
}
