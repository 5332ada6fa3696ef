/** The names a client sees. */
import { createHash } from 'node:crypto';

/** `mcp__countersign__` and its kin plus this stays below the 64 characters that several clients allow. */
const MAX_EXPOSED = 45;
const HASH_DIGITS = 8;

/**
 * The exposed name of an upstream's tool: prefix and name, only `[A-Za-z0-9_-]`, at most 45 characters. A name that
 * had to change carries a hash of the original, so that it is stable and no two names fall together unnoticed.
 */
export function exposedName(prefix: string, tool: string): string {
  const plain = `${prefix}${tool}`;
  const safe = plain.replace(/[^A-Za-z0-9_-]/g, '_');
  if (safe === plain && plain.length <= MAX_EXPOSED) return plain;
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, HASH_DIGITS);
  return `${safe.slice(0, MAX_EXPOSED - HASH_DIGITS - 1)}_${digest}`;
}
