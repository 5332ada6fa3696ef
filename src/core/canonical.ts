/**
 * Canonical JSON after RFC 8785 (JCS): one text for one value, so that hashes and signatures of it mean the value.
 * What the RFC leaves to ECMAScript's doubles is refused here unless the double is exactly what was written.
 */
import { parseDecimal, sameDecimal } from './decimal.ts';
import { isArray, JsonNumber } from './json.ts';
import type { Json } from './json.ts';

/** The value has no canonical form. */
export class CanonicalError extends Error {
  readonly code: 'lone_surrogate' | 'inexact_number' | 'not_json' | 'too_deep';
  constructor(code: CanonicalError['code'], message: string) {
    super(message);
    this.name = 'CanonicalError';
    this.code = code;
  }
}

/** Also what ends a cycle. */
const MAX_DEPTH = 256;

/**
 * The canonical text of plain data: null, booleans, strings, safe integers, arrays, and records without a class.
 * A member that is `undefined` is left out. Throws `CanonicalError`.
 */
export function canonicalPlain(value: unknown): string {
  return plainAt(value, 0);
}

/** The canonical text of parsed JSON. Throws `CanonicalError`. */
export function canonicalJson(value: Json): string {
  return jsonAt(value, 0);
}

function plainAt(value: unknown, depth: number): string {
  checkDepth(depth);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return integer(value);
  if (Array.isArray(value)) return array(value as readonly unknown[], depth, plainAt);
  if (isRecord(value))
    return object(
      Object.entries(value).filter(([, member]) => member !== undefined),
      depth,
      plainAt,
    );
  throw new CanonicalError('not_json', `a value of type ${typeof value} has no canonical form`);
}

function jsonAt(value: Json, depth: number): string {
  checkDepth(depth);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return text(value);
  if (value instanceof JsonNumber) return decimal(value);
  return isArray(value) ? array(value, depth, jsonAt) : object([...value], depth, jsonAt);
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new CanonicalError('too_deep', `the value is nested deeper than ${MAX_DEPTH}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function array<T>(elements: readonly T[], depth: number, write: (value: T, depth: number) => string): string {
  // Array.from also visits the holes of a sparse array, which `map` would skip.
  return `[${Array.from(elements, (element) => write(element, depth + 1)).join(',')}]`;
}

type Member<T> = readonly [key: string, value: T];

/** Members are sorted by the UTF-16 code units of their keys (RFC 8785 section 3.2.3), which is what `<` compares. */
function object<T>(members: readonly Member<T>[], depth: number, write: (value: T, depth: number) => string): string {
  const sorted = [...members].sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${text(key)}:${write(value, depth + 1)}`).join(',')}}`;
}

/** `JSON.stringify` escapes exactly what RFC 8785 section 3.2.2.2 asks for, except that it lets lone surrogates pass. */
function text(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw new CanonicalError('lone_surrogate', 'a string holds half a character');
  return JSON.stringify(value);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new CanonicalError('inexact_number', 'a number is not a safe integer');
  return JSON.stringify(value);
}

/** The ECMAScript text of the number, if that is the number which was written. */
function decimal({ text: written }: JsonNumber): string {
  const shortest = JSON.stringify(Number(written));
  const [left, right] = [parseDecimal(written), parseDecimal(shortest)];
  if (left !== undefined && right !== undefined && sameDecimal(left, right)) return shortest;
  throw new CanonicalError('inexact_number', 'a number cannot be written exactly as a double');
}
