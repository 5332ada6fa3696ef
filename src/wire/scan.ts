/**
 * A structural scan: where the members of an object lie in its bytes, without building a tree. An upstream's result can
 * so be passed on as the very bytes it wrote. Skipping the scan would be unsafe, since a message with two ids could settle
 * another call; content inside nested values is not judged beyond strings and balanced brackets.
 */
import { isUtf8 } from 'node:buffer';

/** Bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the members of a JSON-RPC message lie. Unknown members are skipped: no byte of them is passed on. */
export interface MessageRanges {
  readonly jsonrpc: Range | undefined;
  readonly id: Range | undefined;
  readonly method: Range | undefined;
  readonly params: Range | undefined;
  readonly result: Range | undefined;
  readonly error: Range | undefined;
}

/** Scans one message. Null if it is not one object with distinct, unescaped keys, or is not balanced or not UTF-8. */
export function scanMessage(bytes: Buffer): MessageRanges | null {
  if (!isUtf8(bytes)) return null;
  const members = scanMembers(bytes);
  if (members === null) return null;
  return {
    jsonrpc: members.get('jsonrpc'),
    id: members.get('id'),
    method: members.get('method'),
    params: members.get('params'),
    result: members.get('result'),
    error: members.get('error'),
  };
}

/** The values of an object by key; null if `bytes` is no object, or one with a repeated or an escaped key. */
export function scanMembers(bytes: Buffer): ReadonlyMap<string, Range> | null {
  const members = new Map<string, Range>();
  const isWhole = scanContainer(bytes, OPEN_BRACE, (at) => {
    const keyEnd = bytes[at] === QUOTE ? skipString(bytes, at) : BROKEN;
    if (keyEnd === BROKEN) return BROKEN;
    const key = bytes.toString('utf8', at + 1, keyEnd - 1);
    const colon = skipSpace(bytes, keyEnd);
    if (key.includes('\\') || members.has(key) || bytes[colon] !== COLON) return BROKEN;
    const start = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, start);
    members.set(key, { start, end });
    return end;
  });
  return isWhole ? members : null;
}

/** The elements of an array; null if `bytes` is none. Of more than `most` it answers one more than that, and reads no further. */
export function scanElements(bytes: Buffer, most = Infinity): readonly Range[] | null {
  const elements: Range[] = [];
  const isWhole = scanContainer(bytes, OPEN_BRACKET, (start) => {
    const end = skipValue(bytes, start);
    if (end !== BROKEN) elements.push({ start, end });
    return elements.length > most ? BROKEN : end;
  });
  return isWhole || elements.length > most ? elements : null;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** A closing bracket stands two code points behind its opening one, for both kinds. */
const CLOSING = 2;
/** In place of an end: the bytes do not hold what was looked for. */
const BROKEN = -1;
const MAX_DEPTH = 1_024;
/** From here on the engine's own search is faster than a loop over bytes. */
const LONG_STRING = 48;

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;
/** The open brackets of the value being skipped. One for all scans: none of them is ever suspended. */
const open = new Uint8Array(MAX_DEPTH);

/** Walks the items of the only container in `bytes`; `item` answers the end of the one that begins at its argument. */
function scanContainer(bytes: Buffer, opening: number, item: (at: number) => number): boolean {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== opening) return false;
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === opening + CLOSING) return isEnd(bytes, at + 1);
  for (;;) {
    const end = item(at);
    if (end === BROKEN) return false;
    at = skipSpace(bytes, end);
    if (bytes[at] === opening + CLOSING) return isEnd(bytes, at + 1);
    if (bytes[at] !== COMMA) return false;
    at = skipSpace(bytes, at + 1);
  }
}

function isEnd(bytes: Buffer, at: number): boolean {
  return skipSpace(bytes, at) === bytes.length;
}

function skipSpace(bytes: Buffer, at: number): number {
  let next = at;
  for (;;) {
    const byte = bytes[next];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return next;
    next += 1;
  }
}

function skipValue(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === QUOTE) return skipString(bytes, at);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return skipContainer(bytes, at);
  return skipScalar(bytes, at);
}

function skipScalar(bytes: Buffer, at: number): number {
  let end = at;
  while (isScalarByte(bytes[end])) end += 1;
  return SCALAR.test(bytes.toString('latin1', at, end)) ? end : BROKEN;
}

/** Letters, digits, signs and the point. */
function isScalarByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x45 || isSignByte(byte);
}

function isSignByte(byte: number): boolean {
  return byte === 0x2b || byte === 0x2d || byte === 0x2e;
}

function skipContainer(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = skipString(bytes, at);
      if (end === BROKEN) return BROKEN;
      at = end - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) return BROKEN;
      open[depth] = byte;
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (open[depth] !== byte - CLOSING) return BROKEN;
      if (depth === 0) return at + 1;
    }
  }
  return BROKEN;
}

/** Answers the place behind the closing quote. */
function skipString(bytes: Buffer, start: number): number {
  const near = Math.min(bytes.length, start + LONG_STRING);
  for (let at = start + 1; at < near; at += 1) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return skipLongString(bytes, start);
}

function skipLongString(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    if (!isEscaped(bytes, at)) return at + 1;
  }
  return BROKEN;
}

/** An odd run of backslashes stands before it. The run ends at the opening quote at the latest. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
