/** Every operator of a condition, over every operand, in three values. */
import { equals, orderOf } from './compare.ts';
import { addDecimals, isWhole, parseDecimal } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import type { Truth } from './decision.ts';
import { isArray, JsonNumber, typeOf } from './json.ts';
import type { Json, JsonType } from './json.ts';
import { operandOf, placeOperand } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Bound, Operator, Pattern } from './policy.ts';
import { allOf, anyOf, fromBoolean, not } from './truth.ts';

/** What one operator says of one operand. */
export function apply(operator: Operator, operand: Operand): Truth {
  switch (operator.op) {
    case 'eq':
      return equals(operand, operator.bound);
    case 'ne':
      return not(equals(operand, operator.bound));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return ordered(operator.op, operand, operator.bound);
    case 'in':
      return member(operand, operator.values);
    case 'not_in':
      return not(member(operand, operator.values));
    case 'present':
      return fromBoolean(isPresent(operand) === operator.expected);
    case 'type':
      return fromBoolean(hasType(operand, operator.type));
    case 'matches':
      return onString(operand, (text) => matched(operator.pattern, text));
    case 'starts_with':
      return onString(operand, (text) => fromBoolean(text.startsWith(operator.text)));
    case 'ends_with':
      return onString(operand, (text) => fromBoolean(text.endsWith(operator.text)));
    case 'contains':
      return contains(operand, operator.text);
    case 'contains_value':
      return contains(operand, operator.value);
    case 'length':
      return lengthHolds(operator.test, operand);
    case 'any':
    case 'all':
      return quantified(operator.op, operator.test, operand);
    case 'sum':
      return sumHolds(operator.test, operand);
    case 'count':
      return countHolds(operator.test, operand);
  }
}

const ORDER: Readonly<Record<'gt' | 'gte' | 'lt' | 'lte', (order: number) => boolean>> = {
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
};

function ordered(op: 'gt' | 'gte' | 'lt' | 'lte', operand: Operand, bound: Bound): Truth {
  const order = orderOf(operand, bound);
  return order === undefined ? 'unknown' : fromBoolean(ORDER[op](order));
}

/**
 * Membership. Members of another type, or in another currency, are no obstacle as long as one can be compared; with
 * none, nothing is known.
 */
function member(operand: Operand, values: readonly Bound[]): Truth {
  const truths = values.map((value) => equals(operand, value)).filter((truth) => truth !== 'unknown');
  return truths.length === 0 ? 'unknown' : fromBoolean(truths.includes('true'));
}

function isPresent(operand: Operand): boolean {
  switch (operand.is) {
    case 'value':
    case 'money':
      return true;
    case 'absent':
      return false;
    case 'unknown':
      return operand.given;
    case 'places':
      return operand.places.some((place) => isPresent(placeOperand(place)));
  }
}

function hasType(operand: Operand, type: JsonType | 'integer'): boolean {
  if (operand.is === 'places') return type === 'array';
  if (operand.is === 'absent') return operand.raw === null && type === 'null';
  if (operand.is !== 'value') return false;
  if (type !== 'integer') return typeOf(operand.value) === type;
  const decimal = operand.value instanceof JsonNumber ? parseDecimal(operand.value.text) : undefined;
  return decimal !== undefined && isWhole(decimal);
}

function onString(operand: Operand, test: (text: string) => Truth): Truth {
  return operand.is === 'value' && typeof operand.value === 'string' ? test(operand.value) : 'unknown';
}

/** The pattern's engine is not ours; one that fails has not matched and has not refused. */
function matched(pattern: Pattern, text: string): Truth {
  try {
    return fromBoolean(pattern.matches(text));
  } catch {
    return 'unknown';
  }
}

/** A part of a string, or an element of an array; an element of another type may be the part to whoever converts it. */
function contains(operand: Operand, part: Json): Truth {
  if (operand.is !== 'value') return 'unknown';
  if (isArray(operand.value)) {
    return anyOf(operand.value, (element) => equals(operandOf(element), { is: 'value', value: part }));
  }
  if (typeof operand.value !== 'string' || typeof part !== 'string') return 'unknown';
  return fromBoolean(operand.value.includes(part));
}

/** All of `test` against a number that was counted or summed. */
function numberHolds(test: readonly Operator[], text: string): Truth {
  const operand: Operand = { is: 'value', value: new JsonNumber(text) };
  return allOf(test, (operator) => apply(operator, operand));
}

/** Code points of a string, elements of an array. */
function lengthHolds(test: readonly Operator[], operand: Operand): Truth {
  if (operand.is !== 'value') return 'unknown';
  if (isArray(operand.value)) return numberHolds(test, String(operand.value.length));
  if (typeof operand.value !== 'string') return 'unknown';
  return numberHolds(test, String(Array.from(operand.value).length));
}

/** The elements a quantifier runs over; `absent` for no array at all, nothing where it cannot be known. */
function elementsOf(operand: Operand): readonly Operand[] | undefined {
  if (operand.is === 'absent') return [];
  if (operand.is === 'places') return operand.places.map(placeOperand);
  if (operand.is === 'value' && isArray(operand.value)) return operand.value.map(operandOf);
  return undefined;
}

function quantified(op: 'any' | 'all', test: readonly Operator[], operand: Operand): Truth {
  const elements = elementsOf(operand);
  if (elements === undefined || elements.length === 0) return 'unknown';
  const holds = (element: Operand): Truth => allOf(test, (operator) => apply(operator, element));
  return op === 'any' ? anyOf(elements, holds) : allOf(elements, holds);
}

function sumHolds(test: readonly Operator[], operand: Operand): Truth {
  const elements = elementsOf(operand);
  if (elements === undefined || elements.length === 0) return 'unknown';
  let total: Decimal = { units: 0n, exponent: 0 };
  for (const element of elements) {
    const addend = element.is === 'value' && element.value instanceof JsonNumber ? element.value.text : '';
    const decimal = parseDecimal(addend);
    if (decimal === undefined) return 'unknown';
    total = addDecimals(total, decimal);
  }
  return numberHolds(test, `${total.units}e${total.exponent}`);
}

/** Absent is zero elements; an element that is not where the path expects it leaves the number unknown. */
function countHolds(test: readonly Operator[], operand: Operand): Truth {
  const elements = elementsOf(operand);
  if (elements === undefined || elements.some((element) => element.is === 'unknown')) return 'unknown';
  return numberHolds(test, String(elements.length));
}
