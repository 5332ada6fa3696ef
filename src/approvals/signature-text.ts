/**
 * The strict texts of what is signed. Whoever can write the store controls them, so there is one text for one value: a
 * text that is not the canonical form (RFC 8785) of what it says is refused, and with it duplicate keys, other spellings
 * of a number, spaces, and bytes behind the end.
 */
import { canonicalPlain } from '../core/canonical.ts';

/** Longer texts are refused unread. */
const MAX_TEXT = 32_768;

/** The members of the record that a canonical text holds, with exactly these keys. Undefined for anything else. */
export function readRecord<Key extends string>(text: string, keys: readonly Key[]): Members<Key> | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return canonicalPlain(value) === text ? membersOf(value, keys) : undefined;
  } catch {
    return undefined;
  }
}

export type Members<Key extends string> = Readonly<Record<Key, unknown>>;

/** The value as a record with exactly these members, all its own. Undefined for anything else. */
export function membersOf<Key extends string>(value: unknown, keys: readonly Key[]): Members<Key> | undefined {
  if (!isRecord(value)) return undefined;
  const found = Object.keys(value);
  // As many, and each of them its own: none is missing and none besides. `__proto__` is on no list.
  if (found.length !== keys.length || !keys.every((key) => Object.hasOwn(value, key))) return undefined;
  return value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that a person can read and that hides nothing: no controls, no invisible or half characters, no outer spaces. */
export function isPlainText(value: unknown, maxLength: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) return false;
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(value) && value.trim() === value;
}

/** Distinct texts, so many at most, each of which passes. */
export function areTexts(value: unknown, max: number, passes: (text: unknown) => text is string): value is string[] {
  if (!Array.isArray(value) || value.length > max) return false;
  return value.every(passes) && new Set(value).size === value.length;
}

/** A whole number from `least` on that a double holds exactly. */
export function isWhole(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

/** Milliseconds since the epoch, as far as a `Date` reaches. */
export function isInstant(value: unknown): value is number {
  return isWhole(value, 0) && value <= 8_640_000_000_000_000;
}

/** The bytes of a text that is their base64 (RFC 4648 section 4, with padding) and nothing else. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
