/** Paths such as `a.b[*].c[0]["odd.key"]`, read and walked. */
import { member } from './json.ts';
import type { J } from './json.ts';

const STEP = /\[\*\]|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.[\]"\s]+)/gy;
const EACH = Symbol('each');

type PathStep = string | number | typeof EACH;

const memory = new Map<string, readonly PathStep[]>();

function steps(path: string): readonly PathStep[] {
  const known = memory.get(path);
  if (known !== undefined) return known;
  const found = Array.from(path.matchAll(STEP), ([all, index, quoted, name]): PathStep => {
    if (all === '[*]') return EACH;
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (name ?? '') : (JSON.parse(quoted) as string);
  });
  memory.set(path, found);
  return found;
}

/** What stands at a place: a value, nothing, or something in the way that is not the object or array it had to be. */
export type Spot =
  | { readonly is: 'value'; readonly value: J; readonly at: string }
  | { readonly is: 'missing'; readonly at: string }
  | { readonly is: 'blocked'; readonly at: string };

/** True for a path that speaks of every element of an array. */
export function isMany(path: string): boolean {
  return steps(path).includes(EACH);
}

/**
 * All the places of a path. `at` is the list of the indices taken at each `[*]`, by which amounts find their factors.
 * An array that is empty has no places.
 */
export function spots(root: J, path: string): readonly Spot[] {
  let now: Spot[] = [{ is: 'value', value: root, at: '' }];
  const all = steps(path);
  all.forEach((step, position) => {
    const inner = all.indexOf(EACH, position) >= 0;
    now = now.flatMap((spot) => next(spot, step, inner));
  });
  return now;
}

/** `inner` if an array is still to come: an array that one element lacks is not one missing value. */
function next(spot: Spot, step: PathStep, inner: boolean): Spot[] {
  const { at } = spot;
  if (spot.is === 'missing' && inner && at !== '') return [{ is: 'blocked', at }];
  if (spot.is !== 'value') return [spot];
  const { value } = spot;
  if (step === EACH) {
    if (value.t === 'arr') return value.v.map((item, index) => ({ is: 'value', value: item, at: `${at}/${index}` }));
    return [lost(value, at, inner)];
  }
  const wanted = typeof step === 'number' ? 'arr' : 'obj';
  if (value.t !== wanted) return [lost(value, at, inner)];
  const held = value.t === 'arr' ? value.v[Number(step)] : member(value, String(step));
  return [held === undefined ? { is: 'missing', at } : { is: 'value', value: held, at }];
}

/** Null on the way counts as left out; anything else stands in the way. */
function lost(value: J, at: string, inner: boolean): Spot {
  return { is: value.t === 'null' && !(inner && at !== '') ? 'missing' : 'blocked', at };
}

/** The path up to its last `[*]` and what follows, or null for a path without one. */
export function splitAtLastEach(path: string): readonly [before: string, after: string] | null {
  const last = path.lastIndexOf('[*]');
  return last < 0 ? null : [path.slice(0, last + '[*]'.length), path.slice(last + '[*]'.length)];
}
