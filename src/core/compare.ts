/** Comparing what was written, exactly: no type is converted into another, no case is folded, no number is rounded. */
import { compareDecimals, parseDecimal, sameDecimal } from './decimal.ts';
import type { Truth } from './decision.ts';
import { isArray, isObject, JsonNumber, typeOf } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Operand } from './operand.ts';
import type { Bound } from './policy.ts';
import { fromBoolean } from './truth.ts';

/** Days of the calendar are the only strings with an order; `"900"` is not below `"1000"`. */
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** Negative, zero or positive as the operand is below, at or above the bound; nothing where no order is defined. */
export function orderOf(operand: Operand, bound: Bound): number | undefined {
  if (operand.is === 'money' && bound.is === 'money') {
    const limit = bound.money.get(operand.money.currency);
    if (limit === undefined) return undefined;
    return operand.money.minor < limit ? -1 : operand.money.minor > limit ? 1 : 0;
  }
  if (operand.is !== 'value' || bound.is !== 'value') return undefined;
  return orderOfValues(operand.value, bound.value);
}

function orderOfValues(left: Json, right: Json): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    if (!DATE.test(left) || !DATE.test(right)) return undefined;
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (!(left instanceof JsonNumber) || !(right instanceof JsonNumber)) return undefined;
  const [a, b] = [parseDecimal(left.text), parseDecimal(right.text)];
  return a === undefined || b === undefined ? undefined : compareDecimals(a, b);
}

/** Equality with a bound; unknown where the operand is absent, of another type, or in a currency without a bound. */
export function equals(operand: Operand, bound: Bound): Truth {
  if (operand.is === 'money' || bound.is === 'money') {
    const order = orderOf(operand, bound);
    return order === undefined ? 'unknown' : fromBoolean(order === 0);
  }
  if (operand.is !== 'value' || typeOf(operand.value) !== typeOf(bound.value)) return 'unknown';
  return sameJson(operand.value, bound.value);
}

/** Deep equality of JSON; unknown only where a number is too large to be compared. */
export function sameJson(left: Json, right: Json): Truth {
  if (left instanceof JsonNumber && right instanceof JsonNumber) {
    const [a, b] = [parseDecimal(left.text), parseDecimal(right.text)];
    return a === undefined || b === undefined ? 'unknown' : fromBoolean(sameDecimal(a, b));
  }
  if (isArray(left) && isArray(right)) return sameElements(left, right);
  if (isObject(left) && isObject(right)) return sameMembers(left, right);
  return fromBoolean(left === right);
}

function sameElements(left: readonly Json[], right: readonly Json[]): Truth {
  if (left.length !== right.length) return 'false';
  return every(left.map((element, index) => [element, right[index]] as const));
}

function sameMembers(left: JsonObject, right: JsonObject): Truth {
  if (left.size !== right.size) return 'false';
  return every([...left].map(([key, member]) => [member, right.get(key)] as const));
}

function every(pairs: readonly (readonly [Json, Json | undefined])[]): Truth {
  let result: Truth = 'true';
  for (const [left, right] of pairs) {
    const same = right === undefined ? 'false' : sameJson(left, right);
    if (same === 'false') return 'false';
    if (same === 'unknown') result = 'unknown';
  }
  return result;
}
