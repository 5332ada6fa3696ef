/**
 * A log written anew from a place on, by somebody who signs: the registry, the segments that are opened behind that place,
 * and every checkpoint, each consistent with all before it. What he lacks are the keys that were destroyed.
 */
import { installName, originOf, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import type { PlainObject } from '../../../src/audit/chain.ts';
import type { NoteSigner } from '../../../src/audit/note.ts';
import type { Stamp } from '../../../src/audit/ocsf.ts';
import { frameLine } from '../../../src/audit/record.ts';
import { SigningKey } from '../../../src/audit/signing.ts';
import { INSTALL } from '../support.ts';
import {
  adminFiles,
  chained,
  recordsOf,
  START,
  withFile,
  withLines,
  withOwn,
  type Image,
  type Loose,
  type Standing,
} from './image.ts';

export interface Remaking {
  /** The first record of the admin stream that is written anew. */
  readonly from: number;
  /** The key of the installation. */
  readonly install: SigningKey;
  /** The key that signs the first new checkpoint; it may not be the one that the stream named. */
  readonly stream?: SigningKey;
  /** What is made of a segment's records: `undefined` takes the file away. */
  readonly segment?: (records: readonly Loose[]) => readonly Loose[] | undefined;
  /** True for a log of a release that signed nothing: no keys, no checkpoints. */
  readonly isUnsigned?: boolean;
  /** What is made of a record of the admin stream: one, several or none. */
  readonly admin?: (record: Loose) => readonly Loose[];
}

interface Entry {
  readonly segment: string;
  readonly file: string;
}

/** The number of the admin record that opened the segment of a file. */
export function openedAt(image: Image, file: string): number {
  const records = adminFiles(image).flatMap((name) => recordsOf(image, name));
  return records.findIndex(({ own }) => own.kind === 'segment_opened' && entryOf(own['entry'])?.file === file);
}

export function entryOf(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && 'file' in value ? (value as Entry) : undefined;
}

export function remake(image: Image, remaking: Remaking): Image {
  return new Remake(image, remaking).run();
}

class Remake {
  readonly #remaking: Remaking;
  #image: Image;
  #standing: Standing = START;
  #named: SigningKey | undefined;
  /** Where segments that were written anew end. */
  readonly #ends = new Map<string, Standing>();

  constructor(image: Image, remaking: Remaking) {
    this.#image = image;
    this.#remaking = remaking;
    this.#named = remaking.stream;
  }

  run(): Image {
    let before = { file: '', bytes: 0 };
    for (const old of adminFiles(this.#image)) {
      // The name tells the number of the first record.
      const file = old.replace(/\d{10}(?=\.|-\d+\.)/, String(this.#standing.seq).padStart(10, '0'));
      const lines = this.#file(old, before);
      this.#image = withLines(withFile(this.#image, old, undefined), file, lines);
      before = { file, bytes: this.#image.get(file)?.length ?? 0 };
    }
    return this.#image;
  }

  #file(file: string, before: { readonly file: string; readonly bytes: number }): readonly string[] {
    const lines: string[] = [];
    for (const record of this.#signedOnly(recordsOf(this.#image, file))) {
      const isKept = record.own.seq < this.#remaking.from;
      const changed = isKept ? [record] : (this.#remaking.admin?.(record) ?? [record]);
      for (const one of changed) lines.push(isKept ? this.#append(one) : this.#renew(one, before));
    }
    return lines;
  }

  /** Without checkpoints and keys, for a log that signs nothing. */
  #signedOnly(records: readonly Loose[]): readonly Loose[] {
    if (this.#remaking.isUnsigned !== true) return records;
    return records.filter(({ own }) => own.kind !== 'checkpoint');
  }

  #keys(keys: PlainObject): PlainObject {
    return this.#remaking.isUnsigned === true ? { authority: null, key: null } : keys;
  }

  #append(record: Loose): string {
    const { lines, end } = chained([record], this.#standing);
    this.#standing = end;
    return lines[0] ?? '';
  }

  #renew(record: Loose, before: { readonly file: string; readonly bytes: number }): string {
    const { seq: count, prev: hash } = this.#standing;
    const entry = entryOf(record.own['entry']);
    if (record.own.kind === 'stream_opened') {
      const keys = { authority: this.#remaking.install.publicKey, key: this.#named?.publicKey ?? null };
      return this.#append(withOwn(record, { continues: { ...before, count, hash }, ...this.#keys(keys) }));
    }
    if (record.own.kind === 'checkpoint') return this.#append(withOwn(record, { note: this.#note() }));
    if (entry === undefined) return this.#append(record);
    if (record.own.kind === 'segment_opened') return this.#open(record, entry);
    const end = this.#ends.get(entry.segment);
    const stands = end === undefined ? {} : { count: end.seq, head: end.prev };
    return this.#append(withOwn(record, { entry: { ...entry, ...stands } }));
  }

  /** A checkpoint of the stream as it stands now, which names a key that he knows. */
  #note(): string {
    const next = SigningKey.generate();
    const own: NoteSigner = { name: installName(INSTALL), key: this.#remaking.install };
    const origin = originOf(INSTALL, 'admin');
    const signers = this.#named === undefined ? [own] : [{ name: origin, key: this.#named }, own];
    const { seq: count, prev: head } = this.#standing;
    this.#named = next;
    return signCheckpoint({ origin, count, head, next: next.publicKey }, signers);
  }

  /** A new key for the segment, because the one that signed for it is gone; and with it a new file. */
  #open(record: Loose, entry: Entry): string {
    const key = SigningKey.generate();
    const seq = this.#standing.seq;
    const line = this.#append(withOwn(record, { entry: { ...entry, ...this.#keys({ key: key.publicKey }) } }));
    this.#segment(entry, key, { seq, hash: this.#standing.prev });
    return line;
  }

  #segment({ segment, file }: Entry, key: SigningKey, registry: { readonly seq: number; readonly hash: string }): void {
    if (!this.#image.has(file)) return;
    const old = this.#signedOnly(recordsOf(this.#image, file));
    const records = this.#remaking.segment === undefined ? old : this.#remaking.segment(old);
    if (records === undefined) {
      this.#image = withFile(this.#image, file, undefined);
      return;
    }
    const origin = originOf(INSTALL, segment);
    const { lines, end } = chained(records, START, (record, { seq: count, prev: head }) => {
      if (record.own.kind === 'segment_open')
        return withOwn(record, { registry, ...this.#keys({ key: key.publicKey }) });
      if (record.own.kind === 'segment_close') return withOwn(record, { count: count + 1 });
      if (record.own.kind !== 'checkpoint') return record;
      return withOwn(record, { note: signCheckpoint({ origin, count, head }, [{ name: origin, key }]) });
    });
    this.#image = withLines(this.#image, file, lines);
    this.#ends.set(segment, end);
  }
}

/** A checkpoint of the stream at a place, signed by the key that it named and by the installation's. */
export function checkpointLine(
  { install, stream }: { readonly install: SigningKey; readonly stream: SigningKey },
  stamp: Stamp,
): string {
  const origin = originOf(INSTALL, 'admin');
  const said = { origin, count: stamp.seq, head: stamp.prev, next: SigningKey.generate().publicKey };
  const note = signCheckpoint(said, [
    { name: origin, key: stream },
    { name: installName(INSTALL), key: install },
  ]);
  return frameLine({ kind: 'checkpoint', note }, stamp).bytes.toString().slice(0, -1);
}
