/** Where the rows of a safe text begin. */
import { cellsOfCharacter } from './safe-text.ts';

const BACKSLASH = 0x5c;
const SPACE = 0x20;
const CLOSE = 0x7d;

/**
 * Offsets of the rows when none may take more than `width` cells. Rows end behind a space where there is one in their
 * second half, and never inside an escape or between a letter and its marks. Linear in the text. There is one row at least.
 */
export function rowStarts(text: string, width: number): readonly number[] {
  const starts = [0];
  let [used, lastBreak, usedAtBreak] = [0, 0, 0];
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at) ?? 0;
    const escape = codePoint === BACKSLASH ? escapeLength(text, at) : 0;
    const length = escape > 0 ? escape : codePoint > 0xffff ? 2 : 1;
    const cells = escape > 0 ? escape : cellsOfCharacter(codePoint);
    if (used + cells > width && used > 0) {
      const isWorthIt = usedAtBreak * 2 > width;
      starts.push(isWorthIt ? lastBreak : at);
      used = isWorthIt ? used - usedAtBreak : 0;
      usedAtBreak = 0;
      continue;
    }
    used += cells;
    if (text.charCodeAt(at) === SPACE) [lastBreak, usedAtBreak] = [at + 1, used];
    at += length;
  }
  return starts;
}

const LONGEST_ESCAPE = '\\u{10ffff}'.length;

/** How long the escape is that starts here; 0 if none does. In a safe text `\u{` starts nothing else. */
function escapeLength(text: string, at: number): number {
  if (!text.startsWith('u{', at + 1)) return 0;
  for (let end = at + 3; end < at + LONGEST_ESCAPE; end += 1) if (text.charCodeAt(end) === CLOSE) return end + 1 - at;
  return 0;
}
