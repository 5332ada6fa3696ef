/** What PostgreSQL cannot keep as it is. */
import { StateError } from '../port.ts';

/** A text there holds no NUL, and the driver replaces half of a surrogate pair by another character. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Throws `StateError` `conflict` for a text that would come back as another one; anything else passes. */
export function checkText(value: unknown): void {
  if (typeof value !== 'string' || !UNSTORABLE.test(value)) return;
  throw new StateError('conflict', 'a text with a NUL or half a surrogate pair cannot be kept in PostgreSQL');
}
