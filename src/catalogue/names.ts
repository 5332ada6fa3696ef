/** Which names of a call's arguments the tool's own schema says. */
import { isArray, isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { formatPath } from '../core/path.ts';
import type { Path } from '../core/policy.ts';
import { ToolSchema } from './schema.ts';
import type { Alternatives, Next } from './schema.ts';

const MAX_DEPTH = 64;
const MAX_SHOWN = 20;
const MAX_NAME_LENGTH = 80;

/**
 * The paths in `args` that the schema does not name, at any depth; twenty at most. An object that says
 * `additionalProperties`, or names no member at all, admits any name; one that names members and says nothing of
 * others is closed, since a server drops what it does not know.
 */
export function unknownArguments(inputSchema: Json, args: JsonObject): readonly string[] {
  const schema = new ToolSchema(inputSchema);
  const unknown: Path[] = [];
  visit(schema, schema.top, args, [], unknown);
  return unknown.map((path) => shortPath(path));
}

/** A path for people; names that an agent made up are cut. */
export function shortPath(path: Path): string {
  const text = formatPath(path);
  return text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}…` : text;
}

function visit(schema: ToolSchema, from: Alternatives, value: Json, at: Path, unknown: Path[]): void {
  if (unknown.length >= MAX_SHOWN) return;
  if (isArray(value)) {
    value.forEach((element, index) =>
      step(schema, schema.element(from), element, [...at, { step: 'index', index }], unknown),
    );
  } else if (isObject(value)) {
    for (const [key, child] of value)
      step(schema, schema.key(from, key), child, [...at, { step: 'key', key }], unknown);
  }
}

function step(schema: ToolSchema, next: Next, value: Json, at: Path, unknown: Path[]): void {
  if (next.is === 'missing' || at.length > MAX_DEPTH) {
    if (unknown.length < MAX_SHOWN) unknown.push(at);
    return;
  }
  visit(schema, next.alternatives, value, at, unknown);
}
