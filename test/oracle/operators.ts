/** Every operator over one value. The argument is what the policy says, as it is written there. */

import type { Derived } from './amounts.ts';
import { isNothing } from './blank.ts';
import { among, equal, order, ordered } from './compare.ts';
import { add, decimal } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import type { J } from './json.ts';
import { boundFor } from './money.ts';
import type { Cash } from './money.ts';
import { matchesWhole } from './pattern.ts';
import type { Tally } from './tally.ts';
import { and3, not3, or3, yes } from './truth.ts';
import type { T3 } from './truth.ts';

/** What an operator looks at. `isNull` if a null is written there, which is absent and yet has a type. */
export interface Operand {
  readonly fact: Derived<J>;
  readonly isNull: boolean;
}

export function operandOf(value: J): Operand {
  return { isNull: value.t === 'null', fact: isNothing(value) ? { is: 'absent' } : { is: 'known', value } };
}

/** All operators of a test, ANDed. */
export function test(operand: Operand, doc: J, tally: Tally): T3 {
  const operators = doc.t === 'obj' ? doc.v : [];
  return and3(operators.map(([op, bound]) => tally.truth(op, one(op, bound, operand, tally))));
}

function one(op: string, bound: J, operand: Operand, tally: Tally): T3 {
  const { fact } = operand;
  if (op === 'present') return yes((fact.is === 'known' || (fact.is === 'unknown' && fact.given)) === isTrue(bound));
  if (op === 'type') return yes(bound.t === 'str' && hasType(operand, bound.v));
  if (op === 'count' && fact.is === 'absent') return test(number(0), bound, tally);
  if (fact.is !== 'known') return 'U';
  return compare(op, bound, fact.value, tally);
}

function isTrue(value: J): boolean {
  return value.t === 'bool' && value.v;
}

const TYPES: Readonly<Record<J['t'], string>> = {
  null: 'null',
  bool: 'boolean',
  str: 'string',
  num: 'number',
  arr: 'array',
  obj: 'object',
};

function hasType({ fact, isNull }: Operand, type: string): boolean {
  if (fact.is !== 'known') return isNull && type === 'null';
  const { value } = fact;
  if (type !== 'integer') return TYPES[value.t] === type;
  const read = value.t === 'num' ? decimal(value.v) : null;
  return read !== null && read.exponent >= 0n;
}

function number(value: number): Operand {
  return operandOf({ t: 'num', v: String(value) });
}

function members(bound: J): readonly J[] {
  return bound.t === 'arr' ? bound.v : [];
}

function compare(op: string, bound: J, value: J, tally: Tally): T3 {
  switch (op) {
    case 'eq':
      return equal(value, bound);
    case 'ne':
      return not3(equal(value, bound));
    case 'in':
      return among(members(bound).map((member) => equal(value, member)));
    case 'not_in':
      return not3(among(members(bound).map((member) => equal(value, member))));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return ordered(op, order(value, bound));
    case 'matches':
    case 'starts_with':
    case 'ends_with':
      return aboutText(op, bound, value);
    case 'contains':
      return contains(value, bound);
    case 'length':
      return lengthTest(value, bound, tally);
    default:
      return value.t === 'arr' ? quantified(op, value.v.map(operandOf), bound, tally) : 'U';
  }
}

function aboutText(op: string, bound: J, value: J): T3 {
  if (value.t !== 'str' || bound.t !== 'str') return 'U';
  if (op === 'matches') return yes(matchesWhole(bound.v, value.v));
  if (op === 'starts_with') return yes(value.v.slice(0, bound.v.length) === bound.v);
  return yes(value.v.length >= bound.v.length && value.v.slice(value.v.length - bound.v.length) === bound.v);
}

function contains(value: J, bound: J): T3 {
  if (value.t === 'arr') return or3(value.v.map((item) => (isNothing(item) ? 'U' : equal(item, bound))));
  return value.t === 'str' && bound.t === 'str' ? yes(value.v.includes(bound.v)) : 'U';
}

function lengthTest(value: J, doc: J, tally: Tally): T3 {
  if (value.t === 'str') return test(number(Array.from(value.v).length), doc, tally);
  return value.t === 'arr' ? test(number(value.v.length), doc, tally) : 'U';
}

/** `any`, `all`, `sum` and `count` over elements. */
export function quantified(op: string, elements: readonly Operand[], doc: J, tally: Tally): T3 {
  if (op === 'count') {
    if (elements.some(({ fact }) => fact.is === 'unknown')) return 'U';
    return test(number(elements.length), doc, tally);
  }
  if (elements.length === 0) return 'U';
  if (op === 'any') return or3(elements.map((element) => test(element, doc, tally)));
  if (op === 'all') return and3(elements.map((element) => test(element, doc, tally)));
  return sumTest(elements, doc, tally);
}

function sumTest(elements: readonly Operand[], doc: J, tally: Tally): T3 {
  let total: Decimal = { digits: 0n, exponent: 0n };
  for (const { fact } of elements) {
    const addend = fact.is === 'known' && fact.value.t === 'num' ? decimal(fact.value.v) : null;
    if (addend === null) return 'U';
    total = add(total, addend);
  }
  return test(operandOf({ t: 'num', v: `${total.digits}e${total.exponent}` }), doc, tally);
}

/** The operators of `amount`: only bounds of the same currency say anything. */
export function moneyTest(amount: Derived<Cash>, doc: J, tally: Tally): T3 {
  const operators = doc.t === 'obj' ? doc.v : [];
  return and3(operators.map(([op, bound]) => tally.truth(`amount.${op}`, moneyOne(op, bound, amount))));
}

function moneyOne(op: string, bound: J, amount: Derived<Cash>): T3 {
  if (op === 'present')
    return yes((amount.is === 'known' || (amount.is === 'unknown' && amount.given)) === isTrue(bound));
  if (amount.is !== 'known') return 'U';
  const { minor, currency } = amount.value;
  const against = (one: J): number | null => {
    const limit = boundFor(one, currency);
    return limit === null ? null : minor < limit ? -1 : minor > limit ? 1 : 0;
  };
  const same = (one: J): T3 => {
    const found = against(one);
    return found === null ? 'U' : yes(found === 0);
  };
  if (op === 'eq') return same(bound);
  if (op === 'ne') return not3(same(bound));
  if (op === 'in') return among(members(bound).map(same));
  if (op === 'not_in') return not3(among(members(bound).map(same)));
  return ordered(op, against(bound));
}
