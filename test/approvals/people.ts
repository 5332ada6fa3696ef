/** Operators with keys of every kind, records and verdicts signed by them, and a request to sign. */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { operatorMessage, revocationMessage, signedRecordText } from '../../src/approvals/operator.ts';
import type { OperatorRecord, RevocationRecord } from '../../src/approvals/operator.ts';
import { requestHash } from '../../src/approvals/request.ts';
import type { ApprovalRequest } from '../../src/approvals/request.ts';
import { fingerprint } from '../../src/approvals/signature.ts';
import type { PublicKey } from '../../src/approvals/signature.ts';
import { signedVerdictText, verdictMessage } from '../../src/approvals/verdict.ts';
import type { Verdict } from '../../src/approvals/verdict.ts';
import { brandAs } from '../../src/core/ids.ts';
import type { OperatorName, PolicyName } from '../../src/core/ids.ts';

export interface Pair {
  readonly privateKey: KeyObject;
  /** The 32 bytes of the public key. */
  readonly point: Buffer;
}

/** The key pair of a seed: 32 bytes hashed from a word. */
export function pairOf(word: string): Pair {
  const seed = createHash('sha256').update(word).digest();
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, point: spki.subarray(-32) };
}

export function wire(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part)];
    }),
  );
}

/** What a signature says of itself; every member can be made wrong. */
export interface SshForm {
  readonly type: string;
  readonly application: string | null;
  readonly namespace: string;
  readonly hash: string;
  readonly version: number;
  readonly reserved: string;
  readonly flags: number;
  readonly counter: number;
  /** Behind the signature, and behind everything. */
  readonly inside: Buffer;
  readonly behind: Buffer;
}

const SOFTWARE: SshForm = {
  type: 'ssh-ed25519',
  application: null,
  namespace: 'countersign-approval@v1',
  hash: 'sha512',
  version: 1,
  reserved: '',
  flags: 0,
  counter: 0,
  inside: Buffer.alloc(0),
  behind: Buffer.alloc(0),
};
export const SECURITY_KEY: Partial<SshForm> = {
  type: 'sk-ssh-ed25519@openssh.com',
  application: 'ssh:',
  flags: 0x05,
  counter: 7,
};

