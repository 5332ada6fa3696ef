/**
 * The operators of an installation, as far as the trust root vouches for them. The entries come from a store that others
 * may write: each is replayed in the order of its own time, and counts only if an admin signed it who had been added and
 * was not revoked at that time. So no circle of operators can vouch for itself, and what is refused is reported.
 */
import type { OperatorName } from '../core/ids.ts';
import { entryMessage, parseSignedRecord } from './operator.ts';
import type { OperatorRecord, RegistryEntry, RevocationRecord, Signed } from './operator.ts';
import { folded, whyNoApprover, whyNoSigner } from './operator-rights.ts';
import type { RightsFault, RightsRefusal } from './operator-rights.ts';
import type { ApprovalRequest } from './request.ts';
import { fingerprint, verifySignature } from './signature.ts';
import type { PublicKey } from './signature.ts';

export type RegistryFaultCode =
  | 'too_many' // more entries than any installation has; none is read
  | 'no_root' // no record that the trust root signed for itself; nobody is an operator
  | 'malformed' // not the text of a signed record
  | 'unknown_signer' // nobody had that name and key at that time
  | 'not_admin' // the signer may not vouch, or the root does not want to
  | 'signer_revoked'
  | 'bad_signature'
  | 'replayed' // the name has a record with this serial or a higher one
  | 'revoked_key' // a revoked key never comes back
  | 'other_name' // the key is, or was, that of another name
  | 'root'; // only the root speaks for its name and key, and is replaced by another `trust.root` alone

/** An entry that was not used. */
export interface RegistryFault {
  /** Its place among the entries; null for a fault of them all. */
  readonly entry: number | null;
  readonly code: RegistryFaultCode;
  readonly message: string;
}

/** An operator that the root vouches for. */
export interface KnownOperator {
  readonly record: OperatorRecord;
  readonly fingerprint: string;
  readonly signedBy: OperatorName;
  readonly isRoot: boolean;
  readonly state: 'active' | 'revoked';
  /** Null while active. */
  readonly revokedMs: number | null;
}

export type PermissionFault = RightsFault | 'unknown_operator' | 'revoked';

export type Permission =
  | { readonly ok: true; readonly operator: KnownOperator }
  | { readonly ok: false; readonly code: PermissionFault; readonly why: string };

export interface Registry {
  /** Entries that were not used, in the order of the entries. Something to tell an admin. */
  readonly faults: readonly RegistryFault[];
  find(name: string): KnownOperator | undefined;
  /** By name. */
  all(): readonly KnownOperator[];
  /** The operator whose key this is now; a key that another has replaced is nobody's. */
  byFingerprint(fingerprint: string): KnownOperator | undefined;
  /** Every key that was ever an operator's, also one that was replaced or revoked: what it signed then was signed. */
  keyOf(fingerprint: string): PublicKey | undefined;
  /** Who goes by this identity, person or operator name. A revoked key still tells whose it was. */
  personsOf(identity: string): readonly string[];
  /** The persons behind the principal and the owner of a grant. None: nobody can be excluded. */
  accountableFor(grant: Pick<ApprovalRequest, 'principal' | 'owner'>): readonly string[];
  mayApprove(name: string, request: ApprovalRequest): Permission;
  /** Also for one's own agent and for any amount: stopping a call harms nobody. */
  mayReject(name: string, request: ApprovalRequest): Permission;
}

/** A bound on the work that a flooded store causes: a second of signatures. */
const MOST_ENTRIES = 4096;
const ADMIN = 'admin';

/** Reads a registry. Never throws: what is wrong with it is in `faults`, and without a root nobody is an operator. */
export function readRegistry(entries: readonly string[], rootFingerprint: string): Registry {
  if (entries.length > MOST_ENTRIES) {
    return registryOf([], new Map(), [faultAt(null, 'too_many')]);
  }
  const faults: RegistryFault[] = [];
  const placed: Placed[] = [];
  for (const [place, text] of entries.entries()) {
    const entry = parseSignedRecord(text);
    if (entry === undefined) faults.push(faultAt(place, 'malformed'));
    else placed.push({ place, text, entry, key: keyOf(entry), atMs: timeOf(entry) });
  }
  const history = new History(rootFingerprint);
  for (const next of placed.sort(inOrder(rootFingerprint))) {
    const code = history.take(next);
    if (code !== null) faults.push(faultAt(next.place, code));
  }
  if (history.root === null) faults.push(faultAt(null, 'no_root'));
  return registryOf(
    history.operators(),
    history.keys,
    faults.sort((left, right) => (left.entry ?? -1) - (right.entry ?? -1)),
  );
}

