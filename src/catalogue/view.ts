/** The arguments of a call as an entry reads them: with JSON taken out of strings, and bracket keys in their long form. */
import type { CatalogueEntry } from '../core/entry.ts';
import { isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Path } from '../core/policy.ts';
import { unflatten } from './brackets.ts';
import { parseJsonText } from './json-text.ts';
import { pathOf } from './paths.ts';

/** The arguments, or why they cannot be seen through. */
export type View = { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly why: string };

/** How an entry reads arguments. Never throws. */
export function viewerOf(entry: CatalogueEntry): (args: JsonObject) => View {
  const { brackets, json } = entry;
  if (json !== undefined) {
    return viewer(pathOf(json), opened, `\`${json}\` must hold an object in JSON that names each key once`);
  }
  if (brackets !== undefined) {
    return viewer(pathOf(brackets), spelledOut, `\`${brackets}\` must name each of its places once`);
  }
  return (args) => ({ ok: true, args });
}

function viewer(path: Path, read: (value: Json) => Json | undefined, why: string): (args: JsonObject) => View {
  return (args) => {
    const seen = replaced(args, path, read);
    return isObject(seen) ? { ok: true, args: seen } : { ok: false, why };
  };
}

function opened(value: Json): Json | undefined {
  const parsed = typeof value === 'string' ? parseJsonText(value) : undefined;
  return isObject(parsed) ? parsed : undefined;
}

function spelledOut(value: Json): Json | undefined {
  return isObject(value) ? unflatten(value) : undefined;
}

/** A copy of `root` with the value at `path` replaced; what is not there is left out. */
function replaced(root: Json, path: Path, read: (value: Json) => Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return read(root);
  if (!isObject(root) || step.step !== 'key') return undefined;
  const child = root.get(step.key);
  if (child === undefined) return root;
  const value = replaced(child, rest, read);
  return value === undefined ? undefined : new Map(root).set(step.key, value);
}
