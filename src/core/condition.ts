/**
 * A condition over the facts of a call, in three values. Unknown spreads by Kleene's tables, so that a part which
 * decides by itself still decides. Nothing here builds words; `explain` does, when somebody asks.
 */
import type { Truth } from './decision.ts';
import type { CallFacts } from './facts.ts';
import { isMoneyFact, resolve } from './operand.ts';
import { apply } from './operators.ts';
import type { Condition } from './policy.ts';
import { allOf, anyOf, not } from './truth.ts';

export type Test = Extract<Condition, { is: 'test' }>;

/** What a condition says of a call. Never throws. */
export function evaluate(condition: Condition, call: CallFacts): Truth {
  switch (condition.is) {
    case 'all':
      return allOf(condition.of, (part) => evaluate(part, call));
    case 'any':
      return anyOf(condition.of, (part) => evaluate(part, call));
    case 'not':
      return not(evaluate(condition.of, call));
    case 'test':
      return evaluateTest(condition, call);
  }
}

/** A ceiling on `*` does not stop reads: a call that moves no money satisfies no comparison of money. */
function evaluateTest(test: Test, call: CallFacts): Truth {
  const { op } = test.operator;
  const compares = op !== 'present' && op !== 'type';
  if (compares && isMoneyFact(test.fact) && movesNothing(call)) return 'false';
  return apply(test.operator, resolve(test.fact, call));
}

/** True for a classified call whose kind moves no money. */
export function movesNothing({ classification }: CallFacts): boolean {
  return classification.kind !== 'unclassified' && classification.direction === 'none';
}
