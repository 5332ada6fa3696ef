/** JSON that an agent put into a string. Read so that what is evaluated is the only thing a server can read there. */
import { JsonNumber } from '../core/json.ts';
import type { Json } from '../core/json.ts';

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;

/** The tokens of a text that is known to be JSON. */
const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/gs;

/** Duplicate keys, or deeper than the bound. */
class Refused extends Error {}

/**
 * The value of a JSON text (RFC 8259); nothing for a text that is not JSON, repeats a key, or is longer or deeper than
 * the bounds. Numbers keep their text.
 */
export function parseJsonText(text: string): Json | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    JSON.parse(text);
    return new Reader(text.match(TOKEN) ?? []).value(0);
  } catch {
    return undefined;
  }
}

/** Reads tokens whose grammar has been checked. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new Refused();
    const token = this.#next();
    if (token === '{') return this.#object(depth);
    if (token === '[') return this.#array(depth);
    if (/^[-0-9]/.test(token)) return new JsonNumber(token);
    // Neither an object nor a number: a string, true, false or null.
    return JSON.parse(token) as string | boolean | null;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined) throw new Refused();
    return token;
  }

  #array(depth: number): readonly Json[] {
    const elements: Json[] = [];
    while (this.#tokens[this.#at] !== ']') {
      elements.push(this.value(depth + 1));
      if (this.#tokens[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    return elements;
  }

  #object(depth: number): ReadonlyMap<string, Json> {
    const members = new Map<string, Json>();
    while (this.#tokens[this.#at] !== '}') {
      const key = String(JSON.parse(this.#next()));
      if (members.has(key)) throw new Refused();
      this.#at += 1;
      members.set(key, this.value(depth + 1));
      if (this.#tokens[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    return members;
  }
}
