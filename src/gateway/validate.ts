/**
 * Arguments against the tool's own schema, before policy: draft-07 where the schema says so, else 2020-12. The server
 * wrote the schema, so its patterns run in linear time, and a schema that cannot be used refuses the call.
 */
import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
import { isArray, isObject, type Json, JsonNumber, type JsonObject } from '../core/index.ts';
import type { Tool } from './tool-list.ts';
import type { Validators } from './validators.ts';

const compiled = new WeakMap<object, ValidateFunction | string>();

/** A sentence about the first thing that does not fit, or null. The validator is loaded at the first call. */
export async function invalidArguments(tool: Pick<Tool, 'inputSchema'>, args: JsonObject): Promise<string | null> {
  if (!isObject(tool.inputSchema)) return 'the tool has no input schema';
  const validate = compiled.get(tool.inputSchema) ?? remember(tool.inputSchema, await import('./validators.ts'));
  if (typeof validate === 'string') return validate;
  return validate(plain(args)) ? null : sentenceOf(validate.errors?.[0]);
}

function remember(schema: JsonObject, { draft07, draft2020 }: Validators): ValidateFunction | string {
  const declared = schema.get('$schema');
  const ajv = typeof declared === 'string' && declared.includes('draft-07') ? draft07() : draft2020();
  const validate = compile(() => ajv.compile(plain(schema) as AnySchemaObject));
  compiled.set(schema, validate);
  return validate;
}

function compile(work: () => ValidateFunction): ValidateFunction | string {
  try {
    return work();
  } catch {
    return 'the schema of the tool cannot be used to check arguments';
  }
}

function sentenceOf(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the arguments do not fit the schema of the tool';
  const at = error.instancePath === '' ? 'the arguments' : `\`${error.instancePath.slice(1, 120)}\``;
  return `${at} ${(error.message ?? 'do not fit').slice(0, 200)}`;
}

/** Plain data for the validator. Whether a number is exact is for policy to see; here only its type matters. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of value) object[key] = plain(member);
  return object;
}
