/**
 * Sealing: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). Name, version and upstreams are authenticated with
 * the value, so a sealed file cannot be given another name, an older version or more upstreams.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { canonicalPlain } from '../core/canonical.ts';
import { SecretError } from './errors.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const FORMAT = 1;

/** A master key with the id that sealed files name it by. */
export interface MasterKey {
  readonly key: Buffer;
  readonly id: string;
}

/** What a value is sealed for. Upstreams null: any that names the secret. */
export interface SealedFor {
  readonly name: string;
  readonly version: number;
  readonly upstreams: readonly string[] | null;
}

/** A sealed value as it stands in its file. */
export interface Sealed extends SealedFor {
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** Names a key. Throws `SecretError` for anything but 32 bytes. */
export function masterKey(key: Buffer): MasterKey {
  if (key.length !== KEY_BYTES) throw new SecretError('keyring_unavailable', 'a master key has 32 bytes');
  const id = createHash('sha256').update('countersign/master-key/v1').update(key).digest().subarray(0, 8);
  return { key, id: id.toString('hex') };
}

function associated({ name, version, upstreams }: SealedFor): Buffer {
  return Buffer.from(canonicalPlain({ v: FORMAT, name, version, upstreams }));
}

/** Seals a value. */
export function seal(value: string, sealedFor: SealedFor, { key, id }: MasterKey): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(sealedFor));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const { name, version, upstreams } = sealedFor;
  return {
    name,
    version,
    upstreams,
    keyId: id,
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** Opens a sealed value. Throws `SecretError` `wrong_key` or `tampered`. */
export function unseal(sealed: Sealed, { key, id }: MasterKey): string {
  if (sealed.keyId !== id) throw wrongKey(sealed);
  const nonce = Buffer.from(sealed.nonce, 'base64');
  const tag = Buffer.from(sealed.tag, 'base64');
  // A shorter tag is easier to guess, and node:crypto would take one of 4 bytes.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw tampered(sealed.name);
  try {
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated(sealed)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.ciphertext, 'base64'), decipher.final()]).toString('utf8');
  } catch (error) {
    throw tampered(sealed.name, error);
  }
}

export function wrongKey({ name, keyId }: Sealed): SecretError {
  const message = `the secret \`${name}\` was sealed with the master key ${keyId}, which is not here; bring that key back or set the secret again`;
  return new SecretError('wrong_key', message);
}

export function tampered(name: string, cause?: unknown): SecretError {
  const message = `the sealed file of \`${name}\` was changed; set the secret again`;
  return new SecretError('tampered', message, { cause });
}

/** The text of a sealed file. */
export function sealedText(sealed: Sealed): string {
  return `${JSON.stringify({ v: FORMAT, ...sealed }, null, 2)}\n`;
}

const FIELDS = ['v', 'name', 'version', 'upstreams', 'keyId', 'nonce', 'ciphertext', 'tag'];

/** Reads a sealed file strictly; whoever wrote it may not be us. Undefined for anything else. */
export function parseSealed(text: string): Sealed | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  if (Object.keys(members).sort().join() !== [...FIELDS].sort().join()) return undefined;
  const { v, name, version, upstreams, keyId, nonce, ciphertext, tag } = members;
  if (v !== FORMAT || typeof name !== 'string' || !isVersion(version) || !isUpstreams(upstreams)) return undefined;
  if (typeof keyId !== 'string' || typeof nonce !== 'string') return undefined;
  if (typeof ciphertext !== 'string' || typeof tag !== 'string') return undefined;
  return { name, version, upstreams, keyId, nonce, ciphertext, tag };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isUpstreams(value: unknown): value is readonly string[] | null {
  return value === null || (Array.isArray(value) && value.every((upstream) => typeof upstream === 'string'));
}
