/**
 * An operator's own key: Ed25519, sealed by a passphrase that scrypt (RFC 7914) makes slow to guess, with AES-256-GCM.
 * Name and public key are authenticated with it, so a sealed key cannot be passed for another operator's.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scrypt,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { canonicalPlain } from '../core/canonical.ts';
import { brandAs } from '../core/ids.ts';
import type { OperatorName } from '../core/ids.ts';
import { ApprovalError } from './errors.ts';
import { isOperatorName } from './operator.ts';
import { parsePublicKey } from './signature.ts';
import type { PublicKey } from './signature.ts';
import { KEY_BYTES } from './signature-ed25519.ts';
import { fromBase64, membersOf } from './signature-text.ts';

/** A key that was just made. The text is all there is of its private half. */
export interface OperatorKey {
  readonly publicKey: PublicKey;
  readonly sealedText: string;
}

/** An unlocked key. Whoever unlocked it calls `forget` as soon as he signed. */
export interface UnlockedKey {
  readonly name: OperatorName;
  readonly publicKey: PublicKey;
  /** The 64 bytes. Throws `ApprovalError` `forgotten`. */
  sign(message: Buffer): Buffer;
  /**
   * Lets go of the key; a second time nothing happens. What was decrypted here is zeroed already; OpenSSL zeroes its own
   * copy when the garbage collector gives it back, and the passphrase is a string, which nobody can zero.
   */
  forget(): void;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const FORMAT = 1;
const DOMAIN = 'countersign/operator-key/v1\n';
/**
 * The cost of one guess: 128 MiB and a third of a second. A file of this format names no other, so that a file from
 * elsewhere can neither ask for 64 GiB nor make guessing cheap.
 */
const KDF = { name: 'scrypt', N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY = 256 * 1024 * 1024;
/** Of a private Ed25519 key in PKCS #8 (RFC 8410): the seed is its last 32 bytes. */
const PKCS8_BYTES = 48;
const LARGEST_FILE = 4096;
const SHORTEST_PASSPHRASE = 12;
const LONGEST_PASSPHRASE = 1024;

/** Makes a key pair. Throws `ApprovalError` `bad_name` or `weak_passphrase`. */
export async function makeOperatorKey(name: string, passphrase: string): Promise<OperatorKey> {
  if (!isOperatorName(name)) throw new ApprovalError('bad_name', `\`${name}\` is not the name of an operator`);
  const weakness = weaknessOf(passphrase);
  if (weakness !== null) throw new ApprovalError('weak_passphrase', weakness);
  const pair = generateKeyPairSync('ed25519');
  const secret = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  try {
    const key = pointOf(pair.publicKey);
    const sealed = await seal(secret, { name, publicKey: key }, passphrase);
    return { publicKey: { type: 'ed25519', key }, sealedText: textOf(sealed) };
  } finally {
    secret.fill(0);
  }
}

/** Why a passphrase is too weak, in words; null if it is not. */
export function weaknessOf(passphrase: string): string | null {
  if (passphrase.trim() === '') return 'the passphrase is empty';
  if (/\p{Surrogate}/u.test(passphrase)) return 'the passphrase holds half a character';
  const characters = Array.from(normal(passphrase)).length;
  if (characters < SHORTEST_PASSPHRASE) return `the passphrase is shorter than ${SHORTEST_PASSPHRASE} characters`;
  return characters > LONGEST_PASSPHRASE ? `the passphrase is longer than ${LONGEST_PASSPHRASE} characters` : null;
}

/**
 * Opens a sealed key. Throws `ApprovalError`: `bad_key_file` for what is none, before the passphrase matters, and
 * `wrong_passphrase` for one that does not open, whether the passphrase is wrong or the file was changed.
 */
export async function unlockOperatorKey(sealedText: string, passphrase: string): Promise<UnlockedKey> {
  const sealed = parse(sealedText);
  if (sealed === undefined) throw new ApprovalError('bad_key_file', 'this is not the sealed key of an operator');
  const secret = await unseal(sealed, passphrase);
  try {
    return unlocked(sealed, createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }));
  } catch (error) {
    throw error instanceof ApprovalError ? error : closed(error);
  } finally {
    secret.fill(0);
  }
}

