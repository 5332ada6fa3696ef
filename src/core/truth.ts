/** Kleene's strong three-valued logic: unknown is "true or false, nobody can say which". */
import type { Truth } from './decision.ts';

export function fromBoolean(value: boolean): Truth {
  return value ? 'true' : 'false';
}

const NOT: Readonly<Record<Truth, Truth>> = { true: 'false', false: 'true', unknown: 'unknown' };

export function not(truth: Truth): Truth {
  return NOT[truth];
}

/** False as soon as one is false; else unknown if one is unknown. True of nothing at all. */
export function allOf<T>(items: readonly T[], truthOf: (item: T) => Truth): Truth {
  let result: Truth = 'true';
  for (const item of items) {
    const truth = truthOf(item);
    if (truth === 'false') return 'false';
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}

/** True as soon as one is true; else unknown if one is unknown. False of nothing at all. */
export function anyOf<T>(items: readonly T[], truthOf: (item: T) => Truth): Truth {
  let result: Truth = 'false';
  for (const item of items) {
    const truth = truthOf(item);
    if (truth === 'true') return 'true';
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}
