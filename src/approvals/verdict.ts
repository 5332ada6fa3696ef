/** A person's answer to a request, signed. Whoever carries or stores it can lose it and nothing else. */
import { unmetNeeds } from '../core/approval.ts';
import type { Signer } from '../core/approval.ts';
import { canonicalPlain } from '../core/canonical.ts';
import { brandAs } from '../core/ids.ts';
import type { ApprovalId, OperatorName } from '../core/ids.ts';
import { ApprovalError } from './errors.ts';
import type { OperatorRecord } from './operator.ts';
import { isOperatorName, isSignatureText } from './operator.ts';
import { folded, rolesFor } from './operator-rights.ts';
import type { PermissionFault, Registry } from './registry.ts';
import { requestHash } from './request.ts';
import type { ApprovalRequest, RequestNeed } from './request.ts';
import { isFingerprint, SSH_NAMESPACE, verifySignature } from './signature.ts';
import type { Protection, SignatureFault } from './signature.ts';
import { isInstant, isPlainText, isWhole, membersOf, readRecord } from './signature-text.ts';

/** What is signed. */
export interface Verdict {
  readonly v: 1;
  /** Hash of the request: 64 hexadecimal digits. */
  readonly request: string;
  readonly id: ApprovalId;
  readonly verdict: 'approve' | 'reject';
  readonly operator: OperatorName;
  /** Of the key that signs. */
  readonly fingerprint: string;
  readonly signedMs: number;
  /** The end of the admin log as the signer saw it, which makes him a witness of it. */
  readonly seen: { readonly count: number; readonly head: string } | null;
}

export interface SignedVerdict {
  readonly verdict: Verdict;
  /** As `verifySignature` takes it. */
  readonly signature: string;
}

export type VerdictFault =
  | PermissionFault
  | 'malformed' // not the text of a signed verdict
  | 'bad_request' // the request itself has no hash
  | 'other_request'
  | 'other_key' // not the key that the operator has now
  | 'bad_signature'
  | 'before_request' // signed before there was anything to sign
  | 'in_future'
  | 'expired';

/** A verdict that counts. */
export interface AcceptedVerdict {
  readonly ok: true;
  readonly verdict: Verdict;
  readonly operator: OperatorRecord;
  readonly protection: Protection;
}

export interface RefusedVerdict {
  readonly ok: false;
  readonly code: VerdictFault;
  /** In words, for a person. */
  readonly why: string;
}

export type VerdictCheck = AcceptedVerdict | RefusedVerdict;

const DOMAIN = 'countersign/verdict/v1\n';
const VERDICT = ['v', 'request', 'id', 'verdict', 'operator', 'fingerprint', 'signedMs', 'seen'] as const;

/** How far the signer's clock may be behind the one that made the request, and ahead of the one that checks. */
const MAX_BEHIND_MS = 2_000;
const MAX_AHEAD_MS = 60_000;

/** What is signed of a verdict. Throws `ApprovalError` `bad_record` for one that nobody would accept. */
export function verdictMessage(verdict: Verdict): Buffer {
  if (parseVerdict(verdict) === undefined) throw new ApprovalError('bad_record', 'the verdict breaks the form of one');
  return Buffer.from(`${DOMAIN}${canonicalPlain(verdict)}`);
}

/** The text of a signed verdict, one line. */
export function signedVerdictText({ verdict, signature }: SignedVerdict): string {
  return canonicalPlain({ verdict, signature });
}

/** Reads a signed verdict, strictly and without believing it. Undefined for anything else. */
export function parseSignedVerdict(text: string): SignedVerdict | undefined {
  const { verdict, signature } = readRecord(text, ['verdict', 'signature']) ?? {};
  const parsed = isSignatureText(signature) ? parseVerdict(verdict) : undefined;
  return parsed && isSignatureText(signature) ? { verdict: parsed, signature } : undefined;
}