function unlocked({ name, publicKey }: Owner, privateKey: KeyObject): UnlockedKey {
  if (privateKey.asymmetricKeyType !== 'ed25519' || pointOf(createPublicKey(privateKey)) !== publicKey) throw closed();
  let held: KeyObject | null = privateKey;
  return {
    name,
    publicKey: { type: 'ed25519', key: publicKey },
    sign(message) {
      if (held === null) throw new ApprovalError('forgotten', `the key of \`${name}\` has to be unlocked again`);
      return sign(null, message, held);
    },
    forget() {
      held = null;
    },
  };
}

function closed(cause?: unknown): ApprovalError {
  const message = 'the key does not open: the passphrase is wrong, or the file was changed';
  return new ApprovalError('wrong_passphrase', message, { cause });
}

/** What is authenticated with the key. */
interface Owner {
  readonly name: OperatorName;
  /** Base64 of the 32 bytes. */
  readonly publicKey: string;
}

interface SealedKey extends Owner {
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function associated({ name, publicKey }: Owner): Buffer {
  return Buffer.from(`${DOMAIN}${canonicalPlain({ name, publicKey })}`);
}

async function seal(secret: Buffer, owner: Owner, passphrase: string): Promise<SealedKey> {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const key = await derive(passphrase, salt);
  try {
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    const ciphertext = cipher.setAAD(associated(owner)).update(secret);
    cipher.final();
    return { ...owner, salt, nonce, ciphertext, tag: cipher.getAuthTag() };
  } finally {
    key.fill(0);
  }
}

async function unseal(sealed: SealedKey, passphrase: string): Promise<Buffer> {
  const key = await derive(passphrase, sealed.salt);
  const decipher = createDecipheriv(ALGORITHM, key, sealed.nonce, { authTagLength: TAG_BYTES });
  // The mode is that of a stream: `update` answers everything, `final` only checks the tag.
  const secret = decipher.setAAD(associated(sealed)).setAuthTag(sealed.tag).update(sealed.ciphertext);
  try {
    decipher.final();
    return secret;
  } catch (error) {
    secret.fill(0);
    throw closed(error);
  } finally {
    key.fill(0);
  }
}

/** Beside the event loop: it takes long enough to keep a screen from answering. */
function derive(passphrase: string, salt: Buffer): Promise<Buffer> {
  const options = { N: KDF.N, r: KDF.r, p: KDF.p, maxmem: MAX_MEMORY };
  return new Promise((resolve, reject) => {
    scrypt(normal(passphrase), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** One passphrase, whichever keyboard it was typed on. */
function normal(passphrase: string): string {
  return passphrase.normalize('NFKC');
}

function pointOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES).toString('base64');
}

function textOf({ name, publicKey, salt, nonce, ciphertext, tag }: SealedKey): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  const kdf = { ...KDF, salt: base64(salt) };
  const file = {
    v: FORMAT,
    name,
    publicKey,
    kdf,
    nonce: base64(nonce),
    ciphertext: base64(ciphertext),
    tag: base64(tag),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads a sealed key: exactly a text that is written here. Whoever wrote it may not be us. */
function parse(text: string): SealedKey | undefined {
  const file = text.length > LARGEST_FILE ? undefined : membersOf(parseJson(text), FILE);
  const kdf = membersOf(file?.kdf, ['name', 'N', 'r', 'p', 'salt']);
  const { name, publicKey } = file ?? {};
  if (!isOperatorName(name) || typeof publicKey !== 'string') return undefined;
  if (parsePublicKey({ type: 'ed25519', key: publicKey }) === undefined) return undefined;
  const [salt, nonce] = [bytesOf(kdf?.salt, SALT_BYTES), bytesOf(file?.nonce, NONCE_BYTES)];
  const [ciphertext, tag] = [bytesOf(file?.ciphertext, PKCS8_BYTES), bytesOf(file?.tag, TAG_BYTES)];
  if (!salt || !nonce || !ciphertext || !tag) return undefined;
  const sealed = { name: brandAs<OperatorName>(name), publicKey, salt, nonce, ciphertext, tag };
  // Also the version and the cost are then those of this format.
  return textOf(sealed) === text ? sealed : undefined;
}

const FILE = ['v', 'name', 'publicKey', 'kdf', 'nonce', 'ciphertext', 'tag'] as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown, length: number): Buffer | undefined {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  return bytes?.length === length ? bytes : undefined;
}
