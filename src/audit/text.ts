/**
 * Text from outside on its way into the log. Tool names, client names and principals are written by others: a reader's
 * terminal must not obey them, and no shipper may lose a line to their length.
 */

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const INVISIBLE = /^\p{Default_Ignorable_Code_Point}$/u;

/** What a name that the schema lacks is written as. */
export const UNKNOWN = '~unknown';

function visible(character: string): string {
  if (PRINTABLE.test(character) && !INVISIBLE.test(character)) return character;
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}

/**
 * Printable characters as they are, any other as `<U+202E>`; cut where its JSON text would pass `maxBytes`, and then
 * ending in `~`.
 */
export function bounded(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && PLAIN.test(text)) return text;
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    const shown = visible(character);
    bytes += Buffer.byteLength(JSON.stringify(shown)) - 2;
    if (bytes > maxBytes - 1) return `${kept}~`;
    kept += shown;
  }
  return kept;
}
