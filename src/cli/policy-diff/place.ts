/** Writing a value where a path leads, so that the arguments of a call can be put together. Nothing is changed in place. */
import { isArray, isObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parsePath } from '../../core/path.ts';
import type { Path } from '../../core/policy.ts';

/** `args` with `value` at `path`; `undefined` takes it out. `[*]` is the first element. */
export function put(args: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const written = write(args, path, value);
  return isObject(written) ? written : args;
}

/** `args` with one element for each value under the first `[*]` of the path; none leaves an empty array. */
export function putEach(args: JsonObject, path: Path, values: readonly Json[]): JsonObject {
  const each = path.findIndex(({ step }) => step === 'each');
  const elements = values.map((value) => write(undefined, path.slice(each + 1), value) ?? null);
  return put(args, path.slice(0, each), elements);
}

/** The path that the catalogue or the policy wrote; an unreadable one leads nowhere. */
export function pathOf(text: string): Path {
  const parsed = parsePath(text);
  return parsed.ok ? parsed.path : [];
}

function write(here: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (value === undefined && here === undefined) return undefined;
  if (step.step === 'key') return member(here, step.key, rest, value);
  return element(here, step.step === 'index' ? step.index : 0, rest, value);
}

function member(here: Json | undefined, key: string, rest: Path, value: Json | undefined): Json {
  const object = new Map(isObject(here) ? here : []);
  const child = write(object.get(key), rest, value);
  if (child === undefined) object.delete(key);
  else object.set(key, child);
  return object;
}

/** A long array would be mostly holes; such an index is out of any boundary's reach. */
const MAX_INDEX = 100;

function element(here: Json | undefined, index: number, rest: Path, value: Json | undefined): Json {
  const list: Json[] = isArray(here) ? [...here] : [];
  if (index > MAX_INDEX) return list;
  while (list.length < index) list.push(null);
  const child = write(list[index], rest, value);
  if (child === undefined) return list.slice(0, index);
  list[index] = child;
  return list;
}
