/**
 * Sealing: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Name, version and the upstreams that may receive
 * the value are associated data, so that a sealed value cannot be moved under another name or given to another server.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { canonicalPlain } from '../core/canonical.ts';
import type { SecretName, UpstreamName } from '../core/ids.ts';
import { SecretError } from './error.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is known of a secret without opening it. */
export interface SecretHeader {
  readonly name: SecretName;
  readonly version: number;
  /** Null: every upstream that names the secret. */
  readonly upstreams: readonly UpstreamName[] | null;
}

/** A secret at rest; bytes are base64. */
export interface SealedSecret extends SecretHeader {
  readonly v: 1;
  /** Which master key sealed it. */
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** A short name of a master key that tells nothing about it. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('countersign/master-key/v1').update(key).digest('hex').slice(0, 16);
}

/** Seals a value. */
export function seal(value: string, { name, version, upstreams }: SecretHeader, key: Buffer): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData({ name, version, upstreams }));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const bytes = { nonce: nonce.toString('base64'), ciphertext: ciphertext.toString('base64') };
  return { v: 1, name, version, upstreams, keyId: keyIdOf(key), ...bytes, tag: cipher.getAuthTag().toString('base64') };
}

/** Opens a sealed value. Throws `SecretError` `wrong_key` or `tampered`. */
export function unseal(sealed: SealedSecret, key: Buffer): string {
  if (sealed.keyId !== keyIdOf(key)) {
    const message = `secret \`${sealed.name}\` was sealed under another master key; seal it again: countersign secret set ${sealed.name}`;
    throw new SecretError('wrong_key', message);
  }
  try {
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(sealed));
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(sealed.ciphertext, 'base64')), decipher.final()]).toString(
      'utf8',
    );
  } catch (cause) {
    const message = `secret \`${sealed.name}\` was changed since it was sealed; seal it again: countersign secret set ${sealed.name}`;
    throw new SecretError('tampered', message, { cause });
  }
}

function associatedData({ name, version, upstreams }: SecretHeader): Buffer {
  return Buffer.from(canonicalPlain({ v: 1, name, version, upstreams }), 'utf8');
}
