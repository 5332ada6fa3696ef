/** Two JSON values, exactly and without converting types. */
import { compareDecimals, decimal } from './decimal.ts';
import type { J } from './json.ts';
import { yes } from './truth.ts';
import type { T3 } from './truth.ts';

/** U across types, and for what is neither a text, a number nor a boolean. */
export function equal(value: J, bound: J): T3 {
  if (value.t === 'str' && bound.t === 'str') return yes(value.v === bound.v);
  if (value.t === 'bool' && bound.t === 'bool') return yes(value.v === bound.v);
  const found = order(value, bound);
  return value.t === 'num' && found !== null ? yes(found === 0) : 'U';
}

const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** Below, at or above zero; null for what has no order: everything but numbers that can be read and days. */
export function order(value: J, bound: J): number | null {
  if (value.t === 'num' && bound.t === 'num') {
    const [a, b] = [decimal(value.v), decimal(bound.v)];
    return a === null || b === null ? null : compareDecimals(a, b);
  }
  if (value.t !== 'str' || bound.t !== 'str') return null;
  if (!DAY.test(value.v) || !DAY.test(bound.v)) return null;
  return value.v < bound.v ? -1 : value.v > bound.v ? 1 : 0;
}

export function ordered(op: string, found: number | null): T3 {
  if (found === null) return 'U';
  if (op === 'gt') return yes(found > 0);
  if (op === 'gte') return yes(found >= 0);
  if (op === 'lt') return yes(found < 0);
  return yes(found <= 0);
}

/** `in`: the members that can be compared decide; U if there is none. */
export function among(truths: readonly T3[]): T3 {
  if (truths.includes('T')) return 'T';
  return truths.includes('F') ? 'F' : 'U';
}
