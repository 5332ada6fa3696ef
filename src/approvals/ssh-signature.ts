/**
 * Signatures of `ssh-keygen -Y sign` (OpenSSH PROTOCOL.sshsig), by Ed25519 keys in software or on a security key
 * (PROTOCOL.u2f). The signature's text and every length in it are the signer's, or a forger's, to choose.
 */
import { createHash } from 'node:crypto';
import { fitsEd25519, isEd25519Key } from './signature-ed25519.ts';
import { fromBase64 } from './signature-text.ts';

export type SshKeyType = 'ssh-ed25519' | 'sk-ssh-ed25519@openssh.com';

/** An enrolled public key. */
export interface SshKey {
  readonly type: SshKeyType;
  /** The key as it stands on the wire and in the middle of its line; what a fingerprint is of. */
  readonly blob: Buffer;
  /** The 32 bytes of the point. */
  readonly point: Buffer;
  /** The origin that a security key signs for; null for a key in software. */
  readonly application: string | null;
}

export type SshKeyFault =
  | 'malformed' // no public key line, or one with options before the key
  | 'key_type'; // RSA, ECDSA, DSA or a certificate

export type SshFault =
  | 'malformed' // no armored signature, cut short, or with bytes behind its end
  | 'other_version'
  | 'other_key' // made by a key that is not the enrolled one
  | 'other_namespace' // made for something else
  | 'other_hash'
  | 'key_type' // the signature is of another kind than its key
  | 'not_touched' // nobody touched the security key
  | 'no_pin' // nobody showed the security key who he is
  | 'does_not_fit'; // not this key's signature of this message

/** What a fitting signature proves; `touch` and `touch+pin` are of a security key. */
export type SshVerdict =
  | { readonly ok: true; readonly protection: 'ssh' | 'touch' | 'touch+pin' }
  | { readonly ok: false; readonly why: SshFault };

const KEY_LINE = /^([a-z0-9@.-]{1,64}) ([A-Za-z0-9+/=]{1,16384})(?: [\x20-\x7e]{0,256})?$/;
/** OpenSSH's own tools make no other; a credential of a web page must not sign here. */
const APPLICATION = /^ssh:[\x21-\x7e]{0,64}$/;
const MAX_ARMOR = 4096;
const MAGIC = Buffer.from('SSHSIG');
const VERSION = 1;
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha512']);
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/** Reads a line as it stands in `id_ed25519.pub`: type, key, and perhaps a comment. */
export function parseSshKey(line: string): { ok: true; key: SshKey } | { ok: false; why: SshKeyFault } {
  const match = KEY_LINE.exec(line);
  if (match === null) return { ok: false, why: 'malformed' };
  const [, type = '', base64 = ''] = match;
  if (!isKeyType(type)) return { ok: false, why: 'key_type' };
  const blob = fromBase64(base64);
  const [named, point, application] = (blob && strings(blob, type === 'ssh-ed25519' ? 2 : 3)) ?? [];
  if (blob === undefined || named?.toString('latin1') !== type) return { ok: false, why: 'malformed' };
  if (point === undefined || !isEd25519Key(point)) return { ok: false, why: 'malformed' };
  const origin = application?.toString('latin1') ?? null;
  if (origin !== null && !APPLICATION.test(origin)) return { ok: false, why: 'malformed' };
  return { ok: true, key: { type, blob, point, application: origin } };
}

function isKeyType(type: string): type is SshKeyType {
  return type === 'ssh-ed25519' || type === 'sk-ssh-ed25519@openssh.com';
}

/** The wire form of an Ed25519 key in software. */
export function sshBlob(point: Buffer): Buffer {
  return Buffer.concat([string('ssh-ed25519'), string(point)]);
}

