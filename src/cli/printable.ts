/** Text of outsiders made fit for a terminal: what could move the cursor, recolour or reverse the line is escaped. */

// C0 and C1 controls, bidirectional controls, zero-width and other invisible format characters, line separators.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with every unsafe character as `\u{…}`; line ends and tabs stay when `multiline` is set. */
export function printable(text: string, multiline = false): string {
  return text.replace(UNSAFE, (character) =>
    multiline && (character === '\n' || character === '\t') ? character : escapeOf(character),
  );
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
