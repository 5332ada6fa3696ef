/** The entries of a tool, found by the argument values that select them. */
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { lookup } from '../core/lookup.ts';
import type { Path } from '../core/policy.ts';
import { AcceptedNames } from './accepts.ts';
import { pathsOf } from './fit.ts';
import { pathOf } from './paths.ts';
import { matchesRoute } from './routes.ts';
import { viewerOf } from './view.ts';
import type { View } from './view.ts';

/** One entry ready to meet calls. */
export class Use {
  readonly entry: CatalogueEntry;
  readonly order: number;
  /** Reads the arguments as the entry needs them. */
  readonly view: (args: JsonObject) => View;
  readonly #routes: readonly { readonly path: Path; readonly templates: readonly string[] }[];
  #accepted: AcceptedNames | undefined;

  constructor(entry: CatalogueEntry, order: number) {
    this.entry = entry;
    this.order = order;
    this.view = viewerOf(entry);
    this.#routes = Object.entries(entry.routes ?? {}).map(([text, templates]) => ({ path: pathOf(text), templates }));
  }

  /** True if every argument that is written as a path is one of those the entry names. */
  onRoute(args: JsonObject): boolean {
    return this.#routes.every(({ path, templates }) => {
      const value = valueAt(args, path);
      return typeof value === 'string' && templates.some((template) => matchesRoute(value, template));
    });
  }

  /** The first place in what the entry sees that it does not know; a tool that its schema describes has none. */
  stray(seen: JsonObject): Path | undefined {
    if (!isRestricted(this.entry)) return undefined;
    // Most uses of a generic tool never meet a call.
    this.#accepted ??= new AcceptedNames(pathsOf(this.entry).map(({ text }) => pathOf(text)));
    return this.#accepted.stray(seen);
  }
}

/** True if the arguments decide whether the entry applies. */
export function isRestricted({ when, routes, accepts }: CatalogueEntry): boolean {
  return when !== undefined || routes !== undefined || accepts !== undefined;
}

/** Uses that are selected by the same arguments. */
interface Group {
  readonly paths: readonly Path[];
  readonly byValues: Map<string, Use[]>;
}

/** Finds the uses that a call selects, in time that does not grow with their number. */
export class UseIndex {
  readonly #groups: readonly Group[];

  constructor(entries: ToolEntries) {
    const groups = new Map<string, Group>();
    for (const [order, entry] of entries.entries()) enter(groups, new Use(entry, order));
    this.#groups = [...groups.values()];
  }

  /** The uses whose `when` and `routes` hold, in the order of the entries. */
  selected(args: JsonObject): readonly Use[] {
    const found = this.#groups.flatMap(({ paths, byValues }) => byValues.get(keyOf(paths, args) ?? '') ?? []);
    const uses = found.filter((use) => use.onRoute(args));
    return this.#groups.length === 1 ? uses : uses.sort((one, other) => one.order - other.order);
  }
}

function enter(groups: Map<string, Group>, use: Use): void {
  const conditions = Object.entries(use.entry.when ?? {});
  const texts = conditions.map(([text]) => text);
  const name = JSON.stringify(texts);
  const group = groups.get(name) ?? { paths: texts.map(pathOf), byValues: new Map<string, Use[]>() };
  groups.set(name, group);
  for (const key of keysOf(conditions.map(([, values]) => values))) {
    const uses = group.byValues.get(key);
    if (uses === undefined) group.byValues.set(key, [use]);
    else uses.push(use);
  }
}

/** Every combination of the values, as keys. */
function keysOf(alternatives: readonly (readonly (string | null)[])[]): readonly string[] {
  let keys = [[] as readonly (string | null)[]];
  for (const values of alternatives) keys = keys.flatMap((key) => values.map((value) => [...key, value]));
  return [...new Set(keys.map((key) => JSON.stringify(key)))];
}

/** Exactly the values, letter by letter: the server may fold what we do not. Another type selects nothing. */
function keyOf(paths: readonly Path[], args: JsonObject): string | undefined {
  const values: (string | null)[] = [];
  for (const path of paths) {
    const found = lookup(args, path);
    if (found.found === 'none') values.push(null);
    else if (found.found === 'one' && typeof found.value === 'string') values.push(found.value);
    else return undefined;
  }
  return JSON.stringify(values);
}

function valueAt(args: JsonObject, path: Path): Json {
  const found = lookup(args, path);
  return found.found === 'one' ? found.value : null;
}
