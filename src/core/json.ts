/**
 * JSON as it was written. Numbers keep their text, because `10000.000000000000001 === 10000` for a float and policy
 * compares money; objects are maps, because `__proto__` is an ordinary key in JSON and because maps keep the order.
 */

/** A number with its literal text, which matches the grammar of RFC 8259 section 6. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

export type JsonType = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';

/** True for an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** True for an array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The type of a value in the words of JSON. */
export function typeOf(value: Json): JsonType {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (value instanceof JsonNumber) return 'number';
  return isArray(value) ? 'array' : 'object';
}

/** The shortest JSON text of a value; numbers keep the text they came with. */
export function stringify(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return `[${value.map(stringify).join(',')}]`;
  const members: string[] = [];
  for (const [key, member] of value) members.push(`${JSON.stringify(key)}:${stringify(member)}`);
  return `{${members.join(',')}}`;
}

/** A value from plain JavaScript data (configuration, tests). Numbers take their ECMAScript text. */
export function fromPlain(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return new JsonNumber(JSON.stringify(value));
  if (value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === 'object') {
    const object = new Map<string, Json>();
    for (const [key, member] of Object.entries(value)) if (member !== undefined) object.set(key, fromPlain(member));
    return object;
  }
  throw new TypeError(`not JSON data: ${typeof value}`);
}
