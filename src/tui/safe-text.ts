/**
 * Text of agents and servers made fit for the screen. Their author would like the approver to see another amount, another
 * payee, or a line of ours that we did not write: whatever is not plainly printable is shown as `\u{…}`, and a backslash
 * that could be taken for one of these is shown so itself, so that nothing is hidden and every text has its own picture.
 */
import { characterOf, looksLatin } from './characters.ts';
import type { Script, Warning } from './characters.ts';

export interface SafeText {
  readonly text: string;
  /** Each once, in the order they were met. */
  readonly warnings: readonly Warning[];
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const SPACE = 0x20;
const MAX_MARKS = 2;

/** What needs a second look. Without it, as most texts are, a text is drawn as it is. */
const DOUBTFUL = /[^ !#-[\]-~]|^ | $| {2}/;

/** From this length on a text is worth remembering: a screen is drawn again and again. */
const LONG = 4_096;
const MOST_REMEMBERED = 16;
const remembered = new Map<string, SafeText>();

/** Takes linear time, and accepts every string. `quoted`: it will stand in quotation marks, so those inside are escaped. */
export function safeText(text: string, quoted = false): SafeText {
  if (text.length < LONG) return escaped(text, quoted);
  const key = `${quoted ? '"' : ' '}${text}`;
  const safe = remembered.get(key) ?? escaped(text, quoted);
  remembered.delete(key);
  remembered.set(key, safe);
  for (const [oldest] of remembered) if (remembered.size > MOST_REMEMBERED) remembered.delete(oldest);
  return safe;
}

/** For a place that shows no more than a line: enough of the text to fill any, at a cost that its author cannot raise. */
export function safeStart(text: string, quoted = false): SafeText {
  return escaped(text.slice(0, LONG - 1), quoted);
}

function escaped(text: string, quoted: boolean): SafeText {
  if (!DOUBTFUL.test(text)) return withNumbers(text, [], text);
  const writer = new Writer(quoted, clearScripts(text));
  for (let at = 0; at < text.length;) at = writer.word(text, at) ?? writer.single(text, at);
  return withNumbers(writer.pieces.join(''), [...writer.warnings], text);
}

/** Words like `5O0` or `l00`: figures in which a letter stands for a digit. */
const LETTER_IN_FIGURE = /(?<![0-9A-Za-z_])(?=[OolI.,]*[0-9])(?=[0-9.,]*[OolI])[0-9OolI.,]+(?![0-9A-Za-z_])/;
const LONGEST_FIGURE_FIELD = 4_096;

function withNumbers(safe: string, warnings: Warning[], text: string): SafeText {
  if (text.length <= LONGEST_FIGURE_FIELD && LETTER_IN_FIGURE.test(text) && !warnings.includes('look-alike digits'))
    warnings.push('look-alike digits');
  return { text: safe, warnings };
}

/** The alphabets of which the text has a letter that nobody takes for a Latin one: then words of them are meant as such. */
function clearScripts(text: string): ReadonlySet<Script> {
  const clear = new Set<Script>();
  for (const letter of text.match(/[\u0386-\u03ce\u0400-\u0491]/g) ?? []) {
    const codePoint = letter.charCodeAt(0);
    const character = characterOf(codePoint);
    if (character.is === 'drawn' && !looksLatin(codePoint)) clear.add(character.script);
  }
  return clear;
}

class Writer {
  readonly pieces: string[] = [];
  readonly warnings = new Set<Warning>();
  readonly #quoted: boolean;
  readonly #clear: ReadonlySet<Script>;

  constructor(quoted: boolean, clear: ReadonlySet<Script>) {
    this.#quoted = quoted;
    this.#clear = clear;
  }

  /** Writes a run of letters, digits and marks and answers where it ends; undefined if there is none here. */
  word(text: string, from: number): number | undefined {
    if (!startsWord(text.codePointAt(from) ?? 0)) return undefined;
    const word = scanWord(text, from);
    const doubt = doubtOf(word, this.#clear);
    if (doubt !== null) this.warnings.add(doubt);
    else if (word.scripts.has('greek') || word.scripts.has('cyrillic')) this.warnings.add('Cyrillic or Greek letters');
    this.#letters(text, from, word.end, doubt !== null);
    return word.end;
  }

  #letters(text: string, from: number, end: number, inDoubt: boolean): void {
    let marks = MAX_MARKS;
    for (let at = from; at < end;) {
      const codePoint = text.codePointAt(at) ?? 0;
      const character = characterOf(codePoint);
      const isForeign = character.is === 'drawn' && (character.script === 'greek' || character.script === 'cyrillic');
      if (character.is === 'mark') {
        if (marks >= MAX_MARKS) this.#escape(codePoint, 'stacked marks');
        else this.pieces.push(String.fromCodePoint(codePoint));
        marks += 1;
      } else {
        const isDrawn = !(inDoubt && isForeign);
        this.pieces.push(isDrawn ? String.fromCodePoint(codePoint) : escapeOf(codePoint));
        marks = isDrawn && character.is === 'drawn' && isNarrowLetter(character.script) ? 0 : MAX_MARKS;
      }
      at += codePoint > 0xffff ? 2 : 1;
    }
  }

  /** Writes what is no part of a word, and answers where it ends. */
  single(text: string, at: number): number {
    const codePoint = text.codePointAt(at) ?? 0;
    const character = characterOf(codePoint);
    if (codePoint === SPACE) this.#space(text, at);
    else if (character.is === 'mark') this.#escape(codePoint, 'stacked marks');
    else if (character.is === 'escaped') this.#escape(codePoint, character.warning);
    else if (this.#isOurs(text, at, codePoint)) this.pieces.push(escapeOf(codePoint));
    else this.pieces.push(String.fromCodePoint(codePoint));
    return at + (codePoint > 0xffff ? 2 : 1);
  }

  /** One space is a space; more, or one at an end, could push text where it looks like ours. */
  #space(text: string, at: number): void {
    const isAtEnd = at === 0 || at === text.length - 1;
    if (isAtEnd || text.charCodeAt(at - 1) === SPACE) this.#escape(SPACE, 'runs of spaces');
    else this.pieces.push(' ');
  }

  #isOurs(text: string, at: number, codePoint: number): boolean {
    if (codePoint === QUOTE) return this.#quoted;
    return codePoint === BACKSLASH && text.startsWith('u{', at + 1);
  }

  #escape(codePoint: number, warning: Warning): void {
    this.warnings.add(warning);
    this.pieces.push(escapeOf(codePoint));
  }
}

