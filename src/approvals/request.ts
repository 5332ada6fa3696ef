/**
 * What a person is asked to sign: one call, completely. The SHA-256 of its canonical text is what is shown, signed, stored
 * and executed, so whatever is not in here is not approved, and whatever changes in here voids it.
 */
import { createHash } from 'node:crypto';
import { canonicalPlain } from '../core/canonical.ts';
import type { ApprovalId, GrantName, PolicyName, ToolName, UpstreamName } from '../core/ids.ts';
import type { Kind } from '../core/kinds.ts';

/** So many persons with one of the roles have to sign, and what asks for it. */
export interface RequestNeed {
  readonly count: number;
  /** Sorted. None: every approver may sign. */
  readonly roles: readonly string[];
  readonly asked: readonly {
    readonly policy: PolicyName | null;
    readonly rule: string;
    /** `rule`: an `approve` rule; `exceeds`: a use above a cap; `unbounded`: a use that a limit cannot count. */
    readonly cause: 'rule' | 'exceeds' | 'unbounded';
  }[];
}

/** What the approver reads first, as the gateway derived it from the arguments; never the agent's own words about them. */
export interface ShownFacts {
  readonly kind: Kind | 'unclassified';
  /** `500.00 USD`, or null where the amount cannot be derived; then it is shown as unknown. */
  readonly amount: string | null;
  /** ISO 4217, or null where it is not known. */
  readonly currency: string | null;
  /** True if the currency was not in the call: the configuration assumes it. */
  readonly currencyAssumed: boolean;
  readonly recipient: string | null;
  /** A claim of the agent. */
  readonly reason: string | null;
}

/** Whether a key moves real money, as its public prefix says; null for one that does not show it. */
export type KeyMode = 'live' | 'test';

/** A secret that the upstream gets, with the version it has now. */
export interface BoundSecret {
  readonly name: string;
  readonly version: number;
}

/** One request for approval. Plain data: its canonical text is that of RFC 8785. */
export type ApprovalRequest = RequestBody & (FirstSecrets | ModedSecrets);

/** As requests were before they said which keys are live. One that waited for an update of the gateway still counts. */
interface FirstSecrets {
  readonly v: 1;
  readonly secrets: readonly BoundSecret[];
}

interface ModedSecrets {
  readonly v: 2;
  readonly secrets: readonly (BoundSecret & { readonly mode: KeyMode | null })[];
}

interface RequestBody {
  readonly id: ApprovalId;
  /** 128 random bits, hexadecimal: two requests for the same call have different hashes. */
  readonly nonce: string;
  /** The installation that asks. */
  readonly origin: string;
  readonly grant: GrantName;
  readonly principal: string;
  /** Who is accountable for the grant if the principal is no person: may not sign either. */
  readonly owner: string | null;
  readonly upstream: UpstreamName;
  /** Hash of how the upstream is started and given secrets, as it was accepted. */
  readonly pairing: string;
  readonly tool: ToolName;
  /** SHA-256 of the accepted definition. */
  readonly pin: string;
  /** SHA-256 of the catalogue entry by which the call was read; null for an unclassified one. */
  readonly entry: string | null;
  /** Canonical JSON text of the arguments, exactly as they will be forwarded. */
  readonly arguments: string;
  readonly shown: ShownFacts;
  readonly needs: readonly RequestNeed[];
  /** An executed request that this call would repeat, and what came of it. */
  readonly repeatOf: { readonly id: ApprovalId; readonly outcome: 'ok' | 'failed' | 'in-doubt' } | null;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly expiresMs: number;
}

const DOMAIN = 'countersign/approval-request/v';

/** The canonical text of a request. Throws `CanonicalError` for what has none. */
export function requestText(request: ApprovalRequest): string {
  return canonicalPlain(request);
}

/** What is shown and signed: 64 hexadecimal digits. */
export function requestHash(request: ApprovalRequest): string {
  return createHash('sha256').update(`${DOMAIN}${request.v}\n`).update(requestText(request), 'utf8').digest('hex');
}

/** Whose money the call moves: `live` as soon as one of the keys is; null where no key shows it. */
export function modeOfRequest(request: ApprovalRequest): KeyMode | null {
  if (request.v === 1) return null;
  const modes = request.secrets.map(({ mode }) => mode);
  return modes.includes('live') ? 'live' : modes.includes('test') ? 'test' : null;
}
