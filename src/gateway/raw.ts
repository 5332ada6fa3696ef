/** Raw JSON of a server's that the gateway has to read itself. */
import type { Json } from '../core/json.ts';
import { read, UPSTREAM_LIMITS } from '../wire/index.ts';

/** Undefined for what our own reader refuses: a key that stands twice, more than it takes. */
export function parsed(raw: Buffer): Json | undefined {
  try {
    return read(raw, UPSTREAM_LIMITS).value;
  } catch {
    return undefined;
  }
}
