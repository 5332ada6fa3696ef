/**
 * What a checkpoint says: so many records of a chain, and the hash of the last. The text is that of a C2SP checkpoint
 * (origin, size, hash, then lines of our own). The hash is the head of a chain and not the root of a Merkle tree: it
 * covers every record before it, and proves none alone.
 */
import { GENESIS } from './chain.ts';
import { isNoteSignedBy, readNote, signNote, type NoteSigner, type SignedNote } from './note.ts';

/** No chain of ours goes on for longer without one. */
export const CHECKPOINT_RECORDS = 256;
/** Nor for longer than this while a process is there to write one. */
export const CHECKPOINT_MS = 10_000;

/** How far a chain goes. */
export interface Extent {
  readonly count: number;
  /** Hash of the last record, 64 hexadecimal digits. */
  readonly head: string;
}

export interface Checkpoint extends Extent {
  /** Whose chain: `countersign/<install>/<segment>`, where the admin stream is the segment `admin`. */
  readonly origin: string;
  /** The public key that signs the next checkpoint of the admin stream, base64. */
  readonly next?: string;
  /** How far the segments go that were open, in a checkpoint of the whole log. */
  readonly segments?: readonly (Extent & { readonly segment: string })[];
}

export interface ReadCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/** Names a chain of an installation, and the key that signs for it. */
export function originOf(install: string, segment: string): string {
  return `countersign/${install}/${segment}`;
}

/** Names the installation's own key. */
export function installName(install: string): string {
  return `countersign/${install}`;
}

/** The signed note. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  const { origin, count, head, next, segments = [] } = checkpoint;
  const lines = [
    ...[origin, String(count), base64Of(head)],
    ...(next === undefined ? [] : [`next ${next}`]),
    ...segments.map((one) => `segment ${one.segment} ${one.count} ${base64Of(one.head)}`),
  ];
  return signNote(lines.map((line) => `${line}\n`).join(''), signers);
}

/** Reads a checkpoint; undefined for what is none. Who signed it is for the caller to ask. */
export function readCheckpoint(text: string): ReadCheckpoint | undefined {
  const note = readNote(text);
  if (note === undefined) return undefined;
  const [origin = '', count = '', head = '', ...rest] = note.text.split('\n').slice(0, -1);
  const extent = extentOf(count, head);
  if (origin === '' || extent === undefined) return undefined;
  const segments = rest.map(segmentOf).filter((one) => one !== undefined);
  const next = rest.find((line) => line.startsWith('next '))?.slice('next '.length);
  return { origin, ...extent, ...(next === undefined ? {} : { next }), segments, note };
}

/** True if it is signed by the key (base64) under the name. */
export function isCheckpointOf({ note }: ReadCheckpoint, name: string, publicKey: string): boolean {
  return isNoteSignedBy(note, { name, publicKey });
}

function segmentOf(line: string): (Extent & { readonly segment: string }) | undefined {
  const [word, segment = '', count = '', head = '', ...more] = line.split(' ');
  const extent = extentOf(count, head);
  return word !== 'segment' || extent === undefined || more.length > 0 ? undefined : { segment, ...extent };
}

function extentOf(count: string, head: string): Extent | undefined {
  if (!/^(0|[1-9]\d{0,14})$/.test(count)) return undefined;
  const bytes = Buffer.from(head, 'base64');
  if (bytes.length * 2 !== GENESIS.length || bytes.toString('base64') !== head) return undefined;
  return { count: Number(count), head: bytes.toString('hex') };
}

function base64Of(head: string): string {
  return Buffer.from(head, 'hex').toString('base64');
}
