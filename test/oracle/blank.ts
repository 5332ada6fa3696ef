/** What counts as nothing: null, and a text in which nothing can be seen. */
import type { J } from './json.ts';

/** White space, controls, format characters and fillers, first and last code point of each run. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x00, 0x20],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x890, 0x891],
  [0x8e2, 0x8e2],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

function unseen(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return UNSEEN.some(([first, last]) => first <= point && point <= last);
}

/** True for null and for a text of characters that nobody sees. */
export function isNothing(value: J): boolean {
  return value.t === 'null' || (value.t === 'str' && Array.from(value.v).every(unseen));
}
