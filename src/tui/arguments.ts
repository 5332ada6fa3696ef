/**
 * The arguments of a call, one line per value, nested ones by path. What is signed is a text: if it has more than one
 * reading, or is not the canonical text of what we read in it, it is shown raw and is not ours to approve.
 */
import { CanonicalError, canonicalJson } from '../core/canonical.ts';
import { isArray, isObject, JsonNumber } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { parseStrict, WireError } from '../wire/index.ts';
import type { ParseLimits } from '../wire/index.ts';

/** One value that holds no other. */
export interface ArgumentLine {
  /** `metadata.note`, `items[0].price`; a key that is no plain name is in quotes. */
  readonly path: string;
  readonly value: string;
  /** True for a string, which is shown in quotation marks. */
  readonly isText: boolean;
}

export type ArgumentLines =
  | { readonly ok: true; readonly lines: readonly ArgumentLine[] }
  /** `text` is all there is to show. */
  | { readonly ok: false; readonly why: string; readonly text: string };

/** Wider than what a client may send, so that nothing which the gateway accepted is refused here. */
const LIMITS: ParseLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxDepth: 128,
  maxKeysPerObject: 100_000,
  maxKeys: 500_000,
  maxElements: 500_000,
  maxKeyBytes: 65_536,
};

export function argumentLines(text: string): ArgumentLines {
  try {
    const value = parseStrict(Buffer.from(text, 'utf8'), LIMITS);
    if (canonicalJson(value) !== text) return { ok: false, why: 'not in canonical form', text };
    if (!isObject(value)) return { ok: false, why: 'not an object', text };
    const lines: ArgumentLine[] = [];
    flatten('', value, lines);
    return { ok: true, lines };
  } catch (error) {
    if (error instanceof WireError || error instanceof CanonicalError) return { ok: false, why: error.message, text };
    throw error;
  }
}

/** The depth is bounded by what the parser accepts. */
function flatten(path: string, value: Json, lines: ArgumentLine[]): void {
  if (isObject(value) && value.size > 0) {
    for (const [key, member] of value) flatten(joined(path, key), member, lines);
  } else if (isArray(value) && value.length > 0) {
    value.forEach((element, index) => flatten(`${path}[${index}]`, element, lines));
  } else if (path !== '') lines.push({ path, ...shown(value) });
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;

function joined(path: string, key: string): string {
  if (!NAME.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: Json): Pick<ArgumentLine, 'value' | 'isText'> {
  if (typeof value === 'string') return { value, isText: true };
  if (value instanceof JsonNumber) return { value: value.text, isText: false };
  if (value === null || typeof value === 'boolean') return { value: String(value), isText: false };
  return { value: isArray(value) ? '[]' : '{}', isText: false };
}
