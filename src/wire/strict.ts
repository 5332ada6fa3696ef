/**
 * A strict JSON parser. The caller of a tool controls every byte, and what policy evaluates must be what any server
 * behind us would read: so there is one reading of a text, or none.
 */
import { isUtf8 } from 'node:buffer';
import { parseDecimal, sameDecimal } from '../core/decimal.ts';
import { JsonNumber } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { WireError } from './error.ts';
import type { WireCode } from './error.ts';
import type { ParseLimits } from './limits.ts';

/** What a text says, and the first thing in it that no tool call may contain. */
export interface Reading {
  readonly value: Json;
  /** `forbidden_key`, `lone_surrogate`, `unsafe_integer` or `key_too_long`; null when the text is clean. */
  readonly scruple: WireError | null;
}

/** Parses a text that must be wholly clean, such as the arguments of a tool call. Throws `WireError`. */
export function parseStrict(bytes: Buffer, limits: ParseLimits): Json {
  const { value, scruple } = read(bytes, limits);
  if (scruple !== null) throw scruple;
  return value;
}

/**
 * Parses a text in which numbers and names may be anything that has one reading. Throws `WireError` for every other
 * fault; the first number or name that a tool call may not contain is told as the scruple.
 */
export function read(bytes: Buffer, limits: ParseLimits): Reading {
  if (bytes.length > limits.maxBytes) {
    throw new WireError('too_large', `more than ${limits.maxBytes} bytes of JSON`, 0);
  }
  if (!isUtf8(bytes)) throw new WireError('invalid_utf8', 'not valid UTF-8', 0);
  return new Parser(bytes.toString('utf8'), limits).document();
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const FOUR_HEX = /[0-9a-fA-F]{4}/y;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const SIMPLE_ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  readonly #text: string;
  readonly #limits: ParseLimits;
  #at = 0;
  #keys = 0;
  #elements = 0;
  #scruple: WireError | null = null;

  constructor(text: string, limits: ParseLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): Reading {
    this.#space();
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#unexpected();
    return { value, scruple: this.#scruple };
  }

  #value(depth: number): Json {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object(depth + 1);
      case OPEN_BRACKET:
        return this.#array(depth + 1);
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Json {
    this.#enter(depth);
    const object = new Map<string, Json>();
    if (this.#take(CLOSE_BRACE)) return object;
    for (;;) {
      const key = this.#key(object);
      this.#space();
      if (!this.#take(COLON)) this.#unexpected();
      this.#space();
      object.set(key, this.#value(depth));
      this.#space();
      if (this.#take(CLOSE_BRACE)) return object;
      if (!this.#take(COMMA)) this.#unexpected();
      this.#space();
    }
  }

  #array(depth: number): Json {
    this.#enter(depth);
    const array: Json[] = [];
    if (this.#take(CLOSE_BRACKET)) return array;
    for (;;) {
      this.#elements += 1;
      if (this.#elements > this.#limits.maxElements) {
        this.#fail('too_large', `more than ${this.#limits.maxElements} array elements`);
      }
      array.push(this.#value(depth));
      this.#space();
      if (this.#take(CLOSE_BRACKET)) return array;
      if (!this.#take(COMMA)) this.#unexpected();
      this.#space();
    }
  }

  /** Steps over an opening bracket and the space behind it. */
  #enter(depth: number): void {
    if (depth > this.#limits.maxDepth) {
      this.#fail('too_deep', `more than ${this.#limits.maxDepth} objects and arrays inside each other`);
    }
    this.#at += 1;
    this.#space();
  }

  #key(object: ReadonlyMap<string, Json>): string {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#unexpected();
    const key = this.#string();
    if (object.has(key)) this.#fail('duplicate_key', `the key ${quoted(key)} stands twice in one object`);
    this.#keys += 1;
    if (object.size >= this.#limits.maxKeysPerObject || this.#keys > this.#limits.maxKeys) {
      this.#fail('too_many_keys', 'more keys than are accepted');
    }
    if (FORBIDDEN.has(key)) this.#note('forbidden_key', `the key ${quoted(key)} is not accepted`);
    if (this.#isLong(key)) this.#note('key_too_long', `a key of more than ${this.#limits.maxKeyBytes} bytes`);
    return key;
  }

  /** No UTF-16 unit takes more than three bytes, so short keys need no count. */
  #isLong(key: string): boolean {
    return key.length * 3 > this.#limits.maxKeyBytes && Buffer.byteLength(key) > this.#limits.maxKeyBytes;
  }

  #string(): string {
    const start = this.#at + 1;
    for (let at = start; ; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      }
      if (unit === BACKSLASH) return this.#escapedString(start, at);
      if (!(unit >= 0x20)) this.#unexpectedAt(at); // NaN, the end of the text, included
    }
  }

  /** The rest of a string that holds an escape. */
  #escapedString(start: number, firstEscape: number): string {
    let text = '';
    let from = start;
    for (let at = firstEscape; ; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return text + this.#text.slice(from, at);
      }
      if (unit === BACKSLASH) {
        text += this.#text.slice(from, at);
        this.#at = at + 1;
        text += this.#escape();
        from = this.#at;
        at = from - 1;
      } else if (!(unit >= 0x20)) this.#unexpectedAt(at);
    }
  }

  /** One escape, from behind its backslash. */
  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    this.#at += 1;
    if (letter !== 'u') return SIMPLE_ESCAPES.get(letter) ?? this.#unexpectedAt(this.#at - 1);
    const unit = this.#fourHex();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    return this.#surrogate(unit);
  }

  /** A character outside the basic plane is two escapes; valid UTF-8 holds no half of one, so only escapes can. */
  #surrogate(unit: number): string {
    if (unit <= 0xdbff && this.#text.startsWith('\\u', this.#at)) {
      const back = this.#at;
      this.#at += 2;
      const low = this.#fourHex();
      if (low >= 0xdc00 && low <= 0xdfff) return String.fromCharCode(unit, low);
      this.#at = back;
    }
    this.#note('lone_surrogate', 'half of a surrogate pair');
    return String.fromCharCode(unit);
  }

  #fourHex(): number {
    FOUR_HEX.lastIndex = this.#at;
    if (!FOUR_HEX.test(this.#text)) this.#unexpected();
    this.#at += 4;
    return Number.parseInt(this.#text.slice(this.#at - 4, this.#at), 16);
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) this.#unexpected();
    const text = this.#text.slice(this.#at, NUMBER.lastIndex);
    if (!isExact(text)) this.#note('unsafe_integer', `the number ${clip(text)} cannot be held exactly`);
    this.#at = NUMBER.lastIndex;
    return new JsonNumber(text);
  }

  #literal<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#unexpected();
    this.#at += word.length;
    return value;
  }

  #take(unit: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== unit) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #note(code: WireCode, message: string): void {
    this.#scruple ??= new WireError(code, message, this.#at);
  }

  #unexpected(): never {
    return this.#unexpectedAt(this.#at);
  }

  #unexpectedAt(offset: number): never {
    const what = offset < this.#text.length ? `unexpected ${quoted(this.#text.charAt(offset))}` : 'unexpected end';
    throw new WireError('syntax', `${what} at character ${offset + 1}`, offset);
  }

  #fail(code: WireCode, message: string): never {
    throw new WireError(code, message, this.#at);
  }
}

/**
 * True if a reader that uses doubles takes the number for the one that is written. Policy compares what is written, and
 * `666.00000000000000000001` is 666 to such a reader; `1e17` and `9007199254740993.0` round like the integer does.
 */
function isExact(text: string): boolean {
  const value = Number(text);
  if (value === 0) return !text.startsWith('-') && !/^[^eE]*[1-9]/.test(text); // -0, and what became 0 by underflow
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return false;
  const shortest = String(value);
  if (text === shortest) return true;
  const [written, read] = [parseDecimal(text), parseDecimal(shortest)];
  return written !== undefined && read !== undefined && sameDecimal(written, read);
}

/** The sender's words, short and printable. */
function quoted(text: string): string {
  return `\`${clip(text).replace(/[^\x20-\x7e]/g, '?')}\``;
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
