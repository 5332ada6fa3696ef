/** Where the rows of a safe text begin. */
import { cellsOfCharacter } from './safe-text.ts';

const ESCAPE = /\\u\{[0-9a-f]{1,6}\}/y;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/**
 * Offsets of the rows when none may take more than `width` cells. Rows end behind a space where there is one in their
 * second half, and never inside an escape or between a letter and its marks. Linear in the text. There is one row at least.
 */
export function rowStarts(text: string, width: number): readonly number[] {
  const starts = [0];
  let [used, lastBreak, usedAtBreak] = [0, 0, 0];
  for (let at = 0; at < text.length;) {
    const { length, cells } = unitAt(text, at);
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

function unitAt(text: string, at: number): { readonly length: number; readonly cells: number } {
  const codePoint = text.codePointAt(at) ?? 0;
  if (codePoint === BACKSLASH) {
    ESCAPE.lastIndex = at;
    if (ESCAPE.test(text)) return { length: ESCAPE.lastIndex - at, cells: ESCAPE.lastIndex - at };
  }
  return { length: codePoint > 0xffff ? 2 : 1, cells: cellsOfCharacter(codePoint) };
}
