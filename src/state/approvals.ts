/**
 * The approvals part of the store port. The store keeps requests and verdicts and hands out each claim once; whether a
 * verdict is one is for whoever reads it to prove from its signature, so that writing to the store approves nothing.
 */
import type { ApprovalId, GrantName, ToolName } from '../core/ids.ts';
import type { QuotaOwner } from './quota.ts';

/** How long an execution is remembered, so that the same call again is shown to a person as a repeat. */
export const REPEAT_MS = 24 * 3_600_000;

/**
 * `open`: waits for signatures, or for a caller once it has them; `claimed`: a caller is executing it. The others are ends:
 * `executed`, `rejected`, `void`, and when its time is over `lapsed` if it was approved, else `expired`.
 */
export type ApprovalState = 'open' | 'claimed' | 'executed' | 'rejected' | 'expired' | 'lapsed' | 'void';

/** The ends that somebody puts to a request. */
export type ApprovalEnd = 'executed' | 'rejected' | 'void';

/** What came of an execution. */
export type ApprovalOutcome = 'ok' | 'failed' | 'in-doubt';

/** A request as it is kept. Everything that an argument could show is in `sealed` alone. */
export interface ApprovalEntry {
  readonly id: ApprovalId;
  readonly grant: GrantName;
  readonly tool: ToolName;
  /** Equal for calls that are the same call: 64 hexadecimal digits. */
  readonly match: string;
  /** What is signed: 64 hexadecimal digits. */
  readonly hash: string;
  readonly createdMs: number;
  /** By the store's clock, as everything that decides is. */
  readonly expiresMs: number;
  readonly state: ApprovalState;
  /** Null before it was executed. */
  readonly outcome: ApprovalOutcome | null;
  /** When it ended; null while it is open or claimed. */
  readonly endedMs: number | null;
  /** The request, encrypted; null once it has ended. */
  readonly sealed: string | null;
  /** Signed verdicts, as they were given, in that order. */
  readonly verdicts: readonly string[];
  /** Somebody found that the verdicts suffice. For people: who executes proves it himself. */
  readonly isApproved: boolean;
  /** Who executes it; null before it was claimed. */
  readonly claimedBy: QuotaOwner | null;
}

/** What becomes of a request, without what it holds: cheap to ask often, whatever an agent put into its arguments. */
export type ApprovalMark = Pick<
  ApprovalEntry,
  'id' | 'grant' | 'expiresMs' | 'state' | 'outcome' | 'endedMs' | 'isApproved' | 'claimedBy'
> & {
  /** How many verdicts were given. */
  readonly verdictCount: number;
};

/** A request about to be opened. */
export type NewApproval = Pick<
  ApprovalEntry,
  'id' | 'grant' | 'tool' | 'match' | 'hash' | 'createdMs' | 'expiresMs'
> & { readonly sealed: string };

export type OpenAnswer =
  | { readonly is: 'opened' }
  /** The same call waits already, or is being executed. */
  | { readonly is: 'joined'; readonly entry: ApprovalEntry }
  /** The same call was rejected, and that request's time is not over. */
  | { readonly is: 'rejected'; readonly entry: ApprovalEntry }
  /** The grant has as many open requests as it may. */
  | { readonly is: 'full'; readonly open: number };

/**
 * Requests for approval, atomic over all processes that share the store. A request whose time is over is `expired` for
 * every caller, whether or not somebody has ended it. Failures throw `StateError`.
 */
export interface ApprovalStore {
  /** Opens a request unless the same call waits, runs or was rejected, or the grant has `pending` open ones. */
  open(request: NewApproval, pending: number): Promise<OpenAnswer>;
  find(id: ApprovalId): Promise<ApprovalEntry | undefined>;
  mark(id: ApprovalId): Promise<ApprovalMark | undefined>;
  /** Everything that has not ended, and what ended within the last 24 hours; oldest first. */
  list(): Promise<readonly ApprovalEntry[]>;
  /** The same requests in the same order. */
  marks(): Promise<readonly ApprovalMark[]>;
  /** The newest request for the same call that has not ended, was rejected and is not over, or was executed in 24 hours. */
  standing(match: string): Promise<ApprovalEntry | undefined>;
  /** Adds a verdict to an open request; false if it is not open any more. `isApproved`: the verdicts suffice with it. */
  addVerdict(id: ApprovalId, verdict: string, isApproved: boolean): Promise<boolean>;
  /** Hands an open request to one caller, once and for ever. False for everybody else, and once its time is over. */
  claim(id: ApprovalId, by: QuotaOwner): Promise<boolean>;
  /**
   * Ends a request and erases what was sealed; an end stays what it is. `outcome` only with `executed`. What is claimed can
   * not be `rejected`: false, and whoever claimed it ends it.
   */
  end(id: ApprovalId, state: ApprovalEnd, outcome: ApprovalOutcome | null): Promise<boolean>;
}
