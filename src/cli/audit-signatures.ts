/**
 * The signatures that stand in the log, checked again: whether each fits the key that it names, and says what its record
 * says. The keys come from the records of operators, which the trust root vouches for.
 */
import type { Place, ReadRecord } from '../audit/index.ts';
import {
  entryMessage,
  fitsAct,
  parseSignedAct,
  parseSignedRecord,
  parseSignedVerdict,
  type Registry,
  verdictMessage,
  verifySignature,
} from '../approvals/index.ts';
import { type Fields, fieldsOf, textOf } from './log-fields.ts';

/** A signature that proves nothing. */
export interface SignatureFault {
  readonly file: string;
  readonly line: number;
  readonly seq: number;
  readonly code:
    | 'signature_missing'
    | 'signature_unknown_key'
    | 'signature_bad'
    | 'signature_differs'
    /** What its signer saw of the admin stream is not there. */
    | 'witness_contradicts';
  readonly message: string;
}

export interface SignatureReport {
  /** How many signatures were checked. */
  readonly signatures: number;
  readonly faults: readonly SignatureFault[];
}

/** Checks the signatures of a log while it is walked. */
export class Signatures {
  readonly #registry: Registry;
  readonly #faults: SignatureFault[] = [];
  readonly #witnesses = new Witnesses();
  #checked = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  take({ own }: ReadRecord, place: Place): void {
    this.#witnesses.take(own, place);
    const findings = [verdictFault, actFault, operatorFault].map((faultOf) => faultOf(own, this.#registry));
    for (const fault of findings) {
      if (fault === undefined) continue;
      this.#checked += 1;
      if (fault !== null) this.#faults.push(faultAt(place, fault));
    }
  }

  report(): SignatureReport {
    return { signatures: this.#checked, faults: [...this.#faults, ...this.#witnesses.faults()] };
  }
}

/**
 * Whoever signed a verdict on this machine also signed how far the admin stream went then. A stream that was cut and
 * goes on is whole in itself, and has another record at that place.
 */
class Witnesses {
  readonly #hashes = new Map<number, string>();
  readonly #seen: { readonly place: Place; readonly count: number; readonly head: string }[] = [];

  take(own: Fields, place: Place): void {
    if (place.file.startsWith('admin-') && typeof own['seq'] === 'number')
      this.#hashes.set(own['seq'], textOf(own, 'hash'));
    if (own['kind'] !== 'approval_signed') return;
    const seen = parseSignedVerdict(textOf(own, 'signed'))?.verdict.seen ?? null;
    if (seen !== null) this.#seen.push({ place, ...seen });
  }

  faults(): readonly SignatureFault[] {
    return this.#seen
      .filter(({ count, head }) => this.#hashes.get(count - 1) !== head)
      .map(({ place }) => faultAt(place, 'witness_contradicts'));
  }
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
  'upstream add': ['upstream_added'],
  'upstream review': ['upstream_accepted'],
  'quota reset': ['quota_reset'],
  'quota resolve': ['quota_resolved'],
  'quota settle': ['quota_settled'],
  'policy edit': ['policy_edited'],
  'activate policy': ['config_signed'],
  'activate admin': ['config_signed'],
  'audit prune': ['segment_pruned'],
  freeze: ['grants_frozen'],
  unfreeze: ['grants_unfrozen'],
};

/** Who was registered or revoked, and who vouched for it. */
function operatorFault(own: Fields, registry: Registry): Code | null | undefined {
  const isAdded = own['kind'] === 'operator_added';
  if (!isAdded && own['kind'] !== 'operator_revoked') return undefined;
  const entry = parseSignedRecord(textOf(own, 'signed'));
  if (entry === undefined) return 'signature_missing';
  const key = registry.keyOf(entry.fingerprint);
  if (key === undefined) return 'signature_unknown_key';
  if (!verifySignature(key, entryMessage(entry), entry.signature).ok) return 'signature_bad';
  const saysTheSame =
    entry.kind === (isAdded ? 'operator' : 'revocation') &&
    entry.record.name === own['operator'] &&
    entry.signedBy === own['signedBy'];
  return saysTheSame ? null : 'signature_differs';
}

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

function faultAt({ file, line, seq }: Place, code: Code): SignatureFault {
  return { file, line, seq: seq ?? 0, code, message: WORDS[code] };
}

const WORDS: Readonly<Record<Code, string>> = {
  signature_missing: 'the record says that somebody signed, and holds no signature',
  signature_unknown_key: 'it is signed with a key that no operator of this home has or had',
  signature_bad: 'the signature does not fit its key',
  signature_differs: 'what was signed is not what the record says',
  witness_contradicts: 'its signer saw a record of the admin stream that is not there: the stream was cut, and went on',
};