interface Word {
  readonly end: number;
  readonly scripts: ReadonlySet<Script>;
  readonly hasDigit: boolean;
  /** Every Greek or Cyrillic letter in it could be read as a Latin one. */
  readonly looksLatin: boolean;
}

const POINT = 0x2e;
const COMMA = 0x2c;

function startsWord(codePoint: number): boolean {
  const character = characterOf(codePoint);
  return character.is === 'drawn' && (character.script !== 'none' || character.isDigit);
}

/** A word that starts at `from`; a point or a comma inside of a figure belongs to it. */
function scanWord(text: string, from: number): Word {
  const scripts = new Set<Script>();
  let [at, hasDigit, isLatin] = [from, false, true];
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    const character = characterOf(codePoint);
    const isPoint = codePoint === POINT || codePoint === COMMA;
    if (character.is === 'escaped') break;
    if (character.is === 'drawn') {
      if (character.script === 'none' && !character.isDigit && !(isPoint && at > from)) break;
      if (character.script !== 'none') scripts.add(character.script);
      if (character.script === 'greek' || character.script === 'cyrillic') isLatin &&= looksLatin(codePoint);
      hasDigit ||= character.isDigit;
    }
    at += codePoint > 0xffff ? 2 : 1;
  }
  return { end: at, scripts, hasDigit, looksLatin: isLatin };
}

function doubtOf({ scripts, hasDigit, looksLatin: isLatin }: Word, clear: ReadonlySet<Script>): Warning | null {
  const foreign = (['greek', 'cyrillic'] as const).filter((script) => scripts.has(script));
  if (foreign.length === 0) return null;
  if (hasDigit) return 'look-alike digits';
  if (scripts.has('latin') || foreign.length > 1) return 'look-alike letters';
  return isLatin && !foreign.some((script) => clear.has(script)) ? 'look-alike letters' : null;
}

function isNarrowLetter(script: Script): boolean {
  return script === 'latin' || script === 'greek' || script === 'cyrillic';
}

const escapes = new Map<number, string>();

function escapeOf(codePoint: number): string {
  let escape = escapes.get(codePoint);
  if (escape === undefined) escapes.set(codePoint, (escape = `\\u{${codePoint.toString(16)}}`));
  return escape;
}

/** How many cells a safe text takes on the screen. */
export function cellsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOfCharacter(character.codePointAt(0) ?? 0);
  return cells;
}

/** Cells of one character of a safe text, or of a box that we draw. */
export function cellsOfCharacter(codePoint: number): number {
  const character = characterOf(codePoint);
  if (character.is === 'drawn') return character.cells;
  return character.is === 'mark' ? 0 : 1;
}

/** The beginning of a safe text, at most so many cells, with `…` if something was left out. However long the text is. */
export function cut(text: string, cells: number): string {
  let [at, used, keep] = [0, 0, 0];
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    used += cellsOfCharacter(codePoint);
    if (used > cells) return cells > 0 ? `${text.slice(0, keep)}…` : '';
    at += codePoint > 0xffff ? 2 : 1;
    if (used < cells) keep = at;
  }
  return text;
}

/** Cut or filled with spaces to exactly so many cells. */
export function fit(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, cells);
  const filling = ' '.repeat(Math.max(0, cells - cellsOf(short)));
  return align === 'left' ? short + filling : filling + short;
}