/** Checks an armored signature of `message` by `key`, made for `namespace`. Never throws. */
export function verifySsh(key: SshKey, namespace: string, message: Buffer, armored: string): SshVerdict {
  const blob = dearmor(armored);
  if (blob === undefined || blob.length < 10 || !blob.subarray(0, 6).equals(MAGIC)) return refuse('malformed');
  if (blob.readUInt32BE(6) !== VERSION) return refuse('other_version');
  const [signer, space, reserved, hash, signature] = strings(blob.subarray(10), 5) ?? [];
  if (!signer || !space || !reserved || !hash || !signature || reserved.length > 0) return refuse('malformed');
  if (!signer.equals(key.blob)) return refuse('other_key');
  if (!space.equals(Buffer.from(namespace))) return refuse('other_namespace');
  const algorithm = hash.toString('latin1');
  if (!HASHES.has(algorithm)) return refuse('other_hash');
  const digest = createHash(algorithm).update(message).digest();
  const signed = Buffer.concat([MAGIC, string(space), string(reserved), string(hash), string(digest)]);
  return key.application === null
    ? verifySoftware(key, signed, signature)
    : verifySecurityKey(key, key.application, signed, signature);
}

function verifySoftware(key: SshKey, signed: Buffer, blob: Buffer): SshVerdict {
  const [type, signature] = strings(blob, 2) ?? [];
  if (type === undefined || signature?.length !== 64) return refuse(kindOf(type, key));
  if (type.toString('latin1') !== key.type) return refuse('key_type');
  return fitsEd25519(key.point, signed, signature) ? { ok: true, protection: 'ssh' } : refuse('does_not_fit');
}

/** A security key signs what it was asked by whom, whether somebody was there, and how often it signed. */
function verifySecurityKey(key: SshKey, application: string, signed: Buffer, blob: Buffer): SshVerdict {
  const state = blob.subarray(-5); // one byte of flags, four of the counter
  const [type, signature] = strings(blob.subarray(0, -5), 2) ?? [];
  if (type === undefined || signature?.length !== 64) return refuse(kindOf(strings(blob, 2)?.[0], key));
  if (type.toString('latin1') !== key.type) return refuse('key_type');
  const asserted = Buffer.concat([sha256(Buffer.from(application)), state, sha256(signed)]);
  if (!fitsEd25519(key.point, asserted, signature)) return refuse('does_not_fit');
  const flags = state.readUInt8(0);
  if ((flags & USER_PRESENT) === 0) return refuse('not_touched');
  return { ok: true, protection: (flags & USER_VERIFIED) === 0 ? 'touch' : 'touch+pin' };
}

/** What is wrong with a signature that does not have the form of its key's kind. */
function kindOf(type: Buffer | undefined, key: SshKey): SshFault {
  return type === undefined || type.toString('latin1') === key.type ? 'malformed' : 'key_type';
}

function refuse(why: SshFault): SshVerdict {
  return { ok: false, why };
}

/** The bytes of an armored signature in the one text that `ssh-keygen` has for them, final newline included. */
function dearmor(armored: string): Buffer | undefined {
  if (armored.length > MAX_ARMOR) return undefined;
  const match = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n$/.exec(armored);
  const blob = Buffer.from(match?.[1] ?? '', 'base64');
  return armor(blob) === armored ? blob : undefined;
}

function armor(blob: Buffer): string {
  const base64 = blob.toString('base64').replace(/.{1,70}/g, '$&\n');
  return `-----BEGIN SSH SIGNATURE-----\n${base64}-----END SSH SIGNATURE-----\n`;
}

/** So many strings of the SSH wire (RFC 4251 section 5), with nothing behind them. */
function strings(bytes: Buffer, count: number): readonly Buffer[] | undefined {
  const found: Buffer[] = [];
  let at = 0;
  for (; found.length < count; at += 4 + (found.at(-1)?.length ?? 0)) {
    if (bytes.length - at < 4) return undefined;
    const length = bytes.readUInt32BE(at);
    if (length > bytes.length - at - 4) return undefined;
    found.push(bytes.subarray(at + 4, at + 4 + length));
  }
  return at === bytes.length ? found : undefined;
}

function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
