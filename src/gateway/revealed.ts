/** The facts whose values the configuration lets into the log. */
import type { Revealed } from '../audit/events.ts';
import { canonicalJson, CanonicalError } from '../core/canonical.ts';
import type { CallFacts, Fact, FactName } from '../core/facts.ts';
import { type Json, stringify } from '../core/json.ts';
import { formatMoney } from '../core/money.ts';

/** What a fact is written as that has a value which nobody can tell. */
const UNTOLD = 'unknown';

/** Nothing where no fact is revealed, or where the call was denied before it was read. A fact that is absent is left out. */
export function revealedOf(facts: CallFacts | null, names: readonly FactName[]): { readonly revealed?: Revealed } {
  if (facts === null || names.length === 0) return {};
  const entries = names.flatMap((name) => {
    const words = wordsOf(facts, name);
    return words === null ? [] : [[name, words] as const];
  });
  return { revealed: Object.fromEntries(entries) };
}

function wordsOf(facts: CallFacts, name: FactName): string | null {
  return name === 'amount' ? textOf(facts.amount, formatMoney) : textOf(facts[name], plainText);
}

function textOf<T>(fact: Fact<T>, write: (value: T) => string): string | null {
  if (fact.state === 'absent') return null;
  return fact.state === 'known' ? write(fact.value) : UNTOLD;
}

function plainText(value: Json): string {
  if (typeof value === 'string') return value;
  try {
    return canonicalJson(value);
  } catch (error) {
    if (error instanceof CanonicalError) return stringify(value);
    throw error;
  }
}
