/** Ids of JSON-RPC requests: a string or a whole number, kept with its type, since `1` and `"1"` are two requests. */
import { JsonNumber, stringify } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { read } from './strict.ts';
import type { ParseLimits } from './limits.ts';

/** An id that can be answered. 0 is one. */
export type Id = string | JsonNumber;

/** A client has no use for a longer one, and every id is held until it is answered. */
const MAX_ID_CHARS = 1_024;
const WHOLE = /^(?:0|-?[1-9][0-9]*)$/;

/** True for a string or a whole number that a double holds; null, fractions and containers are no ids. */
export function isId(value: Json | undefined): value is Id {
  if (typeof value === 'string') return value.length <= MAX_ID_CHARS;
  return value instanceof JsonNumber && WHOLE.test(value.text) && Number.isSafeInteger(Number(value.text));
}

/** The id's JSON text, which also tells ids apart in a map. */
export function idText(id: Id): string {
  return stringify(id);
}

/** The id that these bytes are the whole text of. */
export function readId(bytes: Buffer): Id | undefined {
  try {
    const { value } = read(bytes, ID_LIMITS);
    return isId(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const ID_LIMITS: ParseLimits = {
  maxBytes: 6 * MAX_ID_CHARS + 2,
  maxDepth: 0,
  maxKeysPerObject: 0,
  maxKeys: 0,
  maxElements: 0,
  maxKeyBytes: 0,
};
