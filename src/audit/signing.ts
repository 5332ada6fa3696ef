/**
 * Ed25519 keys as the log uses them: raw, because a signed note names a key by its 32 bytes (C2SP signed-note), and
 * because a key that is only bytes can be wiped when it has done its work.
 */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';

/** What RFC 8410 puts before the 32 bytes of a private and of a public key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export const SEED_BYTES = 32;

/** A key that signs until it is destroyed. */
export class SigningKey {
  /** 32 bytes, base64. */
  readonly publicKey: string;
  readonly #seed: Buffer;
  #destroyed = false;

  /** Takes the seed over: `destroy` wipes it. */
  constructor(seed: Buffer) {
    this.#seed = seed;
    const spki = createPublicKey(this.#private()).export({ format: 'der', type: 'spki' });
    this.publicKey = spki.subarray(SPKI.length).toString('base64');
  }

  static generate(): SigningKey {
    return new SigningKey(randomBytes(SEED_BYTES));
  }

  /** The 64 bytes of the signature. Throws once the key is destroyed. */
  sign(message: string): Buffer {
    if (this.#destroyed) throw new Error('the signing key was destroyed');
    return sign(null, Buffer.from(message), this.#private());
  }

  /** For a key that another process shall go on with. */
  seedText(): string {
    return this.#seed.toString('base64');
  }

  /** What was signed stays proven, and nothing more can be. */
  destroy(): void {
    this.#seed.fill(0);
    this.#destroyed = true;
  }

  #private(): ReturnType<typeof createPrivateKey> {
    return createPrivateKey({ key: Buffer.concat([PKCS8, this.#seed]), format: 'der', type: 'pkcs8' });
  }
}

/** True if the signature is that of the public key (32 bytes, base64) over the message; false for whatever is none. */
export function isSignedBy(publicKey: string, message: string, signature: Buffer): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== SEED_BYTES || raw.toString('base64') !== publicKey) return false;
  try {
    return verify(null, Buffer.from(message), keyOf(publicKey, raw), signature);
  } catch {
    return false;
  }
}

/** Keys that were met last. To take one in costs as much as to verify with it, and a log is signed by few. */
const MET = new Map<string, KeyObject>();
const MOST_MET = 32;

function keyOf(publicKey: string, raw: Buffer): KeyObject {
  const met = MET.get(publicKey);
  if (met !== undefined) return met;
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  if (MET.size >= MOST_MET) MET.clear();
  MET.set(publicKey, key);
  return key;
}
