/** Breaking lines for a terminal. What is measured is what is seen. */
import { stripVTControlCharacters } from 'node:util';

/** How wide a text is on the screen; our pages have no wide characters but a few marks. */
export function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}

/** `text` in lines of at most `width`, a word that is longer on a line of its own; all but the first begin with `hang`. */
export function wrap(text: string, width: number, hang = '', first = hang): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = hang;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return isEmpty && lines.length > 0 ? lines : [...lines, line];
}
