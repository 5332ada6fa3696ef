/** What a session is made of. `cli/compose` chooses the parts; the session only uses them. */
import type { CallLog } from '../audit/events.ts';
import type { ToolClassifier } from '../catalogue/index.ts';
import type { GrantConfig, UpstreamConfig } from '../config/types.ts';
import type { CallFacts } from '../core/facts.ts';
import type { RequestId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Obligation, Source } from '../core/decision.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import type { ClientHello, Upstream, UpstreamEvents } from '../upstream/port.ts';

/** Why a token does not entitle (any more). */
export type RefusalCode =
  'missing' | 'malformed' | 'unknown' | 'revoked' | 'expired' | 'undeclared' | 'unavailable' | 'configuration' | 'home';

/** A session that is not opened, with the words for the client. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

/** Is the token still good? Asked before every call; null means yes. */
export type Standing = () => Promise<Refusal | null>;

/** An upstream with what the gateway needs to know of it. */
export interface UpstreamPart {
  readonly config: UpstreamConfig;
  /** Makes the server; nothing runs before `start`. */
  readonly connect: (events: UpstreamEvents) => Upstream;
  /** Classifies one listed tool. */
  readonly classify: (definition: Json) => ToolClassifier;
  /** The accepted definitions by tool, read from the store anew. Throws `StateError`. */
  readonly pins: () => Promise<ReadonlyMap<string, string>>;
}

/** An obligation that could not be met: the call is denied for this reason. */
export interface Unmet {
  readonly source: Source;
  readonly code: 'limit' | 'approval';
  readonly message: string;
}

/** Quota held for one call. */
export interface Reservation {
  /** Commits on `ok`, gives back on `failed`, keeps on `in-doubt`. */
  settle(outcome: 'ok' | 'failed' | 'in-doubt'): Promise<void>;
}

/** Meets obligations before a call is forwarded. One that cannot be met is a denial. */
export interface ObligationDesk {
  reserve(obligations: readonly Obligation[], call: CallFacts): Promise<Reservation | Unmet>;
  approve(obligations: readonly Obligation[], call: CallFacts): Promise<Unmet | null>;
}

/** Everything an open session works with. */
export interface SessionParts {
  readonly grant: GrantConfig;
  readonly policies: readonly LoadedPolicy[];
  /** Evaluated together beside the real ones, recorded, never enforced. */
  readonly shadow: readonly LoadedPolicy[];
  readonly upstreams: readonly UpstreamPart[];
  readonly standing: Standing;
  readonly log: CallLog & {
    /** Opens the log if it is not; throws `AuditError`, and then no call is answered. */
    ready(): Promise<void>;
  };
  readonly desk: ObligationDesk;
  /** `all`: every intent is durable, not only those of money and unclassified calls. */
  readonly durability: 'money' | 'all';
  readonly nowMs: () => number;
  /** Tells the operator, on stderr. */
  readonly warn: (sentence: string) => void;
  readonly newRequestId: () => RequestId;
}

/** A client with a good token. The parts may still be gathered while `initialize` is answered. */
export interface Admission {
  readonly parts: Promise<SessionParts | Refusal>;
}

/** Checks the token. Called once, at `initialize`; a refusal has been recorded already. */
export type AdmitClient = (hello: ClientHello) => Promise<Admission | Refusal>;
