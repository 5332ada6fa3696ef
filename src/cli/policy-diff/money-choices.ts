/** Amounts and currencies at the boundaries of the rules: below, at and above each bound, in each currency named. */
import { isoExponent } from '../../core/currencies.ts';
import type { CatalogueEntry } from '../../core/entry.ts';
import type { Reading } from '../../core/extract.ts';
import { JsonNumber } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import type { Money, MoneyBound } from '../../core/money.ts';
import type { Bound, Operator } from '../../core/policy.ts';
import type { Choice, Dimension, Draft } from './draft.ts';
import { fixedCurrency, moneyAmount, writeMoney, wrongType } from './entry-args.ts';
import type { Mentions } from './mentions.ts';
import { pathOf, put } from './place.ts';

const MAX_MINOR = 2n ** 53n - 1n;

/** Tried in this order for a currency that no rule names. */
const STRANGERS = ['GBP', 'CHF', 'JPY', 'SEK', 'NOK', 'PLN'];

/** What rules say of money. */
interface Named {
  /** By currency, every bound in minor units, ascending. */
  readonly bounds: ReadonlyMap<string, readonly bigint[]>;
  readonly currencies: readonly string[];
}

/** The dimension of money for an entry. Amount and currency are one, because a bound is in a currency. */
export function moneyDimension(entry: CatalogueEntry, mentions: Mentions, reading: Reading): Dimension {
  const named = namedMoney(mentions);
  const fixed = fixedCurrency(entry, reading);
  const base = fixed ?? named.currencies[0] ?? 'USD';
  const ordinary = { currency: base, minor: ordinaryAmount(base, named) };
  const amounts = mentions.facts.has('amount') || mentions.facts.has('currency') ? amountsOf(named, fixed, base) : [];
  const written = [ordinary, ...amounts].flatMap((money) => writing(entry, money, reading) ?? []);
  const odd = written.length === 0 ? [] : oddities(entry, mentions, ordinary, reading);
  const choices = [...written, ...odd];
  return { name: 'money', choices: choices.length === 0 ? [asItIs(entry, fixed, base)] : choices };
}

/** Every currency that the rules have a bound in or list. */
export function namedCurrencies(mentions: Mentions): readonly string[] {
  return namedMoney(mentions).currencies;
}

function namedMoney({ facts, caps }: Mentions): Named {
  const bounds = new Map<string, bigint[]>();
  const money = [...caps, ...(facts.get('amount')?.operators ?? []).flatMap(moneyIn)];
  for (const [currency, minor] of money.flatMap((bound) => [...bound])) {
    const list = bounds.get(currency) ?? [];
    bounds.set(currency, list);
    if (!list.includes(minor)) list.push(minor);
  }
  for (const list of bounds.values()) list.sort((left, right) => (left < right ? -1 : 1));
  const listed = (facts.get('currency')?.operators ?? []).flatMap(currenciesIn);
  return { bounds, currencies: [...new Set([...bounds.keys(), ...listed])] };
}

function boundsIn(operator: Operator): readonly Bound[] {
  if ('bound' in operator) return [operator.bound];
  return 'values' in operator ? operator.values : [];
}

function moneyIn(operator: Operator): readonly MoneyBound[] {
  return boundsIn(operator).flatMap((bound) => (bound.is === 'money' ? [bound.money] : []));
}

function currenciesIn(operator: Operator): readonly string[] {
  return boundsIn(operator).flatMap((bound) =>
    bound.is === 'value' && typeof bound.value === 'string' ? [bound.value] : [],
  );
}

/** One unit of the currency, or less where a bound lies below that. */
function ordinaryAmount(currency: string, { bounds }: Named): bigint {
  const one = 10n ** BigInt(isoExponent(currency) ?? 2);
  const [lowest] = bounds.get(currency) ?? [];
  return lowest !== undefined && lowest < one ? 1n : one;
}

function amountsOf(named: Named, fixed: string | null | undefined, base: string): readonly Money[] {
  const stranger = STRANGERS.find((currency) => !named.currencies.includes(currency)) ?? 'NZD';
  const all = fixed === null ? [...named.currencies, stranger] : [base];
  return all.flatMap((currency) => amountsIn(currency, named).map((minor) => ({ currency, minor })));
}

function amountsIn(currency: string, named: Named): readonly bigint[] {
  const bounds = named.bounds.get(currency) ?? [];
  const beyond = (bounds.at(-1) ?? 0n) * 10n + 10n ** BigInt(isoExponent(currency) ?? 2);
  const near = bounds.flatMap((minor) => [minor - 1n, minor, minor + 1n]);
  const all = new Set([ordinaryAmount(currency, named), ...near, beyond]);
  return [...all].filter((minor) => minor >= 0n && minor <= MAX_MINOR);
}

function writing(entry: CatalogueEntry, money: Money, reading: Reading): Choice | undefined {
  const write = ({ args, ...rest }: Draft): Draft => {
    const written = writeMoney(args, entry, money, reading) ?? args;
    return { ...rest, args: withCurrency(written, entry, money.currency) };
  };
  return writeMoney(new Map(), entry, money, reading) === undefined ? undefined : { words: '', write };
}

function withCurrency(args: Draft['args'], { currency }: CatalogueEntry, value: Json | undefined): Draft['args'] {
  return currency !== undefined && 'path' in currency ? put(args, pathOf(currency.path), value) : args;
}

/** Of a call whose arguments carry no amount; it may name a currency all the same. */
function asItIs(entry: CatalogueEntry, fixed: string | null | undefined, base: string): Choice {
  const write = (draft: Draft): Draft => ({
    ...draft,
    args: fixed === null ? withCurrency(draft.args, entry, base) : draft.args,
  });
  return { words: '', write };
}

/** What is left out, null, blank or of the wrong type. */
function oddities(entry: CatalogueEntry, mentions: Mentions, ordinary: Money, reading: Reading): readonly Choice[] {
  const spec = moneyAmount(entry);
  const base = writing(entry, ordinary, reading);
  if (spec === undefined || base === undefined) return [];
  const after = (words: string, write: (args: Draft['args']) => Draft['args']): Choice => {
    return { words, write: (draft) => changed(base.write(draft), write) };
  };
  const at = (name: string, path: string, wrong: Json): Choice[] =>
    oddValues(name, wrong).map(([words, value]) => after(words, (args) => put(args, pathOf(path), value)));
  const { facts } = mentions;
  const { currency } = entry;
  const asked = facts.has('amount') || facts.has('currency');
  return [
    ...(facts.has('amount') ? at('amount', spec.path, wrongType(spec.form)) : []),
    ...(asked && currency !== undefined && 'path' in currency
      ? at('currency', currency.path, new JsonNumber('840'))
      : []),
    ...(facts.has('amount') ? (entry.unknownIf ?? []) : []).map((path) =>
      after(`with \`${path}\``, (args) => put(args, pathOf(path), 'x')),
    ),
  ];
}

function changed(draft: Draft, write: (args: Draft['args']) => Draft['args']): Draft {
  return { ...draft, args: write(draft.args) };
}

function oddValues(name: string, wrong: Json): readonly (readonly [string, Json | undefined])[] {
  return [
    [`with no ${name}`, undefined],
    [`with ${name} null`, null],
    [`with a blank ${name}`, ''],
    [`with ${name} of the wrong type`, wrong],
  ];
}
