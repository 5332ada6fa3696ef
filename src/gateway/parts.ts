/** What a session is made of. `cli/compose` chooses the parts; the session only uses them. */
import type { ArgumentDigests } from '../audit/digests.ts';
import type { CallLog } from '../audit/events.ts';
import type { ToolClassifier } from '../catalogue/index.ts';
import type { KeyMode, Registry, RequestSealer } from '../approvals/index.ts';
import type { ApprovalsConfig, Capability, GrantConfig, UpstreamConfig } from '../config/types.ts';
import type { LimitAsks } from '../core/approval.ts';
import type { CallFacts, FactName } from '../core/facts.ts';
import type { ApprovalId, PolicyName, RequestId, UpstreamName } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Obligation, Source } from '../core/decision.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import type { ApprovalStore } from '../state/approvals.ts';
import type { QuotaOwner } from '../state/quota.ts';
import type { ListedTool, Upstream, UpstreamEvents } from '../upstream/port.ts';
import type { LimitFigure } from './quota-figures.ts';

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
  /** True: there are requests for approval of this grant that a call has to be compared with. */
  readonly hasApprovals: boolean;
}

/** Is the token good, and nothing frozen? Asked before every call, of the store. Throws `StateError`. */
export type Gatekeeper = (grant: GrantConfig) => Promise<Pass | Refusal>;

/** What the configuration says of a grant at this instant. The same object for as long as that does not change. */
export interface Terms {
  readonly grant: GrantConfig;
  readonly policies: readonly LoadedPolicy[];
  /** Evaluated together beside the real ones, recorded, never enforced. */
  readonly shadow: readonly LoadedPolicy[];
  readonly approvals: ApprovalsConfig;
  /** Facts whose values go into the log. */
  readonly reveal: readonly FactName[];
}

/** How an upstream is started and given secrets: what was accepted of it, and which versions of its secrets it has. */
export interface Binding {
  readonly pairing: string;
  /** By name. */
  readonly secrets: readonly {
    readonly name: string;
    readonly version: number;
    readonly mode: KeyMode | null;
  }[];
}

/** What a person accepted of an upstream. */
export interface Accepted {
  /** The accepted definitions by tool. */
  readonly pins: ReadonlyMap<string, string>;
  /** The tools as they were listed then; null if that was not kept, or if it is started in another way now. */
  readonly tools: readonly ListedTool[] | null;
}

/** An upstream with what the gateway needs to know of it. */
export interface UpstreamPart {
  readonly config: UpstreamConfig;
  /** Makes the server; nothing runs before `start`. */
  readonly connect: (events: UpstreamEvents) => Upstream;
  /** Classifies one listed tool. */
  readonly classify: (definition: Json) => ToolClassifier;
  /** What was accepted of it, read from the store anew. Throws `StateError`. */
  readonly accepted: () => Promise<Accepted>;
  /** What it would be started with now. Throws `SecretError` for a secret that is not there. */
  readonly binding: () => Promise<Binding>;
}

export type UnmetCode =
  | 'limit'
  | 'clock'
  | 'approval' // nobody could approve it, or what was signed does not cover it
  | 'approval_pending'
  | 'approval_rejected'
  | 'approval_expired'
  | 'approval_void' // the call is not any more what was asked about
  | 'approval_executed' // another caller executed it
  | 'approval_queue' // too many requests are open, or were rejected one after another
  | 'frozen'
  | 'grant';

/** An obligation that could not be met: the call is denied for this reason. */
export interface Unmet {
  readonly source: Source;
  readonly code: UnmetCode;
  readonly message: string;
  /** The request for approval that it is about. */
  readonly approval?: ApprovalId;
  /** What the limits stand at that it is about, as far as the store said. */
  readonly figures?: readonly LimitFigure[];
}

/** Limits that ask a person, each with what an agent would be told of it. Nothing is held. */
export interface LimitsAsk {
  readonly asks: readonly AskingLimit[];
}

