/**
 * What the screen is fed, and what it may ask: data, so that neither side knows the other. Every string may have been
 * chosen by an agent or a server and is escaped before it is drawn; numbers and enumerations are the desk's own.
 */
import type { KeyMode, RequestNeed, ShownFacts } from '../approvals/request.ts';
import type { ApprovalOutcome, ApprovalState } from '../state/approvals.ts';

/** A need of a request, and how many verified signatures count towards it. */
export interface ShownNeed extends RequestNeed {
  readonly signed: number;
}

/** What a person signs, as it was unsealed and checked against the hash. */
export interface RequestContent {
  readonly principal: string;
  readonly shown: ShownFacts;
  /** Also which rules ask, and why. */
  readonly needs: readonly ShownNeed[];
  /** Whether a key that the server gets moves real money; null where none shows it. */
  readonly mode: KeyMode | null;
  readonly repeatOf: { readonly id: string; readonly outcome: ApprovalOutcome } | null;
  /** Canonical JSON text (RFC 8785), in full: exactly what will be sent. */
  readonly arguments: string;
}

/** One request in the queue. */
export interface ShownRequest {
  readonly id: string;
  /** What is signed: 64 hexadecimal digits. One hash, one content. */
  readonly hash: string;
  readonly state: ApprovalState;
  /** The signatures suffice; while it is open, no caller has come for it yet. */
  readonly isApproved: boolean;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly grant: string;
  readonly tool: string;
  /** Null: it has ended and was erased, or it could not be unsealed. Such a request cannot be approved. */
  readonly content: RequestContent | null;
}

/** One line of what is going on. */
export interface FeedLine {
  readonly atMs: number;
  readonly kind: string;
  readonly verdict: string;
  readonly grant: string;
  readonly tool: string;
  readonly rule: string | null;
}

/** A server behind the gateway. */
export interface UpstreamLine {
  readonly name: string;
  readonly state: string;
  readonly tools: number;
  readonly lastError: string | null;
}

/** A counter: minor units or calls, exact. */
export interface QuotaLine {
  readonly grant: string;
  readonly rule: string;
  readonly window: string;
  /** `calls`, or an ISO 4217 currency. */
  readonly unit: string;
  readonly used: bigint;
  readonly reserved: bigint;
  readonly inDoubt: bigint;
  readonly cap: bigint;
  readonly resetsMs: number | null;
}

/** An entitlement. */
export interface GrantLine {
  readonly grant: string;
  readonly state: string;
  readonly lastUsedMs: number | null;
  readonly frozen: 'all' | 'money' | null;
}

/** Everything the screen shows, at one instant of the desk's clock, which is the one that decides about expiry. */
export interface Snapshot {
  readonly nowMs: number;
  readonly requests: readonly ShownRequest[];
  /** Oldest first. */
  readonly feed: readonly FeedLine[];
  readonly upstreams: readonly UpstreamLine[];
  readonly quotas: readonly QuotaLine[];
  readonly grants: readonly GrantLine[];
}

/** What came of something asked, in words for the person. */
export type Outcome = { readonly ok: true; readonly words: string } | { readonly ok: false; readonly words: string };

/**
 * The other side of the screen. It signs and decides; the screen only asks. A promise that rejects is shown as a
 * failure and ends nothing.
 */
export interface ApproverDesk {
  /** Calls the listener soon with the present state and again whenever it changed; answers how to stop that. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
  /** Signs exactly this hash. `passphrase` opens the operator's key; null where none is asked for. */
  approve(id: string, hash: string, passphrase: string | null): Promise<Outcome>;
  reject(id: string, hash: string, passphrase: string | null): Promise<Outcome>;
  /** Stops all calls of every grant, by signature. */
  freeze(passphrase: string | null): Promise<Outcome>;
}
