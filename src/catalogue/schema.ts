/**
 * Reading the JSON Schema of a tool. The server wrote it, so that nothing here runs its patterns, follows references
 * out of the document, or goes deeper than a bound; what cannot be read names nothing.
 */
import { isArray, isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** A schema of so many parts was not written to be read; it names nothing. */
const MAX_LOOKS = 512;

/** The schemas any of which may describe a value, without references and combinations. */
export type Alternatives = readonly JsonObject[];

/** Where a step leads: to names of the schema, into an object that admits any name, or nowhere. */
export type Next =
  | { readonly is: 'named'; readonly alternatives: Alternatives }
  | { readonly is: 'open'; readonly alternatives: Alternatives }
  | { readonly is: 'missing' };

const ANYTHING: JsonObject = new Map();
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf'] as const;
const CONDITIONS = ['then', 'else'] as const;
/** A schema with one of these says something of its own beside what it combines. */
const STATEMENTS = [
  ...['type', 'properties', 'additionalProperties', 'unevaluatedProperties', 'patternProperties'],
  ...['items', 'prefixItems', 'enum', 'const', 'not'],
] as const;

/** One tool's schema. */
export class ToolSchema {
  readonly #root: Json;
  /** The alternatives for the arguments as a whole. */
  readonly top: Alternatives;
  /** Where keys lead that were asked for: the entries of a generic tool share most of their way. */
  readonly #ways = new WeakMap<Alternatives, Map<string, Next>>();

  constructor(root: Json) {
    this.#root = root;
    this.top = this.#flatten([root]);
  }

  /** Where `key` leads from an object that one of `from` describes. */
  key(from: Alternatives, key: string): Next {
    const ways = this.#ways.get(from) ?? new Map<string, Next>();
    this.#ways.set(from, ways);
    const next = ways.get(key) ?? this.#lead(from, key);
    // Names that an agent makes up are not kept.
    if (next.is === 'named') ways.set(key, next);
    return next;
  }

  #lead(from: Alternatives, key: string): Next {
    const named = from.map((one) => member(one, 'properties', key)).filter((one) => one !== undefined && one !== false);
    if (named.length > 0) return { is: 'named', alternatives: this.#flatten(named) };
    const open = this.#flatten(from.filter(isOpenObject).map(restOf));
    return open.length > 0 ? { is: 'open', alternatives: open } : { is: 'missing' };
  }

  /** Where any element leads from an array that one of `from` describes. */
  element(from: Alternatives): Next {
    const named = from.flatMap(elementsOf).filter((one) => one !== false);
    if (named.length > 0) return { is: 'named', alternatives: this.#flatten(named) };
    return from.some(isOpenArray) ? { is: 'open', alternatives: [ANYTHING] } : { is: 'missing' };
  }

  #flatten(schemas: readonly Json[]): Alternatives {
    // Alternatives may double at each turn, so that what is looked at is counted, and nothing is kept twice.
    const into = new Set<JsonObject>();
    const budget = { left: MAX_LOOKS };
    for (const schema of new Set(schemas)) this.#collect(schema, into, new Set(), budget);
    return budget.left < 0 ? [] : [...into];
  }

  #collect(
    schema: Json | undefined,
    into: Set<JsonObject>,
    references: ReadonlySet<string>,
    budget: { left: number },
  ): void {
    budget.left -= 1;
    if (budget.left < 0) return;
    if (schema === true) into.add(ANYTHING);
    if (!isObject(schema)) return;
    if (!isComposed(schema) || STATEMENTS.some((name) => schema.has(name))) into.add(schema);
    const reference = schema.get('$ref');
    if (typeof reference === 'string' && !references.has(reference)) {
      this.#collect(this.#target(reference), into, new Set(references).add(reference), budget);
    }
    for (const part of partsOf(schema)) this.#collect(part, into, references, budget);
  }

  /** The target of a JSON Pointer in a fragment (RFC 6901 section 6). */
  #target(reference: string): Json | undefined {
    if (reference === '#') return this.#root;
    // A server wrote the reference; one that long leads nowhere a person would look.
    if (!reference.startsWith('#/') || reference.length > MAX_REFERENCE_CHARS) return undefined;
    let here: Json | undefined = this.#root;
    for (const token of reference.slice(2).split('/')) {
      const key = unescapeToken(token);
      if (isObject(here)) here = here.get(key);
      else if (isArray(here) && /^(0|[1-9][0-9]{0,5})$/.test(key)) here = here[Number(key)];
      else return undefined;
    }
    return here;
  }
}

const MAX_REFERENCE_CHARS = 512;

function unescapeToken(token: string): string {
  let decoded = token;
  try {
    decoded = decodeURIComponent(token);
  } catch {
    // A stray percent sign stands for itself.
  }
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}

function member(schema: JsonObject, name: string, key: string): Json | undefined {
  const members = schema.get(name);
  return isObject(members) ? members.get(key) : undefined;
}

function isComposed(schema: JsonObject): boolean {
  return schema.has('$ref') || [...COMBINATIONS, ...CONDITIONS].some((name) => schema.has(name));
}

function partsOf(schema: JsonObject): Json[] {
  const parts: Json[] = [];
  for (const name of COMBINATIONS) {
    const list = schema.get(name);
    if (isArray(list)) parts.push(...list);
  }
  for (const name of CONDITIONS) {
    const part = schema.get(name);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

function elementsOf(schema: JsonObject): Json[] {
  const found: Json[] = [];
  for (const name of ['items', 'prefixItems', 'additionalItems']) {
    const items = schema.get(name);
    if (isArray(items)) found.push(...items);
    else if (items !== undefined) found.push(items);
  }
  return found;
}

/** True if the schema declares the type, among others perhaps. No declaration is not a promise. */
export function declares(schema: JsonObject, type: string): boolean {
  const declared = schema.get('type');
  return declared === type || (isArray(declared) && declared.includes(type));
}

function isLimited(schema: JsonObject): boolean {
  return isComposed(schema) || schema.has('enum') || schema.has('const') || schema.has('not');
}

/** What an object may hold beside its named members; nothing if it is closed. */
function restOf(schema: JsonObject): Json {
  return schema.get('additionalProperties') ?? schema.get('unevaluatedProperties') ?? ANYTHING;
}

/**
 * True if the object takes names that the schema does not say. Members without a word about others count as closed:
 * servers drop what they do not know, and a decoy that is dropped must not satisfy a rule. The server's own name
 * patterns are not run, so that a name which only a pattern admits counts as unnamed.
 */
function isOpenObject(schema: JsonObject): boolean {
  if (schema.has('type') && !declares(schema, 'object')) return false;
  const rest = schema.get('additionalProperties') ?? schema.get('unevaluatedProperties');
  if (rest !== undefined) return rest !== false;
  return !schema.has('properties') && !schema.has('patternProperties') && !isLimited(schema);
}

function isOpenArray(schema: JsonObject): boolean {
  if (schema.has('type') && !declares(schema, 'array')) return false;
  return elementsOf(schema).length === 0 && !isLimited(schema);
}
