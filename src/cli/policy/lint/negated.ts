/** Amounts of calls that move no money. */
import { evaluate } from '../../../core/condition.ts';
import { nameOf } from '../../../core/explain.ts';
import type { CallFacts } from '../../../core/facts.ts';
import { brandAs } from '../../../core/ids.ts';
import type { Condition, Rule } from '../../../core/policy.ts';
import { type Test, testsOf, whenOf } from './conditions.ts';
import { emptyCall } from './empty-call.ts';
import { type Finding, finding, isAbout, type LintInput, pathOf, pathOfKey, toolsOf } from './input.ts';

/** `not` over an amount: for a call that moves no money the comparison is false, so its opposite is true. */
export function negatedAmounts(input: LintInput): readonly Finding[] {
  return input.policy.rules.flatMap((rule) => {
    const negated = negationsOf(whenOf(rule)).find((part) => comparesMoney(part) && evaluate(part, READ) === 'true');
    if (negated === undefined || !reachesReads(input, rule)) return [];
    const fact = testsOf(negated).find(isMoneyTest)?.fact;
    const name = fact === undefined ? 'amount' : nameOf(fact);
    const path = pathOfKey(input, [...pathOf(rule), 'when'], 'not');
    const message = `\`not\` over \`${name}\` is true of every call that moves no money, and \`${rule.id}\` is about such calls too; select by \`money\`, or compare the other way round`;
    return [finding(input, 'not_amount_on_reads', path, message)];
  });
}

const READ: CallFacts = {
  ...emptyCall(
    {
      tool: brandAs('any/any'),
      upstream: { name: brandAs('any'), provider: null, tools: new Map(), assumeCurrency: null },
    },
    { kind: 'read', direction: 'none' },
  ),
  amount: { state: 'absent' },
  currency: { state: 'absent' },
};

function negationsOf(condition: Condition | undefined): readonly Condition[] {
  switch (condition?.is) {
    case undefined:
    case 'test':
      return [];
    case 'not':
      return [condition, ...negationsOf(condition.of)];
    case 'all':
    case 'any':
      return condition.of.flatMap(negationsOf);
  }
}

function comparesMoney(condition: Condition): boolean {
  return testsOf(condition).some(isMoneyTest);
}

function isMoneyTest({ fact, operator: { op } }: Test): boolean {
  return (fact.fact === 'amount' || fact.fact === 'currency') && op !== 'present' && op !== 'type';
}

function reachesReads(input: LintInput, rule: Rule): boolean {
  const broad = rule.selectors.some(({ by }) => by === 'any' || by === 'upstream' || by === 'name');
  const read = toolsOf(input).some((tool) =>
    tool.classifier.possible.some(
      (does) => does.kind !== 'unclassified' && does.direction === 'none' && isAbout(rule, tool, does),
    ),
  );
  return read || (broad && !input.configured);
}
