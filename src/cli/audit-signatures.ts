/**
 * The signatures that stand in the log, checked again: whether each fits the key that it names, and says what its record
 * says. The keys come from the records of operators, which the trust root vouches for.
 */
import { type LogRecord, readLog } from '../audit/index.ts';
import {
  fitsAct,
  parseSignedAct,
  parseSignedVerdict,
  type Registry,
  verdictMessage,
  verifySignature,
} from '../approvals/index.ts';
import { type Fields, fieldsOf, ownFields, textOf } from './log-fields.ts';

/** A signature that proves nothing. */
export interface SignatureFault {
  readonly file: string;
  readonly line: number;
  readonly seq: number;
  readonly code: 'signature_missing' | 'signature_unknown_key' | 'signature_bad' | 'signature_differs';
  readonly message: string;
}

export interface SignatureReport {
  /** How many signatures were checked. */
  readonly signatures: number;
  readonly faults: readonly SignatureFault[];
}

/** Checks every signature of the log in a directory. Throws `AuditError` for a log that cannot be read. */
export async function verifySignatures(directory: string, registry: Registry): Promise<SignatureReport> {
  const faults: SignatureFault[] = [];
  let signatures = 0;
  for await (const record of readLog({ directory, from: 'start', follow: false })) {
    const own = ownFields(record.record);
    for (const fault of [verdictFault(own, registry), actFault(own, registry)]) {
      if (fault === undefined) continue;
      signatures += 1;
      if (fault !== null) faults.push(faultAt(record, own, fault));
    }
  }
  return { signatures, faults };
}

type Code = SignatureFault['code'];

/** Undefined for a record without a verdict that counts; null for one that is proven. */
function verdictFault(own: Fields, registry: Registry): Code | null | undefined {
  const isCounted =
    own['kind'] === 'approval_signed' || (own['kind'] === 'approval_decided' && own['accepted'] === true);
  if (!isCounted) return undefined;
  const signed = parseSignedVerdict(textOf(own, 'signed'));
  if (signed === undefined) return 'signature_missing';
  const { verdict, signature } = signed;
  const key = registry.keyOf(verdict.fingerprint);
  if (key === undefined) return 'signature_unknown_key';
  if (!verifySignature(key, verdictMessage(verdict), signature).ok) return 'signature_bad';
  const saysTheSame =
    verdict.id === own['approval'] &&
    verdict.request === own['requestHash'] &&
    verdict.verdict === own['verdict'] &&
    verdict.operator === own['operator'] &&
    verdict.fingerprint === own['fingerprint'];
  return saysTheSame ? null : 'signature_differs';
}

/** What each act is called in its record. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'secret set': ['secret_sealed'],
  'secret remove': ['secret_removed'],
  'grant issue': ['grant_issued'],
  'grant rotate': ['grant_rotated'],
  'grant revoke': ['grant_revoked'],
  'upstream review': ['upstream_accepted'],
  'quota reset': ['quota_reset'],
  'quota resolve': ['quota_resolved'],
  'quota settle': ['quota_settled'],
  'policy edit': ['policy_edited'],
  'activate policy': ['config_signed'],
  'activate admin': ['config_signed'],
  freeze: ['grants_frozen'],
  unfreeze: ['grants_unfrozen'],
};

function actFault(own: Fields, registry: Registry): Code | null | undefined {
  const actor = fieldsOf(own['actor']);
  if (actor['by'] !== 'operator') return undefined;
  const signed = parseSignedAct(textOf(actor, 'signed'));
  if (signed === undefined) return 'signature_missing';
  const { act } = signed;
  const key = registry.keyOf(act.fingerprint);
  if (key === undefined) return 'signature_unknown_key';
  if (!fitsAct(textOf(actor, 'signed'), key)) return 'signature_bad';
  const saysTheSame =
    act.operator === actor['name'] &&
    act.fingerprint === actor['fingerprint'] &&
    (KINDS[act.does] ?? []).includes(textOf(own, 'kind'));
  return saysTheSame ? null : 'signature_differs';
}

function faultAt({ file, line }: LogRecord, own: Fields, code: Code): SignatureFault {
  const seq = typeof own['seq'] === 'number' ? own['seq'] : 0;
  return { file, line, seq, code, message: WORDS[code] };
}

const WORDS: Readonly<Record<Code, string>> = {
  signature_missing: 'the record says that somebody signed, and holds no signature',
  signature_unknown_key: 'it is signed with a key that no operator of this home has or had',
  signature_bad: 'the signature does not fit its key',
  signature_differs: 'what was signed is not what the record says',
};
