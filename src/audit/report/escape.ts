/** Text on its way into a page. Whatever came from outside stands in it as text and as nothing else. */
import { bounded } from '../text.ts';

/** Long enough for every sentence of ours with names in it. */
const MOST_TEXT = 4_000;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML, for content and for attributes in quotes. Characters that cannot be seen are written as `<U+202E>`. */
export function html(text: string): string {
  return bounded(text, MOST_TEXT).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Text as Markdown, also inside a table. `_` within a word is left as it is, since no renderer takes it for emphasis. */
export function markdown(text: string): string {
  return bounded(text, MOST_TEXT)
    .replace(/[\\`*[\]|~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (character) => `\\${character}`)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? '')
    .replace(/:(?=\/\/)|(?<=www)\.|@/gi, (character) => `&#${character.codePointAt(0) ?? 0};`)
    .replace(/^([#+=-]|\d+(?=[.)]))/, (start) => (/^\d/.test(start) ? start : `\\${start}`));
}