function sha256(bytes: Buffer | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function sshBlobOf({ point }: Pair, form: Partial<SshForm> = {}): Buffer {
  const { type, application } = { ...SOFTWARE, ...form };
  return application === null ? wire(type, point) : wire(type, point, application);
}

export function sshLineOf(pair: Pair, form: Partial<SshForm> = {}): string {
  return `${form.type ?? SOFTWARE.type} ${sshBlobOf(pair, form).toString('base64')} somebody@example`;
}

export function armored(blob: Buffer, columns = 70): string {
  const lines = blob.toString('base64').match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/** The bytes of an SSHSIG, made after PROTOCOL.sshsig and PROTOCOL.u2f by hand. */
export function sshSignature(pair: Pair, message: Buffer, changed: Partial<SshForm> = {}): Buffer {
  const form = { ...SOFTWARE, ...changed };
  const digest = createHash(form.hash === 'md5' ? 'md5' : form.hash)
    .update(message)
    .digest();
  const signed = Buffer.concat([Buffer.from('SSHSIG'), wire(form.namespace, form.reserved, form.hash, digest)]);
  const state = Buffer.alloc(form.application === null ? 0 : 5);
  if (form.application !== null) {
    state.writeUInt8(form.flags, 0);
    state.writeUInt32BE(form.counter, 1);
  }
  const what = form.application === null ? signed : Buffer.concat([sha256(form.application), state, sha256(signed)]);
  const signature = Buffer.concat([wire(form.type, sign(null, what, pair.privateKey)), state, form.inside]);
  const version = Buffer.alloc(4);
  version.writeUInt32BE(form.version);
  return Buffer.concat([
    Buffer.from('SSHSIG'),
    version,
    wire(sshBlobOf(pair, form), form.namespace, form.reserved, form.hash, signature),
    form.behind,
  ]);
}

/** Somebody who signs. */
export interface Hand {
  readonly name: OperatorName;
  readonly key: PublicKey;
  readonly fingerprint: string;
  readonly sign: (message: Buffer) => string;
}

/** A hand with a key under a passphrase, in software, or on a security key. */
export function hand(name: string, kind: 'own' | 'ssh' | 'sk' = 'own', word = name): Hand {
  const pair = pairOf(word);
  const form = kind === 'sk' ? SECURITY_KEY : {};
  const key: PublicKey =
    kind === 'own'
      ? { type: 'ed25519', key: pair.point.toString('base64') }
      : { type: 'ssh', line: sshLineOf(pair, form), verifyRequired: kind === 'sk' };
  return {
    name: brandAs(name),
    key,
    fingerprint: fingerprint(key),
    sign: (message) =>
      kind === 'own'
        ? sign(null, message, pair.privateKey).toString('base64')
        : armored(sshSignature(pair, message, form)),
  };
}

/** When the operators were added; requests come later. */
export const ADDED_MS = 1_780_000_000_000;

export function recordOf({ name, key }: Hand, changed: Partial<OperatorRecord> = {}): OperatorRecord {
  const roles = ['approver'];
  const given = { v: 1, name, person: name, identities: [], roles, limits: null, key } as const;
  return { ...given, addedMs: ADDED_MS + 1000, serial: 1, ...changed };
}

export function signedBy(signer: Hand, record: OperatorRecord | RevocationRecord): string {
  const message = 'revokedMs' in record ? revocationMessage(record) : operatorMessage(record);
  return signedRecordText({
    record,
    signedBy: signer.name,
    fingerprint: signer.fingerprint,
    signature: signer.sign(message),
  });
}

export const ROOT = hand('root');
export const ROOT_ENTRY = signedBy(ROOT, recordOf(ROOT, { roles: ['admin'], addedMs: ADDED_MS }));

export function revocationOf({ name, fingerprint: key }: Hand, revokedMs: number): RevocationRecord {
  return { v: 1, name, fingerprint: key, revokedMs };
}

export const CREATED_MS = 1_790_000_000_000;
export const EXPIRES_MS = CREATED_MS + 900_000;

export const REQUEST: Extract<ApprovalRequest, { readonly v: 2 }> = {
  v: 2,
  id: brandAs('apr-1'),
  nonce: 'ab'.repeat(16),
  origin: 'laptop',
  grant: brandAs('support'),
  principal: 'support@acme.example',
  owner: 'owner@acme.example',
  upstream: brandAs('stripe'),
  pairing: 'cd'.repeat(32),
  secrets: [{ name: 'stripe-live', version: 3, mode: 'live' }],
  tool: brandAs('stripe/create_refund'),
  pin: 'ef'.repeat(32),
  entry: '01'.repeat(32),
  arguments: '{"amount":50000,"payment_intent":"pi_1"}',
  shown: {
    kind: 'refund',
    amount: '500.00 USD',
    currency: 'USD',
    currencyAssumed: false,
    recipient: 'cus_1',
    reason: 'parcel was damaged',
  },
  needs: [
    { count: 1, roles: ['finance'], asked: [{ policy: brandAs<PolicyName>('p'), rule: 'sign-off', cause: 'rule' }] },
  ],
  repeatOf: null,
  createdMs: CREATED_MS,
  expiresMs: EXPIRES_MS,
};

export function verdictOf(by: Hand, request: ApprovalRequest, changed: Partial<Verdict> = {}): Verdict {
  return {
    v: 1,
    request: requestHash(request),
    id: request.id,
    verdict: 'approve',
    operator: by.name,
    fingerprint: by.fingerprint,
    signedMs: CREATED_MS + 30_000,
    seen: { count: 12, head: '23'.repeat(32) },
    ...changed,
  };
}

export function signedVerdict(by: Hand, request: ApprovalRequest, changed: Partial<Verdict> = {}): string {
  const verdict = verdictOf(by, request, changed);
  return signedVerdictText({ verdict, signature: by.sign(verdictMessage(verdict)) });
}

/** Every place in a value, with other values there, and every list once longer and once shorter. */
export function changes(value: unknown, put: (changed: unknown) => unknown = (changed) => changed): unknown[] {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const inside = list.flatMap((element, index) => changes(element, (changed) => put(list.with(index, changed))));
    return [put([...list, 'more']), ...(list.length > 0 ? [put(list.slice(1))] : []), ...inside];
  }
  if (typeof value === 'object' && value !== null) {
    const inside = Object.entries(value).flatMap(([key, member]) =>
      changes(member, (changed) => put({ ...value, [key]: changed })),
    );
    return [put({ ...value, more: 1 }), ...inside];
  }
  if (typeof value === 'number') return [put(value + 1), put(value - 1), put(String(value))];
  if (typeof value === 'boolean') return [put(!value), put(null)];
  if (typeof value === 'string') return [put(`${value}x`), put(flipped(value)), put(null)];
  return [put('something'), put(0)];
}

/** The same length, another first character. */
function flipped(text: string): string {
  return `${text.startsWith('a') ? 'b' : 'a'}${text.slice(1)}`;
}
