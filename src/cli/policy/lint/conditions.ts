/** Questions about conditions that need no call. */
import { JsonNumber } from '../../../core/json.ts';
import type { Bound, Condition, FactRef, Operator, Rule } from '../../../core/policy.ts';
import type { MoneyBound } from '../../../core/money.ts';

export type Test = Extract<Condition, { is: 'test' }>;

/** The condition of a rule, if its effect has one. */
export function whenOf(rule: Rule): Condition | undefined {
  return rule.effect === 'hide' ? undefined : rule.when;
}

/** Every test of a condition. */
export function testsOf(condition: Condition | undefined): readonly Test[] {
  if (condition === undefined) return [];
  switch (condition.is) {
    case 'test':
      return [condition];
    case 'not':
      return testsOf(condition.of);
    case 'all':
    case 'any':
      return condition.of.flatMap(testsOf);
  }
}

/** True if the condition compares the amount, rather than asking whether there is one. */
export function boundsAmount(condition: Condition | undefined): boolean {
  return testsOf(condition).some(
    ({ fact, operator: { op } }) => fact.fact === 'amount' && op !== 'present' && op !== 'type',
  );
}

/** The money bounds of an operator. */
export function moneyBounds(operator: Operator): readonly MoneyBound[] {
  if ('bound' in operator) return operator.bound.is === 'money' ? [operator.bound.money] : [];
  return operator.op === 'in' || operator.op === 'not_in'
    ? operator.values.flatMap((value) => (value.is === 'money' ? [value.money] : []))
    : [];
}

/** True if `later` is false of every call of which `earlier` is false. It may miss cases, and never makes one up. */
export function implies(later: Condition | undefined, earlier: Condition | undefined): boolean {
  if (earlier === undefined) return true;
  if (later === undefined) return false;
  if (sameCondition(later, earlier)) return true;
  if (later.is === 'any') return later.of.every((part) => implies(part, earlier));
  if (earlier.is === 'all') return earlier.of.every((part) => implies(later, part));
  if (later.is === 'all' && later.of.some((part) => implies(part, earlier))) return true;
  if (earlier.is === 'any') return earlier.of.some((part) => implies(later, part));
  return later.is === 'test' && earlier.is === 'test' && testImplies(later, earlier);
}

/** True if the conditions say the same in the same words. */
export function sameCondition(left: Condition, right: Condition): boolean {
  return textOf(left) === textOf(right);
}

/** Every rule of a policy is held against every other, and each text is made once. */
const TEXTS = new WeakMap<Condition | FactRef, string>();

function textOf(value: Condition | FactRef): string {
  const text = TEXTS.get(value) ?? writtenOut(value);
  TEXTS.set(value, text);
  return text;
}

function writtenOut(value: Condition | FactRef): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return String(part);
    return part instanceof Map ? [...part].sort(([left], [right]) => (String(left) < String(right) ? -1 : 1)) : part;
  });
}

const UP: ReadonlySet<string> = new Set(['gt', 'gte']);
const DOWN: ReadonlySet<string> = new Set(['lt', 'lte']);

/** Two bounds on one fact in one direction, where whatever passes the later has passed the earlier. */
function testImplies(later: Test, earlier: Test): boolean {
  if (textOf(later.fact) !== textOf(earlier.fact)) return false;
  const [far, near] = [later.operator, earlier.operator];
  if (!('bound' in far) || !('bound' in near)) return false;
  const strict = near.op.length === 2 && far.op.length === 3;
  if (UP.has(far.op) && UP.has(near.op)) return isBeyond(far.bound, near.bound, strict, 1);
  return DOWN.has(far.op) && DOWN.has(near.op) && isBeyond(far.bound, near.bound, strict, -1);
}

/** `sign` 1: `far` is not below `near`, nor equal if `strict`; -1: not above. */
function isBeyond(far: Bound, near: Bound, strict: boolean, sign: 1 | -1): boolean {
  if (far.is === 'money' && near.is === 'money')
    return [...near.money].every(([currency, minor]) => {
      const other = far.money.get(currency);
      return other !== undefined && isPast(Number(other - minor) * sign, strict);
    });
  if (far.is !== 'value' || near.is !== 'value') return false;
  if (!(far.value instanceof JsonNumber) || !(near.value instanceof JsonNumber)) return false;
  return isPast((Number(far.value.text) - Number(near.value.text)) * sign, strict);
}

function isPast(distance: number, strict: boolean): boolean {
  return strict ? distance > 0 : distance >= 0;
}
