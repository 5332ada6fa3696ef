/**
 * The chain: `hash` is SHA-256 over the RFC 8785 form of the record without `hash`, and `prev` is the hash before. The
 * line is compact JSON in writing order; a line that is not exactly the text of its own record counts as altered.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { hash as digest } from 'node:crypto';
import { canonicalPlain } from '../core/canonical.ts';
import { AuditError } from './events.ts';
import { inKeyOrder } from './key-order.ts';

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };
export type PlainObject = Readonly<Record<string, Plain>>;

/** The stable part of a record. `hash` is added when the record is sealed. */
export type OwnPart = PlainObject & {
  readonly kind: string;
  readonly segment: string;
  readonly seq: number;
  readonly prev: string;
};

/** An OCSF event with our part under `unmapped.countersign`. */
export type OcsfRecord = PlainObject & {
  readonly time: number;
  readonly unmapped: { readonly countersign: OwnPart };
};

/** What stands in `prev` of a first record. */
export const GENESIS = '0'.repeat(64);

/** Shippers cut or drop longer lines. */
export const MAX_LINE_BYTES = 8_000;

/** A line, ready to be appended, and its hash. */
export class Sealed {
  /** With its newline. */
  readonly line: string;
  readonly hash: string;

  constructor(line: string, hash: string) {
    this.line = line;
    this.hash = hash;
  }

  get bytes(): Buffer {
    return Buffer.from(this.line);
  }
}

/** Computes the hash of a record and its line. Throws `AuditError` for one that no line can hold. */
export function seal(record: OcsfRecord): Sealed {
  const sealed = sealIfFits(record);
  if (sealed === undefined) throw new AuditError('unwritable', 'the record is too long for a line of the log');
  return sealed;
}

/** The same; undefined for a record that no line can hold. */
export function sealIfFits(record: OcsfRecord): Sealed | undefined {
  const hash = digest('sha256', canonicalText(record));
  const own = { ...record.unmapped.countersign, hash };
  const line = `${lineText({ ...record, unmapped: { countersign: own } })}\n`;
  return Buffer.byteLength(line) > MAX_LINE_BYTES ? undefined : new Sealed(line, hash);
}

/**
 * The RFC 8785 form of a record of our own, at a fifth of the price of the general one, on the path of every call: its
 * strings are well-formed, its numbers safe integers, and its objects have few shapes, whose order of keys is kept.
 */
export function canonicalText(record: PlainObject): string {
  return JSON.stringify(inOrder(record));
}

function inOrder(value: Plain): Plain {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(inOrder);
  const ordered: Record<string, Plain> = {};
  for (const key of inKeyOrder(Object.keys(value))) ordered[key] = inOrder(value[key] ?? null);
  return ordered;
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

/** JSON with everything escaped that a terminal or a line splitter could take for control. */
export function lineText(record: PlainObject): string {
  return JSON.stringify(record).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A line read back. `intact`: the hash and the text are those of the record. */
export interface ReadRecord {
  readonly json: PlainObject;
  readonly own: PlainObject;
  readonly kind: string;
  readonly segment: string;
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  /** What the hash of this record should be. */
  readonly computed: string;
  readonly intact: boolean;
}

function isObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a line without its newline; undefined if it is not a record of ours at all. */
export function readRecord(bytes: Buffer): ReadRecord | undefined {
  const line = bytes.toString('utf8');
  const json = parse(line);
  if (!isObject(json) || !isObject(json['unmapped'])) return undefined;
  const own = json['unmapped']['countersign'];
  if (!isObject(own)) return undefined;
  const { kind, segment, seq, prev, hash } = own;
  if (typeof kind !== 'string' || typeof segment !== 'string' || typeof seq !== 'number') return undefined;
  if (typeof prev !== 'string' || typeof hash !== 'string') return undefined;
  const computed = hashOf(line, json, own);
  // What has no canonical form has no hash, and an empty one proves nothing.
  const intact = computed !== '' && computed === hash && isTextOf(json, line, bytes);
  return { json, own, kind, segment, seq, prev, hash, computed, intact };
}

/** True if the line is the one text of the record. Most lines are plain, and hold nothing that would be escaped. */
function isTextOf(json: PlainObject, line: string, bytes: Buffer): boolean {
  const isPlain = isAscii(bytes) && !line.includes(DELETE);
  return (isPlain && JSON.stringify(json) === line) || (lineText(json) === line && isUtf8(bytes));
}

/** The one character of ASCII that `lineText` escapes and JSON does not. */
const DELETE = '\u007f';

/** What the quick form does not put in order as RFC 8785 does: half characters, a key that sets a prototype, numbers as keys. */
const UNUSUAL = /\\u[dD]|__proto__|"\d+":/;

/** The hash of a record that was read; empty for one without a canonical form. */
function hashOf(line: string, json: PlainObject, own: PlainObject): string {
  try {
    return digest('sha256', UNUSUAL.test(line) ? canonicalPlain(withoutHash(json, own)) : sortedText(json, own));
  } catch {
    return '';
  }
}

function withoutHash(json: PlainObject, own: PlainObject): PlainObject {
  const unsealed = Object.fromEntries(Object.entries(own).filter(([key]) => key !== 'hash'));
  return { ...json, unmapped: { ...fieldsOf(json['unmapped']), countersign: unsealed } };
}

function fieldsOf(value: Plain | undefined): PlainObject {
  return isObject(value) ? value : {};
}

/** The canonical form of what was read, which may have any shape. */
function sortedText(json: PlainObject, own: PlainObject): string {
  return JSON.stringify(sorted(json, own));
}

/** A number as our writers make them. Another may be read otherwise by another verifier. */
function exact<T>(value: T): T {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('a number is not a safe integer');
  return value;
}

function sorted(value: Plain, own: PlainObject): Plain {
  if (typeof value !== 'object' || value === null) return exact(value);
  if (isList(value)) return value.map((one) => sorted(one, own));
  const ordered: Record<string, Plain> = {};
  for (const key of inKeyOrder(Object.keys(value))) {
    if (key === 'hash' && value === own) continue;
    ordered[key] = sorted(value[key] ?? null, own);
  }
  return ordered;
}
