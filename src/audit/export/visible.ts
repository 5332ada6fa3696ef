/**
 * The log has no control characters, and JSON escapes those of an altered line. A format that writes text as it is must
 * not hand them on to a terminal or to a program that splits lines.
 */

const CONTROL = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with what steers a terminal or hides shown as `<U+202E>`; line ends and tabs are for the format to escape. */
export function visible(text: string): string {
  return text.replace(
    CONTROL,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}
