/**
 * Members of a record that was read from a file: every one may be missing, or be anything. Texts are bounded and made
 * visible here, so that whatever shows them need not fear their length or their control characters.
 */
import { bounded } from '../text.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** No name that our own writer records is longer. */
const MOST_TEXT = 320;

/** The members of an object, none for anything else. */
export function fieldsAt(fields: Fields, key: string): Fields {
  const value = member(fields, key);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The members of the objects of a list, none for anything else. */
export function listAt(fields: Fields, key: string): readonly Fields[] {
  const value = member(fields, key);
  if (!Array.isArray(value)) return [];
  return value.map((item: unknown) => fieldsAt({ item }, 'item'));
}

/** A text, null where there is none. */
export function textAt(fields: Fields, key: string): string | null {
  const value = member(fields, key);
  return typeof value === 'string' && value !== '' ? bounded(value, MOST_TEXT) : null;
}

/** A whole number from 0 on, null for anything else. */
export function countAt(fields: Fields, key: string): number | null {
  const value = member(fields, key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** What of a record is ours. */
export function ownOf(record: Fields): Fields {
  return fieldsAt(fieldsAt(record, 'unmapped'), 'countersign');
}

/** The end of the year 9999: a record that claims to be later has no time that could be written or compared. */
const LAST_INSTANT_MS = 253_402_300_799_999;

/** When a record was written, null if it does not say so. */
export function timeOf(record: Fields): number | null {
  const timeMs = countAt(record, 'time');
  return timeMs !== null && timeMs <= LAST_INSTANT_MS ? timeMs : null;
}

function member(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
