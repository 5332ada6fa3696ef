/**
 * Signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each signature. A signature line begins with
 * an em dash and names its key; behind it stand four bytes that tell keys of one name apart, and the signature, in base64.
 */
import { hash } from 'node:crypto';
import { isSignedBy, type SigningKey } from './signing.ts';

/** Ed25519 in the list of signature types. */
const ED25519 = 1;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const SIGNATURE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const VERIFIER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

/** A key with the name that it signs under. */
export interface NoteSigner {
  readonly name: string;
  readonly key: SigningKey;
}

/** The public half. */
export interface NoteVerifier {
  readonly name: string;
  /** 32 bytes, base64. */
  readonly publicKey: string;
}

export interface NoteSignature {
  readonly name: string;
  /** Hexadecimal, four bytes. */
  readonly keyId: string;
  readonly signature: Buffer;
}

export interface SignedNote {
  /** What is signed; ends with a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signs a text that ends with a newline, by each of the signers. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const lines = signers.map(({ name, key }) => {
    const blob = Buffer.concat([keyIdOf({ name, publicKey: key.publicKey }), key.sign(text)]);
    return `\u2014 ${name} ${blob.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Reads a note; undefined for what is none. Nothing is proven by that. */
export function readNote(note: string): SignedNote | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end === -1 || !note.endsWith('\n')) return undefined;
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(readSignature);
  if (!signatures.every((one) => one !== undefined)) return undefined;
  return { text: note.slice(0, end + 1), signatures };
}

function readSignature(line: string): NoteSignature | undefined {
  const [, name, base64] = SIGNATURE.exec(line) ?? [];
  if (name === undefined || base64 === undefined) return undefined;
  const blob = Buffer.from(base64, 'base64');
  if (blob.length <= KEY_ID_BYTES || blob.toString('base64') !== base64) return undefined;
  return { name, keyId: blob.toString('hex', 0, KEY_ID_BYTES), signature: blob.subarray(KEY_ID_BYTES) };
}

/** True if one of the note's signatures is that of this key. */
export function isNoteSignedBy({ text, signatures }: SignedNote, verifier: NoteVerifier): boolean {
  const keyId = keyIdOf(verifier).toString('hex');
  return signatures.some(
    (one) =>
      one.name === verifier.name &&
      one.keyId === keyId &&
      one.signature.length === SIGNATURE_BYTES &&
      isSignedBy(verifier.publicKey, text, one.signature),
  );
}

/** The text form of a public key that tools for signed notes take: name, key id and key. */
export function verifierKey(verifier: NoteVerifier): string {
  const key = Buffer.concat([Buffer.from([ED25519]), Buffer.from(verifier.publicKey, 'base64')]);
  return `${verifier.name}+${keyIdOf(verifier).toString('hex')}+${key.toString('base64')}`;
}

/** Reads such a text form; undefined for what is none. */
export function readVerifierKey(text: string): NoteVerifier | undefined {
  const [, name, keyId, base64] = VERIFIER_KEY.exec(text) ?? [];
  if (name === undefined || base64 === undefined) return undefined;
  const key = Buffer.from(base64, 'base64');
  if (key[0] !== ED25519 || key.length !== 33) return undefined;
  const verifier = { name, publicKey: key.toString('base64', 1) };
  return keyIdOf(verifier).toString('hex') === keyId ? verifier : undefined;
}

function keyIdOf({ name, publicKey }: NoteVerifier): Buffer {
  const text = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), Buffer.from(publicKey, 'base64')]);
  return hash('sha256', text, 'buffer').subarray(0, KEY_ID_BYTES);
}
