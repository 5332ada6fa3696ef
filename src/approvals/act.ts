/** Acts of operators that change an installation: signed, so that the log proves who did what. */
import { canonicalPlain } from '../core/canonical.ts';
import type { OperatorName } from '../core/ids.ts';
import { ApprovalError } from './errors.ts';
import { isOperatorName, isSignatureText } from './operator.ts';
import { isFingerprint, type PublicKey, verifySignature } from './signature.ts';
import { isInstant, isPlainText, membersOf, readRecord } from './signature-text.ts';

/** What is signed. */
export interface Act {
  readonly v: 1;
  /** The command: `secret set`, `grant issue`, `quota reset`, … */
  readonly does: string;
  /** What it is done to; empty where that is everything. */
  readonly to: string;
  /** The installation. */
  readonly origin: string;
  readonly operator: OperatorName;
  /** Of the key that signs. */
  readonly fingerprint: string;
  readonly signedMs: number;
  /** 128 random bits, hexadecimal: no two acts have the same signature. */
  readonly nonce: string;
}

const DOMAIN = 'countersign/act/v1\n';
const ACT = ['v', 'does', 'to', 'origin', 'operator', 'fingerprint', 'signedMs', 'nonce'] as const;

/** What is signed of an act. Throws `ApprovalError` `bad_record` for one that nobody would read. */
export function actMessage(act: Act): Buffer {
  if (parseAct(act) === undefined) throw new ApprovalError('bad_record', 'the act breaks the form of one');
  return Buffer.from(`${DOMAIN}${canonicalPlain(act)}`);
}

/** The text of a signed act, one line. */
export function signedActText(act: Act, signature: string): string {
  return canonicalPlain({ act, signature });
}

/** Reads a signed act, strictly and without believing it. Undefined for anything else. */
export function parseSignedAct(text: string): { readonly act: Act; readonly signature: string } | undefined {
  const { act, signature } = readRecord(text, ['act', 'signature']) ?? {};
  const parsed = parseAct(act);
  return parsed && isSignatureText(signature) ? { act: parsed, signature } : undefined;
}

/** True if the act was signed with this key. */
export function fitsAct(text: string, key: PublicKey): boolean {
  const signed = parseSignedAct(text);
  return signed !== undefined && verifySignature(key, actMessage(signed.act), signed.signature).ok;
}

function parseAct(value: unknown): Act | undefined {
  const { v, does, to, origin, operator, fingerprint, signedMs, nonce } = membersOf(value, ACT) ?? {};
  if (v !== 1 || !isPlainText(does, 64) || typeof to !== 'string' || to.length > 512 || typeof origin !== 'string')
    return undefined;
  if (!isOperatorName(operator) || !isFingerprint(fingerprint) || !isInstant(signedMs)) return undefined;
  if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return undefined;
  return { v, does, to, origin, operator, fingerprint, signedMs, nonce };
}
