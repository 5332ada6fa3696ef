/** Raw JSON of a server's that the gateway has to read itself. */
import type { Json } from '../core/json.ts';
import { read, UPSTREAM_LIMITS } from '../wire/index.ts';

/** Null for what has no reading. */
export function parsed(raw: Buffer): Json {
  try {
    return read(raw, UPSTREAM_LIMITS).value;
  } catch {
    return null;
  }
}
