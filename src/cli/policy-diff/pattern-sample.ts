/**
 * Texts that a pattern matches, found by walking its plainest reading: the first of each choice, the fewest of each
 * repetition, and every alternative of the outermost `|`. What comes out is only a proposal; the pattern itself is
 * asked whether it matches.
 */
import type { Pattern } from '../../core/policy.ts';

const MAX_SAMPLES = 8;
const MAX_REPEAT = 64;

const CLASSES: Readonly<Record<string, string>> = { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a' };
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Texts that the pattern matches, as far as they were found. */
export function samplesOf(pattern: Pattern): readonly string[] {
  const reader = new SampleReader(pattern.source);
  const found = [...new Set(reader.alternatives())].filter((text) => safelyMatches(pattern, text));
  const itself = safelyMatches(pattern, pattern.source) ? [pattern.source] : [];
  return (found.length > 0 ? found : itself).slice(0, MAX_SAMPLES);
}

function safelyMatches(pattern: Pattern, text: string): boolean {
  try {
    return pattern.matches(text);
  } catch {
    return false;
  }
}

class SampleReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** One text for each alternative up to the next closing bracket. */
  alternatives(): readonly string[] {
    const found: string[] = [];
    do found.push(this.#sequence());
    while (this.#take('|'));
    return found;
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#source.length && !'|)'.includes(this.#source.charAt(this.#at))) {
      const atom = this.#atom();
      text += atom.repeat(this.#repeats());
    }
    return text;
  }

  #atom(): string {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '\\':
        return escaped(this.#next());
      case '.':
        return 'x';
      case '^':
      case '$':
        return '';
      default:
        return character;
    }
  }

  #group(): string {
    // `(?:`, `(?s:`, `(?P<name>` and a group of flags alone.
    const opening = /^\?(?:P?<[^>]*>|[a-zA-Z-]*:|[a-zA-Z-]*(?=\)))/.exec(this.#source.slice(this.#at));
    this.#at += opening?.[0].length ?? 0;
    const [first] = this.alternatives();
    this.#take(')');
    return first ?? '';
  }

  #set(): string {
    const body = /^(\^?)(\]?(?:\\.|\[:[a-z^]*:\]|[^\]\\])*)\]/s.exec(this.#source.slice(this.#at));
    if (body === null) return '[';
    this.#at += body[0].length;
    const inner = body[2] ?? '';
    const first = inner.startsWith('\\') ? escaped(inner.charAt(1)) : inner.charAt(0);
    if (body[1] === '') return first;
    return Array.from('aA1-_ #').find((candidate) => !inner.includes(candidate)) ?? '~';
  }

  #repeats(): number {
    const rest = this.#source.slice(this.#at);
    const mark = /^(?:([?*+])|\{(\d{1,3})(?:,\d*)?\})\??/.exec(rest);
    if (mark === null) return 1;
    this.#at += mark[0].length;
    if (mark[1] !== undefined) return mark[1] === '+' ? 1 : 0;
    return Math.min(Number(mark[2]), MAX_REPEAT);
  }

  #next(): string {
    const character = this.#source.charAt(this.#at);
    this.#at += 1;
    return character;
  }

  #take(mark: string): boolean {
    if (this.#source.charAt(this.#at) !== mark) return false;
    this.#at += 1;
    return true;
  }
}

function escaped(letter: string): string {
  if (/[bBAzQE]/.test(letter)) return '';
  return CLASSES[letter] ?? CONTROLS[letter] ?? letter;
}
