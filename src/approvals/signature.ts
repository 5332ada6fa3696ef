/** Public keys of operators, of both kinds, and the signatures they make. */
import { createHash } from 'node:crypto';
import { ApprovalError } from './errors.ts';
import { fitsEd25519, isEd25519Key } from './signature-ed25519.ts';
import { fromBase64, membersOf } from './signature-text.ts';
import { parseSshKey, sshBlob, verifySsh } from './ssh-signature.ts';
import type { SshFault, SshKey } from './ssh-signature.ts';

/** A key that may sign. */
export type PublicKey =
  | {
      readonly type: 'ed25519';
      /** Base64 of the 32 bytes. Its other half is sealed by a passphrase. */
      readonly key: string;
    }
  | {
      readonly type: 'ssh';
      /** As in `id_ed25519.pub`. */
      readonly line: string;
      /** A touch does not suffice; the security key has to ask for its PIN or a finger. */
      readonly verifyRequired: boolean;
    };

/** What keeps a private key from others, as far as a signature shows it. */
export type Protection = 'passphrase' | 'ssh' | 'touch' | 'touch+pin';

export type SignatureFault =
  | SshFault // see there; `malformed` and `does_not_fit` of either kind
  | 'bad_key'; // the enrolled key is none

export type SignatureCheck =
  { readonly ok: true; readonly protection: Protection } | { readonly ok: false; readonly why: SignatureFault };

/** What `ssh-keygen -Y sign -n` is given for everything that is signed here. */
export const SSH_NAMESPACE = 'countersign-approval@v1';

/** Reads what may be a public key. Undefined for anything else. */
export function parsePublicKey(value: unknown): PublicKey | undefined {
  const own = membersOf(value, ['type', 'key']);
  if (own?.type === 'ed25519' && typeof own.key === 'string') return checked({ type: 'ed25519', key: own.key });
  const ssh = membersOf(value, ['type', 'line', 'verifyRequired']);
  if (ssh?.type !== 'ssh' || typeof ssh.line !== 'string' || typeof ssh.verifyRequired !== 'boolean') return undefined;
  return checked({ type: 'ssh', line: ssh.line, verifyRequired: ssh.verifyRequired });
}

function checked(publicKey: PublicKey): PublicKey | undefined {
  return materialOf(publicKey) && publicKey;
}

/** As OpenSSH prints it. One key has one fingerprint, whichever kind it is enrolled as. Throws `ApprovalError` `bad_key`. */
export function fingerprint(publicKey: PublicKey): string {
  const material = materialOf(publicKey);
  if (material === undefined) throw new ApprovalError('bad_key', 'this is no Ed25519 key');
  const blob = material.type === 'ed25519' ? sshBlob(material.point) : material.key.blob;
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** True for the form of a fingerprint. */
export function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^SHA256:[A-Za-z0-9+/]{43}$/.test(value);
}

/** Checks a signature: base64 of an Ed25519 key's 64 bytes, or the armored text of `ssh-keygen`. Never throws. */
export function verifySignature(publicKey: PublicKey, message: Buffer, signature: string): SignatureCheck {
  const material = materialOf(publicKey);
  if (material === undefined) return { ok: false, why: 'bad_key' };
  if (material.type === 'ed25519') return verifyOwn(material.point, message, signature);
  const check = verifySsh(material.key, SSH_NAMESPACE, message, signature);
  const needsPin = check.ok && material.verifyRequired && check.protection !== 'touch+pin';
  return needsPin ? { ok: false, why: 'no_pin' } : check;
}

function verifyOwn(point: Buffer, message: Buffer, signature: string): SignatureCheck {
  const bytes = signature.length > 88 ? undefined : fromBase64(signature);
  if (bytes?.length !== 64) return { ok: false, why: 'malformed' };
  return fitsEd25519(point, message, bytes)
    ? { ok: true, protection: 'passphrase' }
    : { ok: false, why: 'does_not_fit' };
}

type Material =
  | { readonly type: 'ed25519'; readonly point: Buffer }
  | { readonly type: 'ssh'; readonly key: SshKey; readonly verifyRequired: boolean };

function materialOf(publicKey: PublicKey): Material | undefined {
  if (publicKey.type === 'ed25519') {
    const point = fromBase64(publicKey.key);
    return point && isEd25519Key(point) ? { type: 'ed25519', point } : undefined;
  }
  const parsed = parseSshKey(publicKey.line);
  if (!parsed.ok) return undefined;
  const { key } = parsed;
  // A key in software has nobody to ask for a PIN: such a record could never sign.
  if (publicKey.verifyRequired && key.application === null) return undefined;
  return { type: 'ssh', key, verifyRequired: publicKey.verifyRequired };
}
