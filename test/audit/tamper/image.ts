/** A log as bytes in memory: what is tampered with, and put on the disk to be verified. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BALLAST } from '../../../src/audit/ballast.ts';
import { GENESIS, seal, type OcsfRecord, type PlainObject } from '../../../src/audit/chain.ts';

/** Contents by file name. */
export type Image = ReadonlyMap<string, Buffer>;

/** Without the file that only takes room. */
export function readImage(directory: string): Image {
  return new Map(
    fs
      .readdirSync(directory)
      .filter((name) => name !== BALLAST)
      .sort()
      .map((name) => [name, fs.readFileSync(join(directory, name))]),
  );
}

export function writeImage(image: Image, directory: string): void {
  fs.mkdirSync(directory, { recursive: true });
  for (const [name, bytes] of image) fs.writeFileSync(join(directory, name), bytes);
}

/** The image with one file put, or taken away. */
export function withFile(image: Image, file: string, bytes: Buffer | undefined): Image {
  const changed = new Map(image);
  if (bytes === undefined) changed.delete(file);
  else changed.set(file, bytes);
  return changed;
}

export function callsFiles(image: Image): readonly string[] {
  return [...image.keys()].filter((name) => name.startsWith('calls-'));
}
export function adminFiles(image: Image): readonly string[] {
  return [...image.keys()].filter((name) => name.startsWith('admin-')).sort();
}

/** The complete lines of a file. */
export function linesOf(image: Image, file: string): readonly string[] {
  return (image.get(file) ?? Buffer.alloc(0)).toString('utf8').split('\n').slice(0, -1);
}
export function withLines(image: Image, file: string, lines: readonly string[]): Image {
  return withFile(image, file, Buffer.from(lines.map((line) => `${line}\n`).join('')));
}

/** A record, taken apart so that it can be changed. */
export interface Loose {
  readonly json: PlainObject;
  readonly own: PlainObject & {
    readonly kind: string;
    readonly seq: number;
    readonly prev: string;
    readonly hash: string;
  };
}

export function loosen(line: string): Loose {
  const json = JSON.parse(line) as PlainObject & { readonly unmapped: { readonly countersign: Loose['own'] } };
  return { json, own: json.unmapped.countersign };
}
export function recordsOf(image: Image, file: string): readonly Loose[] {
  return linesOf(image, file).map(loosen);
}

/** A record with other fields of our own. */
export function withOwn({ json, own }: Loose, over: PlainObject): Loose {
  return { json, own: { ...own, ...over } };
}

export interface Sealed {
  readonly line: string;
  readonly hash: string;
}

/** A record with the hash that it should have. */
export function sealed({ json, own }: Loose): Sealed {
  const bare = Object.fromEntries(Object.entries(own).filter(([key]) => key !== 'hash'));
  const { bytes, hash } = seal({ ...json, unmapped: { countersign: bare } } as unknown as OcsfRecord);
  return { line: bytes.toString().slice(0, -1), hash };
}

/** Where a chain stands. */
export interface Standing {
  readonly seq: number;
  readonly prev: string;
}
export const START: Standing = { seq: 0, prev: GENESIS };

/** Records chained on from a place, as somebody without any key can: numbers, `prev` and hashes are right. */
export function chained(
  records: readonly Loose[],
  from: Standing,
  change: (record: Loose, at: Standing) => Loose = (record) => record,
): { readonly lines: readonly string[]; readonly end: Standing } {
  let { seq, prev } = from;
  const lines: string[] = [];
  for (const record of records) {
    const { line, hash } = sealed(withOwn(change(record, { seq, prev }), { seq, prev }));
    lines.push(line);
    seq += 1;
    prev = hash;
  }
  return { lines, end: { seq, prev } };
}
