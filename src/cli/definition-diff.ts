/** What changed between two definitions of a tool, member by member: an approver reads names and values, not braces. */
import { canonicalJson, isArray, isObject, type Json } from '../core/index.ts';

/** One change. `was` or `is` is null where there was or is nothing. */
export interface Change {
  /** Where, for example `inputSchema.properties.amount.type`. */
  readonly at: string;
  /** JSON texts. */
  readonly was: string | null;
  readonly is: string | null;
}

/** Every change from `was` to `is`, in the order of the old members, then the new ones. */
export function changesBetween(was: Json, is: Json, at = ''): readonly Change[] {
  if (isObject(was) && isObject(is)) {
    const keys = new Set([...was.keys(), ...is.keys()]);
    return [...keys].flatMap((key) => changed(was.get(key), is.get(key), at === '' ? key : `${at}.${key}`));
  }
  if (isArray(was) && isArray(is)) {
    const indexes = [...Array(Math.max(was.length, is.length)).keys()];
    return indexes.flatMap((index) => changed(was[index], is[index], `${at}[${index}]`));
  }
  return canonicalJson(was) === canonicalJson(is) ? [] : [{ at, was: canonicalJson(was), is: canonicalJson(is) }];
}

function changed(was: Json | undefined, is: Json | undefined, at: string): readonly Change[] {
  if (was !== undefined && is !== undefined) return changesBetween(was, is, at);
  if (was === undefined && is === undefined) return [];
  return [{ at, was: was === undefined ? null : canonicalJson(was), is: is === undefined ? null : canonicalJson(is) }];
}
