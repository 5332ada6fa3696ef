/**
 * Ed25519 keys as the log uses them: raw, because a signed note names a key by its 32 bytes (C2SP signed-note), and
 * because a key that is only bytes can be wiped when it has done its work.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';

/** What RFC 8410 puts before the 32 bytes of a private and of a public key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export const SEED_BYTES = 32;

/** A key that signs until it is destroyed. */
export class SigningKey {
  /** 32 bytes, base64. */
  readonly publicKey: string;
  readonly #seed: Buffer;
  readonly #x: string;
  #destroyed = false;

  /** Takes the seed over: `destroy` wipes it. */
  constructor(seed: Buffer) {
    this.#seed = seed;
    const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
    this.publicKey = spki.toString('base64');
    this.#x = spki.toString('base64url');
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

  /** As a JWK (RFC 8037), which is read ten times as fast as DER: a busy log signs often. */
  #private(): KeyObject {
    const key = { kty: 'OKP', crv: 'Ed25519', x: this.#x, d: this.#seed.toString('base64url') };
    return createPrivateKey({ key, format: 'jwk' });
  }
}

/** Keys that were read, because a chain is signed by few: no more than these at once. */
const KNOWN_KEYS = 16;
const known = new Map<string, KeyObject>();

function publicKeyOf(raw: Buffer, text: string): KeyObject {
  const found = known.get(text);
  if (found !== undefined) return found;
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  if (known.size >= KNOWN_KEYS) known.clear();
  known.set(text, key);
  return key;
}

/** True if the signature is that of the public key (32 bytes, base64) over the message; false for whatever is none. */
export function isSignedBy(publicKey: string, message: string, signature: Buffer): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== SEED_BYTES || raw.toString('base64') !== publicKey) return false;
  try {
    return verify(null, Buffer.from(message), publicKeyOf(raw, publicKey), signature);
  } catch {
    return false;
  }
}
