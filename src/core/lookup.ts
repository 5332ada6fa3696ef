/** Following a path through arguments that an agent wrote. Total: whatever the shape, there is an answer. */
import { isArray, isObject } from './json.ts';
import type { Json } from './json.ts';
import type { Path } from './policy.ts';

/**
 * What stands at one place. `missing`: left out. `blocked`: something on the way is not the object or the array that
 * the path needs, so what the server will read there cannot be known.
 */
export type Place =
  | { readonly state: 'value'; readonly value: Json; readonly at: readonly number[] }
  | { readonly state: 'missing'; readonly at: readonly number[] }
  | { readonly state: 'blocked'; readonly at: readonly number[] };

/** `many` is for a path with `[*]`: every element in order, `at` holding its indices. */
export type Found =
  | { readonly found: 'one'; readonly value: Json }
  | { readonly found: 'none' }
  | { readonly found: 'blocked' }
  | { readonly found: 'many'; readonly places: readonly Place[] };

/** Everything but marks that can be seen: white space, controls, format characters, blank letters. */
const UNSEEN = String.raw`[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]`;
const INVISIBLE = new RegExp(`^${UNSEEN}*$`, 'u');
const UNSEEN_EDGE = new RegExp(`^${UNSEEN}|${UNSEEN}$`, 'u');

/**
 * True for null and for a string in which nothing can be seen; both count as left out. Zero-width characters are white
 * space here, or an agent would meet "a reason is required" with a reason that no approver can see.
 */
export function isBlank(value: Json): boolean {
  return value === null || (typeof value === 'string' && INVISIBLE.test(value));
}

/** True if the first and the last character can be seen. A server may cut off what cannot, and then two texts are one. */
export function isTrimmed(text: string): boolean {
  return !UNSEEN_EDGE.test(text);
}

/** What a path finds. */
export function lookup(root: Json, path: Path): Found {
  const places: Place[] = [];
  collect(root, path, 0, [], places);
  const first = places[0];
  if (first?.at.length === 0) return single(first);
  return { found: 'many', places };
}

function single(place: Place): Found {
  switch (place.state) {
    case 'value':
      return { found: 'one', value: place.value };
    case 'missing':
      return { found: 'none' };
    case 'blocked':
      return { found: 'blocked' };
  }
}

function collect(root: Json, path: Path, from: number, at: readonly number[], places: Place[]): void {
  let here: Json | undefined = root;
  for (let position = from; position < path.length; position += 1) {
    if (here === undefined || here === null) {
      places.push({ state: lostArray(path, position, at) ? 'blocked' : 'missing', at });
      return;
    }
    const step = path[position];
    if (step?.step === 'each' && isArray(here)) {
      here.forEach((element, index) => collect(element, path, position + 1, [...at, index], places));
      return;
    }
    if (step?.step === 'key' && isObject(here)) here = here.get(step.key);
    else if (step?.step === 'index' && isArray(here)) here = here[step.index];
    else {
      places.push({ state: 'blocked', at });
      return;
    }
  }
  places.push(here === undefined ? { state: 'missing', at } : { state: 'value', value: here, at });
}

/** An inner array that one element lacks cannot be counted as one missing value. */
function lostArray(path: Path, position: number, at: readonly number[]): boolean {
  return at.length > 0 && path.slice(position).some((step) => step.step === 'each');
}
