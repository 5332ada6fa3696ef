/**
 * Which characters the screen draws. An allow-list: what is not known to take exactly its cells on every terminal, to
 * read left to right, and to look like nothing else, is not drawn but escaped.
 */

/** What a person should know of a text before he trusts his eyes. */
export type Warning =
  | 'control characters'
  | 'line breaks'
  | 'right-to-left'
  | 'hidden characters'
  | 'look-alike digits'
  | 'look-alike letters'
  | 'stacked marks'
  | 'unusual spaces'
  | 'runs of spaces'
  | 'unknown characters'
  | 'symbols'
  | 'letters not drawn here'
  | 'Cyrillic or Greek letters';

export type Script = 'latin' | 'greek' | 'cyrillic' | 'wide' | 'none';

export type Character =
  | { readonly is: 'drawn'; readonly cells: 1 | 2; readonly script: Script; readonly isDigit: boolean }
  /** Drawn over the letter before it. */
  | { readonly is: 'mark' }
  | { readonly is: 'escaped'; readonly warning: Warning };

const PUNCTUATION = new Set('¡¢£¤¥§«°±»¿×÷–—‘’“”„†‡…‰‹›€₩₪₫₱₴₹₺₽₿™©®№');
const WIDE_PUNCTUATION = new Set('、。「」『』【】');

// Without ĸ, ŉ and ſ; of the later blocks the letters of Romanian, Vietnamese and Pinyin alone, since others look like
// digits and bars.
const LATIN =
  /^[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0137\u0139-\u0148\u014a-\u017e\u01a0\u01a1\u01af\u01b0\u01cd-\u01dc\u0218-\u021b\u1e00-\u1e95\u1e9e\u1ea0-\u1ef9]$/;
const GREEK = /^[\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce]$/;
const CYRILLIC = /^[\u0400-\u045f\u0490\u0491]$/;
const WIDE = /^[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\u{20000}-\u{2ebe0}]$/u;
const MARK = /^[\u0300-\u030c\u030f\u0311-\u0314\u031b\u0323-\u0328\u032d\u032e\u0330\u0331]$/;

const LINE_BREAK = /^[\n\r\v\f\u0085\u2028\u2029]$/;
// Letters and numbers that are written from right to left. A terminal that knows them turns their neighbours round.
const RIGHT_TO_LEFT = /^[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]$/;
const RIGHT_TO_LEFT_PLANES = /^[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]$/u;

/** By the first row that fits; total because of the last. */
const ESCAPED: readonly (readonly [RegExp, Warning])[] = [
  [LINE_BREAK, 'line breaks'],
  [/^\p{Cc}$/u, 'control characters'],
  [RIGHT_TO_LEFT, 'right-to-left'],
  [RIGHT_TO_LEFT_PLANES, 'right-to-left'],
  [/^[\p{Cf}\p{Default_Ignorable_Code_Point}]$/u, 'hidden characters'],
  [/^[\p{Cs}\p{Co}\p{Cn}]$/u, 'unknown characters'],
  [/^\p{Z}$/u, 'unusual spaces'],
  [/^\p{N}$/u, 'look-alike digits'],
  [/^\p{M}$/u, 'stacked marks'],
  [/^[\uff00-\uffef]$/, 'look-alike letters'],
  [/^[\u{1d400}-\u{1d7ff}]$/u, 'look-alike letters'],
  [/^\p{L}$/u, 'letters not drawn here'],
  [/^/, 'symbols'],
];

const known = new Map<number, Character>();

/** What is done with the character. Surrogates that are alone included. */
export function characterOf(codePoint: number): Character {
  let found = known.get(codePoint);
  if (found === undefined) known.set(codePoint, (found = classify(codePoint)));
  return found;
}

function classify(codePoint: number): Character {
  const text = String.fromCodePoint(codePoint);
  const drawn = (cells: 1 | 2, script: Script, isDigit = false): Character => ({ is: 'drawn', cells, script, isDigit });
  if (codePoint >= 0x20 && codePoint < 0x7f)
    return drawn(1, /[A-Za-z]/.test(text) ? 'latin' : 'none', /[0-9]/.test(text));
  if (PUNCTUATION.has(text)) return drawn(1, 'none');
  if (WIDE_PUNCTUATION.has(text)) return drawn(2, 'none');
  if (LATIN.test(text)) return drawn(1, 'latin');
  if (GREEK.test(text)) return drawn(1, 'greek');
  if (CYRILLIC.test(text)) return drawn(1, 'cyrillic');
  if (WIDE.test(text) && /^\p{L}$/u.test(text)) return drawn(2, 'wide');
  if (MARK.test(text)) return { is: 'mark' };
  const [, warning] = ESCAPED.find(([pattern]) => pattern.test(text)) ?? [undefined, 'unknown characters' as const];
  return { is: 'escaped', warning };
}

// Greek and Cyrillic letters that a reader takes for Latin ones.
const LATIN_LOOKALIKE = new Set('АВЕЅІЇЈКМНОРСТУХЬаеѕіїјорсухѵЁёЀѐЍΑΒΕΖΗΙΚΜΝΟΡΤΥΧΆΈΉΊΌΎΪΫαγικνορτυχωίόύϊϋ');

/** True for a letter of another alphabet that could be read as a Latin one. */
export function looksLatin(codePoint: number): boolean {
  return LATIN_LOOKALIKE.has(String.fromCodePoint(codePoint));
}