export type AskingLimit = LimitAsks & { readonly message: string };

/** A limit that a request for approval names. */
export interface NamedLimit {
  readonly policy: PolicyName | null;
  readonly rule: string;
}

/** Quota held for one call. */
export interface Reservation {
  /** False: no limit counts the call, and there is nothing to confirm or to settle. */
  readonly isHeld: boolean;
  /** What the limits stand at that count the call, with it, as the store last said. */
  readonly figures: readonly LimitFigure[];
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

/** Holds quota before a call is forwarded. What cannot be held is a denial. Everything throws `StateError`. */
export interface QuotaHolder {
  /** For a call that goes at once. Where a limit asks a person, nothing is held. */
  reserve(obligations: readonly Obligation[], asked: Asked): Promise<Reservation | LimitsAsk | Unmet>;
  /**
   * For as long as a request for approval may wait, under `asked.request`. The limits of `asks` are left out: only a
   * signature makes room above a cap.
   */
  holdWaiting(
    obligations: readonly Obligation[],
    asked: Asked,
    asks: readonly NamedLimit[],
  ): Promise<LimitsAsk | Unmet | null>;
  /** Takes over what a request held, in the windows of now; the limits that its signatures name are counted above their caps. */
  takeOver(
    obligations: readonly Obligation[],
    asked: Asked,
    signed: readonly NamedLimit[],
  ): Promise<Reservation | Unmet>;
  /** Gives back what a request held. Never rejects. */
  release(request: RequestId): Promise<void>;
  /** Runs `act` now, or again until the store could be reached. Never rejects. */
  owe(key: string, act: () => Promise<unknown>): Promise<void>;
  /** Tells the store what it is still owed. Never rejects. */
  end(): Promise<void>;
}

/** What requests for approval are made of, and who may answer them. */
export interface ApprovalParts {
  readonly store: ApprovalStore;
  /** The operators as they are now. Throws `StateError`. */
  readonly registry: () => Promise<Registry>;
  /** Throws what keeps requests from being encrypted. */
  readonly sealer: () => Promise<RequestSealer>;
  /** Names the installation. */
  readonly origin: string;
  readonly owner: QuotaOwner;
  readonly newId: () => ApprovalId;
  /** 128 random bits, hexadecimal. */
  readonly newNonce: () => string;
  /** Tells people that a request waits. Never rejects, and is not waited for. */
  readonly notify: (news: ApprovalNews) => void;
}

/** What may leave the gateway about a new request: nothing of its arguments. */
export interface ApprovalNews {
  readonly approval: ApprovalId;
  readonly grant: string;
  readonly tool: string;
  readonly rule: string;
  readonly expiresMs: number;
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
  /** Hashes what arguments hold; it alone has the key. */
  readonly digests: ArgumentDigests;
  readonly quota: QuotaHolder;
  readonly approvals: ApprovalParts;
  /** `all`: every intent is durable, not only those of money and unclassified calls. */
  readonly durability: 'money' | 'all';
  readonly nowMs: () => number;
  /** Tells the operator, on stderr. */
  readonly warn: (sentence: string) => void;
  readonly newRequestId: () => RequestId;
  /** A call came with a good token. */
  readonly used: () => void;
}

/** What the operator wrote about a server. */
export interface Guidance {
  readonly upstream: string;
  readonly text: string;
}

/** What `initialize` is answered from. */
export interface Declared {
  readonly capabilities: ReadonlySet<Capability>;
  readonly guidance: readonly Guidance[];
  /** What the servers of the grant declared when they were accepted; null if that was not kept of each of them. */
  readonly remembered: ReadonlySet<string> | null;
}

/** A client with a good token. The parts may still be gathered while `initialize` is answered. */
export interface Admission {
  readonly declared: Declared;
  readonly parts: Promise<SessionParts | Refusal>;
}

/** Checks the token. Called once, at `initialize`; a refusal has been recorded already. */
export type AdmitClient = () => Promise<Admission | Refusal>;
