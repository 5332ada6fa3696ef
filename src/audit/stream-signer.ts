/**
 * Who signs for the admin stream. Every checkpoint names the key of the next one, and the key that signed it is wiped: a
 * thief of today's key cannot sign what was written before today. The installation's key signs beside it, so that one
 * public key is enough for whoever keeps checkpoints elsewhere.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from './chain.ts';
import { installName, originOf, readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { AuditKeys } from './keys.ts';
import type { ChainHead } from './ports.ts';
import { SigningKey } from './signing.ts';

interface Place {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly installId: string;
}

export class StreamSigner {
  readonly #place: Place;
  readonly #keys: AuditKeys;

  constructor(place: Place) {
    this.#place = place;
    this.#keys = new AuditKeys(place.keysDirectory);
  }

  /** The public keys that a new file names: the installation's, and the one that signs next, if there is one. */
  keys(head: ChainHead): { readonly authority: string; readonly key: string | null } {
    return { authority: this.#keys.install().publicKey, key: this.#current(head)?.publicKey ?? null };
  }

  /** A checkpoint of the stream as it stands; `commit` is to be called when it is on the disk. */
  checkpoint(head: ChainHead): { readonly note: string; readonly commit: () => void } {
    const { installId } = this.#place;
    const current = this.#current(head);
    const next = SigningKey.generate();
    this.#keys.prepare(next);
    const origin = originOf(installId, 'admin');
    const own = { name: installName(installId), key: this.#keys.install() };
    const signers = current === undefined ? [own] : [{ name: origin, key: current }, own];
    const note = signCheckpoint({ origin, count: head.count, head: head.hash, next: next.publicKey }, signers);
    return { note, commit: () => this.#keys.promote() };
  }

  /** The key that the stream named last. Without one, the installation's key begins anew, and verification says so. */
  #current(head: ChainHead): SigningKey | undefined {
    const { current, next } = this.#keys.stream();
    if (next === undefined) return current;
    // A crash came between naming a key and putting it in the place of the one before, or before naming it.
    const named = lastNamed(join(this.#place.directory, head.file));
    if (next.publicKey === named) {
      this.#keys.promote();
      return next;
    }
    if (current?.publicKey !== named) return undefined;
    this.#keys.discard();
    return current;
  }
}

/** The public key that a file of the stream named last. */
function lastNamed(path: string): string | null {
  let named: string | null = null;
  for (const line of linesOf(path)) {
    const record = readRecord(line);
    if (record?.intact !== true) continue;
    const { key, note } = record.own;
    if (record.kind === 'stream_opened' && typeof key === 'string') named = key;
    if (record.kind === 'checkpoint' && typeof note === 'string') named = readCheckpoint(note)?.next ?? named;
  }
  return named;
}

function linesOf(path: string): readonly Buffer[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => Buffer.from(line));
  } catch {
    return [];
  }
}
