/** The arguments of a record as JSON text, in writing order and in canonical order. */
import type { ArgumentShape } from './events.ts';
import { UNKNOWN } from './text.ts';

/** Names that stand in JSON as they are, and are not cut. */
const PLAIN_NAME = /^[A-Za-z0-9_.~-]{1,128}$/;

/** `"args":[…]`, twice; null where the lists have to be cut, or a name escaped. */
export function argumentTexts(
  args: readonly ArgumentShape[],
  roomBytes: number,
): { readonly line: string; readonly canonical: string } | null {
  let line = '"args":[';
  let canonical = '"args":[';
  let separator = '';
  for (const { name, type, length, hmac } of args) {
    const shown = name ?? UNKNOWN;
    if (!PLAIN_NAME.test(shown)) return null;
    const shape = `{"name":"${shown}","type":"${type}","length":"${length}"`;
    const rest = `"length":"${length}","name":"${shown}","type":"${type}"}`;
    line += hmac === undefined ? `${separator}${shape}}` : `${separator}${shape},"hmac":"${hmac}"}`;
    canonical += hmac === undefined ? `${separator}{${rest}` : `${separator}{"hmac":"${hmac}",${rest}`;
    separator = ',';
  }
  // The room is for the elements with their separators.
  return line.length - '"args":['.length + 1 > roomBytes ? null : { line: `${line}]`, canonical: `${canonical}]` };
}
