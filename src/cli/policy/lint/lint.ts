/** Everything about a policy that is well formed and still likely not meant. */
import { strangeCurrencies } from './currencies.ts';
import type { Finding, LintInput } from './input.ts';
import { capsKeyedByAgent, refundsWithoutKey, unboundedMoney } from './money.ts';
import { negatedAmounts } from './negated.ts';
import { unknownPaths } from './paths.ts';
import { unmatchedSelectors } from './selectors.ts';
import { unreachableRules } from './unreachable.ts';

const CHECKS: readonly ((input: LintInput) => readonly Finding[])[] = [
  unreachableRules,
  unmatchedSelectors,
  unboundedMoney,
  capsKeyedByAgent,
  refundsWithoutKey,
  unknownPaths,
  strangeCurrencies,
  negatedAmounts,
];

/** The findings of one policy in the order of its document. */
export function lint(input: LintInput): readonly Finding[] {
  const found = CHECKS.flatMap((check) => check(input));
  return [...found].sort((left, right) => left.line - right.line || left.column - right.column);
}
