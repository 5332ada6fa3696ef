/** The top-level arguments that a tool's schema names, for the audit log. */
import { canonicalJson, CanonicalError } from '../core/canonical.ts';
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { ToolSchema } from './schema.ts';

/** A choice among more values is taken for free text. */
const MOST_VALUES = 64;

/** An argument that the schema names. */
export interface NamedArgument {
  /** The canonical texts of its values, if the schema lists them and they are few; else null. */
  readonly values: ReadonlySet<string> | null;
}

/** One schema, read once. */
export class ArgumentNames {
  readonly #schema: ToolSchema;
  readonly #known = new Map<string, NamedArgument>();

  constructor(inputSchema: Json) {
    this.#schema = new ToolSchema(inputSchema);
  }

  /** Nothing for a name that the schema lacks: an agent made it up. */
  find(name: string): NamedArgument | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const next = this.#schema.key(this.#schema.top, name);
    if (next.is !== 'named') return undefined;
    const named = { values: valuesOf(next.alternatives) };
    this.#known.set(name, named);
    return named;
  }
}

const READ = new WeakMap<JsonObject, ArgumentNames>();
const NO_NAMES = new ArgumentNames(null);

/** The names of a schema; the same object for the same schema. Null is a schema that names nothing. */
export function argumentNames(inputSchema: Json): ArgumentNames {
  if (!isObject(inputSchema)) return NO_NAMES;
  const names = READ.get(inputSchema) ?? new ArgumentNames(inputSchema);
  READ.set(inputSchema, names);
  return names;
}

/** Every alternative has to list its values, or the argument takes others too. */
function valuesOf(alternatives: readonly JsonObject[]): ReadonlySet<string> | null {
  const lists = alternatives.map(listedIn);
  const values = new Set(lists.flatMap((list) => list ?? []));
  return lists.includes(null) || values.size > MOST_VALUES ? null : values;
}

function listedIn(schema: JsonObject): readonly string[] | null {
  const list = schema.get('enum');
  const constant = schema.get('const');
  if (constant !== undefined) return textsOf([constant]);
  if (isArray(list)) return list.length > MOST_VALUES ? null : textsOf(list);
  // It adds no value that would be hashed.
  return schema.get('type') === 'null' || schema.get('type') === 'boolean' ? [] : null;
}

/** Null for a list with a value that has no canonical form. */
function textsOf(values: readonly Json[]): readonly string[] | null {
  try {
    return values.map(canonicalJson);
  } catch (error) {
    if (error instanceof CanonicalError) return null;
    throw error;
  }
}
