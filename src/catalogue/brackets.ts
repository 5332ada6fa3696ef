/**
 * Keys such as `items[0][price]`, which servers of form-encoded APIs accept in place of nested objects. Only what has
 * one reading is unflattened: with two spellings of one place, nobody knows which of them the server takes.
 */
import { isArray, isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';

const BRACKETED = /^[^[\]]+(?:\[[^[\]]+\])+$/;
const INDEX = /^(?:0|[1-9][0-9]{0,2})$/;
const MAX_SEGMENTS = 16;

/** A place that is being put together; it ends as an object or as an array. */
type Building = Map<string, Building | { readonly value: Json }>;

/** The object with every bracket key in its long form; nothing if a key is no bracket key, or a place is named twice. */
export function unflatten(flat: JsonObject): JsonObject | undefined {
  const nested = new Map<string, Json>();
  const built: Building = new Map();
  for (const [key, value] of flat) {
    if (!/[[\]]/.test(key)) nested.set(key, value);
    else if (!BRACKETED.test(key) || !place(built, segmentsOf(key), value)) return undefined;
  }
  for (const [key, building] of built) {
    const value = finish(building);
    if (value === undefined || nested.has(key)) return undefined;
    nested.set(key, value);
  }
  return nested;
}

function segmentsOf(key: string): readonly string[] {
  return key.replaceAll(']', '').split('[');
}

function place(into: Building, segments: readonly string[], value: Json): boolean {
  if (segments.length > MAX_SEGMENTS) return false;
  let here = into;
  for (const segment of segments.slice(0, -1)) {
    const next = here.get(segment) ?? new Map<string, Building | { readonly value: Json }>();
    if (!(next instanceof Map)) return false;
    here.set(segment, next);
    here = next;
  }
  const last = segments.at(-1) ?? '';
  if (here.has(last)) return false;
  here.set(last, { value });
  return true;
}

function finish(building: Building | { readonly value: Json }): Json | undefined {
  // A value under a bracket key may hold no bracket keys of its own: they would be a second layer of the same trick.
  if (!(building instanceof Map)) return hasBracketKey(building.value) ? undefined : building.value;
  const members = new Map<string, Json>();
  for (const [key, child] of building) {
    const value = finish(child);
    if (value === undefined) return undefined;
    members.set(key, value);
  }
  return [...members.keys()].some((key) => INDEX.test(key)) ? arrayOf(members) : members;
}

/** An array names its elements from 0 without a gap, in whatever order. */
function arrayOf(members: ReadonlyMap<string, Json>): Json | undefined {
  const elements: Json[] = [];
  for (let index = 0; index < members.size; index += 1) {
    const element = members.get(String(index));
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return elements;
}

function hasBracketKey(value: Json): boolean {
  if (isArray(value)) return value.some(hasBracketKey);
  return isObject(value) && [...value].some(([key, member]) => /[[\]]/.test(key) || hasBracketKey(member));
}
