/**
 * Arguments against the tool's own schema, before policy: draft-07 where the schema says so, else 2020-12. The server
 * wrote the schema, so its patterns run in linear time, what it can make endless is stopped, and a schema that cannot be
 * used refuses the call.
 */
import type { AnySchemaObject, ErrorObject } from 'ajv';
import { isArray, isObject, type Json, JsonNumber, type JsonObject, stringify } from '../core/index.ts';
import type { Tool } from './tool-list.ts';
import type { Validators } from './validators.ts';

/** Answers a sentence about the first thing that does not fit, or null. */
type Check = (args: JsonObject) => string | null;

const UNUSABLE = 'the schema of the tool cannot be used to check arguments';
/** Without one of these in it, the work is in proportion to the schema and to the arguments. */
const ENTANGLED = /"(?:\$ref|\$dynamicRef|\$recursiveRef|uniqueItems)"/;
/** Names for other schemas, which other servers wrote, and a validator that answers later: neither is for a tool. */
const LEFT_OUT = new Set(['$id', '$async']);

const checks = new WeakMap<object, Check>();

/** A sentence about the first thing that does not fit, or null. The validator is loaded at the first call, which waits for it. */
export function invalidArguments(
  { inputSchema }: Pick<Tool, 'inputSchema'>,
  args: JsonObject,
): string | null | Promise<string | null> {
  if (!isObject(inputSchema)) return 'the tool has no input schema';
  const check = checks.get(inputSchema);
  if (check !== undefined) return check(args);
  return firstCheck(inputSchema, args);
}

async function firstCheck(schema: JsonObject, args: JsonObject): Promise<string | null> {
  return remember(schema, await import('./validators.ts'))(args);
}

/** A machine that is busy may be too slow for a good schema; one that was too slow as often as this is not read again. */
const MOST_TIMEOUTS = 3;
const timeouts = new WeakMap<object, number>();

function remember(schema: JsonObject, validators: Validators): Check {
  try {
    const check = checkOf(schema, validators);
    checks.set(schema, check);
    return check;
  } catch (error) {
    const unusable = (): string => UNUSABLE;
    const count = (timeouts.get(schema) ?? 0) + 1;
    timeouts.set(schema, count);
    if (!isTimeout(error) || count >= MOST_TIMEOUTS) checks.set(schema, unusable);
    return unusable;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** Throws for a schema that cannot be used. */
function checkOf(schema: JsonObject, { draft07, draft2020, bounded }: Validators): Check {
  const declared = schema.get('$schema');
  const ajv = typeof declared === 'string' && declared.includes('draft-07') ? draft07() : draft2020();
  const validate = bounded(() => ajv.compile(plain(schema, LEFT_OUT) as AnySchemaObject));
  const run = (args: JsonObject): string | null => (validate(plain(args)) ? null : sentenceOf(validate.errors?.[0]));
  if (!ENTANGLED.test(stringify(schema))) return run;
  return (args) => {
    const ran = orUnusable(() => bounded(() => ({ found: run(args) })));
    return ran === undefined ? UNUSABLE : ran.found;
  };
}

function orUnusable<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function sentenceOf(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the arguments do not fit the schema of the tool';
  const at = error.instancePath === '' ? 'the arguments' : `\`${error.instancePath.slice(1, 120)}\``;
  return `${at} ${(error.message ?? 'do not fit').slice(0, 200)}`;
}

/** Plain data for the validator. Whether a number is exact is for policy to see; here only its type matters. */
function plain(value: Json, leftOut?: ReadonlySet<string>): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isArray(value)) return value.map((element) => plain(element, leftOut));
  if (!isObject(value)) return value;
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of value) if (leftOut?.has(key) !== true) object[key] = plain(member, leftOut);
  return object;
}
