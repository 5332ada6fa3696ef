/**
 * Who may sign: a record per operator and the revocation of keys. An admin signs both, so whoever can write the store
 * can withhold them but neither make nor change one.
 */
import { canonicalPlain } from '../core/canonical.ts';
import { parseCurrency } from '../core/currencies.ts';
import { brandAs } from '../core/ids.ts';
import type { OperatorName } from '../core/ids.ts';
import { isAmount } from '../core/money.ts';
import { ApprovalError } from './errors.ts';
import { isFingerprint, parsePublicKey } from './signature.ts';
import type { PublicKey } from './signature.ts';
import { areTexts, isInstant, isPlainText, isRecord, isWhole, membersOf, readRecord } from './signature-text.ts';

/** One key of one person, and what it may sign. */
export interface OperatorRecord {
  readonly v: 1;
  readonly name: OperatorName;
  /** Who holds the key. A person may have several; quorum and exclusion count persons. */
  readonly person: string;
  /** Under which names grants know the person: what may stand as their principal or owner. */
  readonly identities: readonly string[];
  /** `admin`, `policy`, `approver` and `viewer` mean something here; others are the installation's, such as `finance`. */
  readonly roles: readonly string[];
  /** The most the operator may approve per call, by currency: minor units as decimal digits. Null: any amount. */
  readonly limits: Readonly<Record<string, string>> | null;
  readonly key: PublicKey;
  readonly addedMs: number;
  /** Of several records for one name the highest serial holds. */
  readonly serial: number;
}

/** From an instant on, which may lie in the past, nothing that this key signed is believed. For ever. */
export interface RevocationRecord {
  readonly v: 1;
  readonly name: OperatorName;
  readonly fingerprint: string;
  readonly revokedMs: number;
}

/** A record with the signature of the operator who vouches for it. */
export interface Signed<T> {
  readonly record: T;
  readonly signedBy: OperatorName;
  /** Of the key that signed. */
  readonly fingerprint: string;
  /** As `verifySignature` takes it. */
  readonly signature: string;
}

/** What stands in a registry. */
export type RegistryEntry =
  | ({ readonly kind: 'operator' } & Signed<OperatorRecord>)
  | ({ readonly kind: 'revocation' } & Signed<RevocationRecord>);

const OPERATOR_DOMAIN = 'countersign/operator/v1\n';
const REVOCATION_DOMAIN = 'countersign/operator-revocation/v1\n';

const OPERATOR = ['v', 'name', 'person', 'identities', 'roles', 'limits', 'key', 'addedMs', 'serial'] as const;
const REVOCATION = ['v', 'name', 'fingerprint', 'revokedMs'] as const;
const SIGNED = ['record', 'signedBy', 'fingerprint', 'signature'] as const;

const MOST_NAMES = 32;
const LONGEST_NAME = 128;
/** Longer than any signature of a key that may sign. */
const LONGEST_SIGNATURE = 4096;

/** True for the name of an operator, which has the grammar of every name in the configuration. */
export function isOperatorName(value: unknown): value is OperatorName {
  return typeof value === 'string' && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value);
}

/** What is signed of an operator's record. Throws `ApprovalError` `bad_record` for one that no registry would read. */
export function operatorMessage(record: OperatorRecord): Buffer {
  if (parseOperator(record) === undefined) throw bad(`the record of \`${record.name}\` breaks the form of one`);
  return Buffer.from(`${OPERATOR_DOMAIN}${canonicalPlain(record)}`);
}

/** What is signed of a revocation. Throws `ApprovalError` `bad_record`. */
export function revocationMessage(record: RevocationRecord): Buffer {
  if (parseRevocation(record) === undefined) throw bad(`the revocation of \`${record.name}\` breaks the form of one`);
  return Buffer.from(`${REVOCATION_DOMAIN}${canonicalPlain(record)}`);
}

function bad(message: string): ApprovalError {
  return new ApprovalError('bad_record', message);
}

/** The text of a signed record, one line. */
export function signedRecordText({
  record,
  signedBy,
  fingerprint,
  signature,
}: Signed<OperatorRecord | RevocationRecord>): string {
  return canonicalPlain({ record, signedBy, fingerprint, signature });
}

/** Reads a signed record, strictly and without believing the signature. Undefined for anything else. */
export function parseSignedRecord(text: string): RegistryEntry | undefined {
  const { record, signedBy, fingerprint, signature } = readRecord(text, SIGNED) ?? {};
  if (!isOperatorName(signedBy) || !isFingerprint(fingerprint) || !isSignatureText(signature)) return undefined;
  const by = { signedBy, fingerprint, signature };
  const operator = parseOperator(record);
  if (operator !== undefined) return { kind: 'operator', record: operator, ...by };
  const revocation = parseRevocation(record);
  return revocation && { kind: 'revocation', record: revocation, ...by };
}

/** The message that the signature of an entry has to fit. */
export function entryMessage(entry: RegistryEntry): Buffer {
  return entry.kind === 'operator' ? operatorMessage(entry.record) : revocationMessage(entry.record);
}

export function isSignatureText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_SIGNATURE;
}

function parseOperator(value: unknown): OperatorRecord | undefined {
  const { v, name, person, identities, roles, limits, key, addedMs, serial } = membersOf(value, OPERATOR) ?? {};
  if (v !== 1 || !isOperatorName(name) || !isIdentity(person)) return undefined;
  if (!areTexts(identities, MOST_NAMES, isIdentity) || !areTexts(roles, MOST_NAMES, isRole)) return undefined;
  if (!isLimits(limits) || !isInstant(addedMs) || !isWhole(serial, 1)) return undefined;
  const publicKey = parsePublicKey(key);
  return publicKey && { v, name, person, identities, roles, limits, key: publicKey, addedMs, serial };
}

function parseRevocation(value: unknown): RevocationRecord | undefined {
  const { v, name, fingerprint, revokedMs } = membersOf(value, REVOCATION) ?? {};
  if (v !== 1 || !isOperatorName(name) || !isFingerprint(fingerprint) || !isInstant(revokedMs)) return undefined;
  return { v, name: brandAs<OperatorName>(name), fingerprint, revokedMs };
}

function isIdentity(value: unknown): value is string {
  return isPlainText(value, LONGEST_NAME);
}

function isRole(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9-]{1,32}$/.test(value);
}

function isLimits(value: unknown): value is Readonly<Record<string, string>> | null {
  if (value === null) return true;
  return isRecord(value) && Object.entries(value).every(([currency, minor]) => isCurrency(currency) && isMinor(minor));
}

function isCurrency(text: string): boolean {
  const code = parseCurrency(text);
  return code.ok && code.value === text;
}

function isMinor(value: unknown): value is string {
  return typeof value === 'string' && /^(?:0|[1-9][0-9]{0,15})$/.test(value) && isAmount(BigInt(value));
}
