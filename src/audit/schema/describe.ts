/**
 * What records look like, as zod schemas with a sentence for each field. Nothing of the product loads them when it runs:
 * they are the source of `schema/audit-record.schema.json`, and the tests hold what is written against that.
 */
import * as z from 'zod';

/** Ids and sentences of definitions. It is our own, since the configuration's definitions have names like these. */
export const DEFINITIONS = z.registry<{ id?: string; description: string }>();

/** A field that several kinds have: defined once under its id. */
export function shared<T extends z.ZodType>(id: string, description: string, schema: T): T {
  DEFINITIONS.add(schema, { id, description });
  return schema;
}

/** A field in its place. */
export function field<T extends z.ZodType>(description: string, schema: T): T {
  DEFINITIONS.add(schema, { description });
  return schema;
}

/** Text from outside, printable and bounded. */
export function text(maxLength = 256): z.ZodString {
  return z.string().max(maxLength);
}

export function count(): z.ZodInt {
  return z.int().min(0);
}

/** SHA-256 in hexadecimal. */
export function digest(): z.ZodString {
  return z.string().regex(/^[0-9a-f]{64}$/);
}
