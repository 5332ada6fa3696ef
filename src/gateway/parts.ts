/** What a session is made of. `cli/compose` chooses the parts; the session only uses them. */
import type { CallLog } from '../audit/events.ts';
import type { ToolClassifier } from '../catalogue/index.ts';
import type { GrantConfig, UpstreamConfig } from '../config/types.ts';
import type { CallFacts } from '../core/facts.ts';
import type { RequestId, UpstreamName } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Obligation, Source } from '../core/decision.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import type { ClientHello, Upstream, UpstreamEvents } from '../upstream/port.ts';

/** Why a token does not entitle (any more). */
export type RefusalCode =
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'undeclared'
  | 'frozen'
  | 'unavailable'
  | 'configuration'
  | 'home';

/** A session that is not opened, with the words for the client. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

/** A token that is good now. */
export interface Pass {
  /** True: only calls that cannot move money go on. */
  readonly isMoneyFrozen: boolean;
}

/** Is the token good, and nothing frozen? Asked before every call, of the store. Throws `StateError`. */
export type Gatekeeper = (grant: GrantConfig) => Promise<Pass | Refusal>;

/** What the configuration says of a grant at this instant. The same object for as long as that does not change. */
export interface Terms {
  readonly grant: GrantConfig;
  readonly policies: readonly LoadedPolicy[];
  /** Evaluated together beside the real ones, recorded, never enforced. */
  readonly shadow: readonly LoadedPolicy[];
}

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
  readonly code: 'limit' | 'approval' | 'clock';
  readonly message: string;
}

/** Quota held for one call. */
export interface Reservation {
  /**
   * The last step before the call is written: null, or why it must not be, because its windows have ended meanwhile and
   * those of now do not admit it. Throws `StateError`.
   */
  confirm(): Promise<Unmet | null>;
  /** Commits on `ok`, gives back on `failed`, keeps on `in-doubt`. Never rejects: what the store cannot take is owed to it. */
  settle(outcome: 'ok' | 'failed' | 'in-doubt'): Promise<void>;
}

/** A call whose obligations are to be met. */
export interface Asked {
  readonly request: RequestId;
  readonly call: CallFacts;
  /** How long its server may take. */
  readonly timeoutMs: number;
  /** What is reserved survives a power cut. */
  readonly durable: boolean;
}

/** Meets obligations before a call is forwarded. One that cannot be met is a denial. */
export interface ObligationDesk {
  /** Throws `StateError`, and then nothing is held. */
  reserve(obligations: readonly Obligation[], asked: Asked): Promise<Reservation | Unmet>;
  approve(obligations: readonly Obligation[], asked: Asked): Promise<Unmet | null>;
  /** Tells the store what it is still owed. Never rejects. */
  end(): Promise<void>;
}

/** Everything an open session works with. */
export interface SessionParts {
  /** The grant as the session opened. Who it is does not change; everything else is asked of `terms`. */
  readonly grant: GrantConfig;
  /** Reads the configuration again if it has changed; an edit that cannot be used leaves the terms as they are. */
  readonly terms: () => Promise<Terms | Refusal>;
  /** The parts of the named upstreams, as they were configured when the session opened; unknown ones are left out. */
  readonly upstreams: (names: readonly UpstreamName[]) => Promise<readonly UpstreamPart[]>;
  readonly gatekeeper: Gatekeeper;
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
  /** A call came with a good token. */
  readonly used: () => void;
}

/** A client with a good token. The parts may still be gathered while `initialize` is answered. */
export interface Admission {
  readonly parts: Promise<SessionParts | Refusal>;
}

/** Checks the token. Called once, at `initialize`; a refusal has been recorded already. */
export type AdmitClient = (hello: ClientHello) => Promise<Admission | Refusal>;