interface Placed {
  readonly place: number;
  readonly text: string;
  readonly entry: RegistryEntry;
  /** Fingerprint of the key that the entry is about. */
  readonly key: string;
  readonly atMs: number;
}

function keyOf(entry: RegistryEntry): string {
  return entry.kind === 'operator' ? fingerprint(entry.record.key) : entry.record.fingerprint;
}

function timeOf(entry: RegistryEntry): number {
  return entry.kind === 'operator' ? entry.record.addedMs : entry.record.revokedMs;
}

/**
 * By time. At one instant the root comes first, so that it may add others at once, and a revocation comes before a
 * record, so that the revoked key signs no more. The rest makes the order that of the entries and not of the store.
 */
function inOrder(root: string): (left: Placed, right: Placed) => number {
  const rank = ({ entry, key }: Placed): number => (entry.kind === 'revocation' ? 1 : key === root ? 0 : 2);
  const serial = ({ entry }: Placed): number => (entry.kind === 'operator' ? entry.record.serial : 0);
  return (left, right) =>
    left.atMs - right.atMs ||
    rank(left) - rank(right) ||
    serial(left) - serial(right) ||
    (left.text < right.text ? -1 : left.text > right.text ? 1 : 0);
}

/** What holds at the time of the entry that was taken last. */
class History {
  readonly #rootKey: string;
  readonly #current = new Map<OperatorName, Standing>();
  /** Every key that ever held, with its name. */
  readonly #names = new Map<string, OperatorName>();
  /** Since when, by key. */
  readonly #revoked = new Map<string, number>();
  readonly keys = new Map<string, PublicKey>();
  root: OperatorName | null = null;

  constructor(rootKey: string) {
    this.#rootKey = rootKey;
  }

  /** Takes the next entry, or says why not. */
  take({ entry, key, atMs }: Placed): RegistryFaultCode | null {
    const { signedBy } = entry;
    if (entry.kind === 'operator' && key === this.#rootKey) return this.#takeRoot(entry, key);
    if (key === this.#rootKey || entry.record.name === this.root) return 'root';
    const fault = this.#signerFault(entry, atMs);
    if (fault !== null) return fault;
    if (entry.kind === 'revocation') return this.#revoke(entry.record);
    return this.#add({ record: entry.record, fingerprint: key, signedBy });
  }

  operators(): readonly KnownOperator[] {
    return [...this.#current.values()].map((standing) => {
      const revokedMs = this.#revoked.get(standing.fingerprint) ?? null;
      const isRoot = standing.fingerprint === this.#rootKey;
      return { ...standing, isRoot, state: revokedMs === null ? 'active' : 'revoked', revokedMs };
    });
  }

  #takeRoot(entry: Signed<OperatorRecord> & { readonly kind: 'operator' }, key: string): RegistryFaultCode | null {
    const { record, signedBy } = entry;
    if (entry.fingerprint !== key || signedBy !== record.name) return 'root';
    if (!record.roles.includes(ADMIN)) return 'not_admin';
    if (!verifySignature(record.key, entryMessage(entry), entry.signature).ok) return 'bad_signature';
    const fault = this.#add({ record, fingerprint: key, signedBy });
    if (fault === null) this.root = record.name;
    return fault;
  }

