/**
 * Why a condition is what it is, in words that name the field. Built only when a trace or a denial asks for it. The
 * words repeat what the policy says and never what the agent wrote.
 */
import { evaluate, movesNothing } from './condition.ts';
import type { Test } from './condition.ts';
import type { CallFacts } from './facts.ts';
import { isArray, stringify, typeOf } from './json.ts';
import { formatMoneyBound } from './money-bound.ts';
import { isMoneyFact, resolve } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Bound, Condition, FactRef, Operator } from './policy.ts';

/** What made the condition true, false or unknown for this call: one clause, without a final period. */
export function explain(condition: Condition, call: CallFacts): string {
  const test = decisive(condition, call);
  return test === undefined ? 'the condition is empty' : explainTest(test, call);
}

/** The first test that has the truth of the whole, or its opposite under `not`. */
function decisive(condition: Condition, call: CallFacts): Test | undefined {
  switch (condition.is) {
    case 'test':
      return condition;
    case 'not':
      return decisive(condition.of, call);
    case 'all':
    case 'any': {
      const truth = evaluate(condition, call);
      const part = condition.of.find((candidate) => evaluate(candidate, call) === truth);
      return part === undefined ? undefined : decisive(part, call);
    }
  }
}

function explainTest(test: Test, call: CallFacts): string {
  const truth = evaluate(test, call);
  const name = `\`${nameOf(test.fact)}\``;
  const operand = resolve(test.fact, call);
  if (truth === 'unknown') return unknownWords(name, test.operator, operand);
  if (truth === 'false' && isMoneyFact(test.fact) && movesNothing(call))
    return `${name} says nothing of a call that moves no money`;
  return `${name} ${outcomeWords(test.operator, truth)}`;
}

/** The name of a fact as policies write it. */
export function nameOf(ref: FactRef): string {
  switch (ref.fact) {
    case 'args':
      return ref.text;
    case 'label':
      return `grant.${ref.label}`;
    case 'time':
      return `time.${ref.part}`;
    case 'amount':
    case 'currency':
    case 'reason':
    case 'recipient':
    case 'reference':
    case 'quantity':
    case 'kind':
    case 'direction':
    case 'tool':
    case 'upstream':
    case 'principal':
      return ref.fact;
  }
}

function unknownWords(name: string, operator: Operator, operand: Operand): string {
  switch (operand.is) {
    case 'absent':
      return `${name} is absent`;
    case 'unknown':
      return `${name} is unknown, because ${operand.why}`;
    case 'money':
      return `${name} is in ${operand.money.currency}, and the rule names no bound in that currency`;
    case 'places':
      if (operand.places.length === 0) return `${name} has no elements`;
      return `${name} has an element that is missing or that \`${operator.op}\` cannot check`;
    case 'value':
      if (isArray(operand.value) && operand.value.length === 0) return `${name} has no elements`;
      return `${name} is of type ${typeOf(operand.value)}, and \`${operator.op}\` cannot check that value`;
  }
}

type Phrase = readonly [holds: string, fails: string];

const COMPARISONS: Readonly<Record<'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', Phrase>> = {
  eq: ['is', 'is not'],
  ne: ['is not', 'is'],
  gt: ['is above', 'is not above'],
  gte: ['is at least', 'is below'],
  lt: ['is below', 'is not below'],
  lte: ['is at most', 'is above'],
};

const TEXTS: Readonly<Record<'starts_with' | 'ends_with' | 'contains', Phrase>> = {
  starts_with: ['starts with', 'does not start with'],
  ends_with: ['ends with', 'does not end with'],
  contains: ['contains', 'does not contain'],
};

function outcomeWords(operator: Operator, truth: 'true' | 'false'): string {
  const pick = ([holds, fails]: Phrase): string => (truth === 'true' ? holds : fails);
  switch (operator.op) {
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return `${pick(COMPARISONS[operator.op])} ${boundWords(operator.bound)}`;
    case 'in':
      return `${pick(['is one of', 'is none of'])} ${operator.values.map(boundWords).join(', ')}`;
    case 'not_in':
      return `${pick(['is none of', 'is one of'])} ${operator.values.map(boundWords).join(', ')}`;
    case 'present':
      return (truth === 'true') === operator.expected ? 'is present' : 'is absent';
    case 'type':
      return `${pick(['is', 'is not'])} of type ${operator.type}`;
    case 'matches':
      return `${pick(['matches', 'does not match'])} \`${operator.pattern.source}\``;
    case 'starts_with':
    case 'ends_with':
    case 'contains':
      return `${pick(TEXTS[operator.op])} ${quoted(operator.text)}`;
    case 'contains_value':
      return `${pick(TEXTS.contains)} ${quoted(stringify(operator.value))}`;
    case 'length':
    case 'any':
    case 'all':
    case 'sum':
    case 'count':
      return `${pick(['meets', 'does not meet'])} the rule's \`${operator.op}\``;
  }
}

function boundWords(bound: Bound): string {
  if (bound.is === 'money') return formatMoneyBound(bound.money);
  return quoted(typeof bound.value === 'string' ? bound.value : stringify(bound.value));
}

function quoted(text: string): string {
  const points = Array.from(text);
  return `\`${points.length > 80 ? `${points.slice(0, 80).join('')}…` : text}\``;
}