function parseVerdict(value: unknown): Verdict | undefined {
  const { v, request, id, verdict, operator, fingerprint, signedMs, seen } = membersOf(value, VERDICT) ?? {};
  if (v !== 1 || !isHash(request) || !isPlainText(id, 128) || (verdict !== 'approve' && verdict !== 'reject')) {
    return undefined;
  }
  if (!isOperatorName(operator) || !isFingerprint(fingerprint) || !isInstant(signedMs) || !isSeen(seen)) {
    return undefined;
  }
  return { v, request, id: brandAs<ApprovalId>(id), verdict, operator, fingerprint, signedMs, seen };
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isSeen(value: unknown): value is Verdict['seen'] {
  const { count, head } = membersOf(value, ['count', 'head']) ?? {};
  return value === null || (isWhole(count, 0) && isHash(head));
}

/**
 * Whether a verdict counts for a request now. It does not say that the request is still open, nor that the verdict was
 * not used before: those belong to the transaction that claims the request. Never throws.
 */
export function verifyVerdict(
  signedVerdictText: string,
  request: ApprovalRequest,
  registry: Registry,
  nowMs: number,
): VerdictCheck {
  const signed = parseSignedVerdict(signedVerdictText);
  if (signed === undefined) return refuse('malformed', 'it is not the text of a signed verdict');
  const { verdict, signature } = signed;
  const hash = hashOf(request);
  if (hash === undefined) return refuse('bad_request', 'the request has no canonical text');
  if (verdict.request !== hash || verdict.id !== request.id) {
    return refuse('other_request', 'it is about another request, or the request was changed');
  }
  const operator = registry.find(verdict.operator);
  if (operator === undefined) return refuse('unknown_operator', `\`${verdict.operator}\` is no operator`);
  if (operator.fingerprint !== verdict.fingerprint) {
    return refuse('other_key', `\`${verdict.operator}\` has another key now`);
  }
  const check = verifySignature(operator.record.key, verdictMessage(verdict), signature);
  if (!check.ok) return refuse('bad_signature', SIGNATURE_FAULTS[check.why]);
  const late = refusalOfTime(verdict, request, nowMs);
  if (late !== null) return late;
  const permission =
    verdict.verdict === 'approve'
      ? registry.mayApprove(verdict.operator, request)
      : registry.mayReject(verdict.operator, request);
  if (!permission.ok) return permission;
  return { ok: true, verdict, operator: operator.record, protection: check.protection };
}

function refuse(code: VerdictFault, why: string): RefusedVerdict {
  return { ok: false, code, why };
}

function hashOf(request: ApprovalRequest): string | undefined {
  try {
    return requestHash(request);
  } catch {
    return undefined;
  }
}

/** `signedMs` is the signer's word, so it can only shorten his time: an expired request is not revived by an old date. */
function refusalOfTime(
  { signedMs }: Verdict,
  { createdMs, expiresMs }: ApprovalRequest,
  nowMs: number,
): RefusedVerdict | null {
  if (signedMs < createdMs - MAX_BEHIND_MS) return refuse('before_request', 'it was signed before it was asked for');
  if (signedMs > nowMs + MAX_AHEAD_MS) return refuse('in_future', 'it was signed at a time that is still to come');
  return signedMs > expiresMs || nowMs > expiresMs ? refuse('expired', 'the request has expired') : null;
}

/** Who approved, as `unmetNeeds` counts them. All verdicts are about one request. */
export function signersOf(verdicts: readonly AcceptedVerdict[]): readonly Signer[] {
  return verdicts
    .filter(({ verdict }) => verdict.verdict === 'approve')
    .map(({ operator: { person, roles } }) => ({ person: folded(person), roles }));
}

/** The needs of a request that the approvals among these verdicts do not meet. A need without roles takes an approver. */
export function needsLeft<Need extends Pick<RequestNeed, 'count' | 'roles'>>(
  needs: readonly Need[],
  verdicts: readonly AcceptedVerdict[],
): readonly Need[] {
  const signers = signersOf(verdicts);
  return needs.filter((need) => {
    const explicit = { count: need.count, roles: rolesFor(need), asked: [] };
    return unmetNeeds({ needs: [explicit], expireMs: 0 }, signers).length > 0;
  });
}

/** True if these verdicts approve the request. Nothing is approved that nobody had to sign, or that somebody rejects. */
export function isApproved({ needs }: Pick<ApprovalRequest, 'needs'>, verdicts: readonly AcceptedVerdict[]): boolean {
  if (needs.length === 0 || verdicts.some(({ verdict }) => verdict.verdict === 'reject')) return false;
  return needsLeft(needs, verdicts).length === 0;
}

const SIGNATURE_FAULTS: Readonly<Record<SignatureFault, string>> = {
  malformed: 'the signature is no text of one',
  other_version: 'the signature has a version that is not known',
  other_key: 'the signature was made with another key',
  other_namespace: `the signature was not made for \`${SSH_NAMESPACE}\``,
  other_hash: 'the signature uses a hash that is not accepted',
  key_type: 'the signature is of another kind than its key',
  not_touched: 'nobody touched the security key',
  no_pin: 'the security key did not ask for its PIN',
  does_not_fit: 'the signature does not fit',
  bad_key: 'the enrolled key cannot sign',
};