  /** What keeps the signer from vouching for the entry at its time. */
  #signerFault(entry: RegistryEntry, atMs: number): RegistryFaultCode | null {
    const signer = this.#current.get(entry.signedBy);
    if (signer?.fingerprint !== entry.fingerprint) return 'unknown_signer';
    if (signer.fingerprint !== this.#rootKey && signer.record.addedMs >= atMs) return 'unknown_signer';
    if (this.#revoked.has(signer.fingerprint)) return 'signer_revoked';
    if (!signer.record.roles.includes(ADMIN)) return 'not_admin';
    return verifySignature(signer.record.key, entryMessage(entry), entry.signature).ok ? null : 'bad_signature';
  }

  #add(standing: Standing): RegistryFaultCode | null {
    const { record, fingerprint: key } = standing;
    if (this.#revoked.has(key)) return 'revoked_key';
    if ((this.#names.get(key) ?? record.name) !== record.name) return 'other_name';
    if ((this.#current.get(record.name)?.record.serial ?? 0) >= record.serial) return 'replayed';
    this.#names.set(key, record.name);
    this.keys.set(key, record.key);
    this.#current.set(record.name, standing);
    return null;
  }

  /** Also a key that is not known yet: it may have been added later than the instant it is not believed from. */
  #revoke({ name, fingerprint: key, revokedMs }: RevocationRecord): RegistryFaultCode | null {
    if ((this.#names.get(key) ?? name) !== name) return 'other_name';
    if (this.#revoked.has(key)) return 'replayed';
    this.#revoked.set(key, revokedMs);
    return null;
  }
}

type Standing = Pick<KnownOperator, 'record' | 'fingerprint' | 'signedBy'>;

function registryOf(
  operators: readonly KnownOperator[],
  keys: ReadonlyMap<string, PublicKey>,
  faults: readonly RegistryFault[],
): Registry {
  const byName = new Map<string, KnownOperator>(operators.map((operator) => [operator.record.name, operator]));
  const byKey = new Map(operators.map((operator) => [operator.fingerprint, operator]));
  const sorted = [...operators].sort((left, right) => (left.record.name < right.record.name ? -1 : 1));

  const personsOf = (identity: string): readonly string[] => {
    const known = sorted.filter(({ record }) => namesOf(record).includes(folded(identity)));
    return [...new Set(known.map(({ record }) => record.person))];
  };
  const accountableFor = ({ principal, owner }: Pick<ApprovalRequest, 'principal' | 'owner'>): readonly string[] => [
    ...new Set([...personsOf(principal), ...(owner === null ? [] : personsOf(owner))]),
  ];
  const permit = (name: string, refusal: (record: OperatorRecord) => RightsRefusal | null): Permission => {
    const operator = byName.get(name);
    if (operator === undefined) return { ok: false, code: 'unknown_operator', why: `\`${name}\` is no operator` };
    if (operator.state === 'revoked') return { ok: false, code: 'revoked', why: `the key of \`${name}\` is revoked` };
    const refused = refusal(operator.record);
    return refused === null ? { ok: true, operator } : { ok: false, ...refused };
  };
  return {
    faults,
    find: (name) => byName.get(name),
    all: () => sorted,
    byFingerprint: (key) => byKey.get(key),
    keyOf: (key) => keys.get(key),
    personsOf,
    accountableFor,
    mayApprove: (name, request) => permit(name, (record) => whyNoApprover(record, request, accountableFor(request))),
    mayReject: (name, request) => permit(name, (record) => whyNoSigner(record, request)),
  };
}

function namesOf({ name, person, identities }: OperatorRecord): readonly string[] {
  return [name, person, ...identities].map(folded);
}

function faultAt(entry: number | null, code: RegistryFaultCode): RegistryFault {
  return { entry, code, message: WORDS[code] };
}

const WORDS: Readonly<Record<RegistryFaultCode, string>> = {
  too_many: `there are more than ${MOST_ENTRIES} entries`,
  no_root: 'there is no record of the operator whose key `trust.root` names',
  malformed: 'it is not the text of a signed record',
  unknown_signer: 'its signer was no operator with that key at that time',
  not_admin: 'its signer was no admin',
  signer_revoked: 'the key of its signer was revoked at that time',
  bad_signature: 'its signature does not fit',
  replayed: 'it is no newer than what is known',
  revoked_key: 'its key is revoked',
  other_name: 'its key is that of an operator with another name',
  root: 'it speaks for the trust root and is not the root itself',
};
