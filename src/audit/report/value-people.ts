/** What a report says of people's verdicts, policies and acts, as plain JSON. */
import type { Listed, Tallied } from './tally.ts';
import type { CodeRow } from './value-calls.ts';

export interface OperatorRow {
  readonly operator: string;
  readonly fingerprint: string | null;
  approved: number;
  rejected: number;
  /** Verdicts that did not count, and signatures that were refused. */
  refused: number;
}

export interface ApprovalTimes {
  readonly measured: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
  readonly longestMs: number | null;
  /** How many fell into each span, in the order of `SPANS`. */
  readonly spans: readonly { readonly label: string; readonly count: number }[];
}

export interface ApprovalsPart {
  readonly requested: number;
  readonly approved: number;
  readonly rejected: number;
  readonly endings: {
    readonly rejected: number;
    readonly expired: number;
    readonly lapsed: number;
    readonly void: number;
  };
  readonly executed: number;
  /** Requested in the period, and without a verdict or an ending in the log. */
  readonly undecided: number;
  readonly operators: Tallied<OperatorRow>;
  readonly refusals: Tallied<CodeRow>;
  readonly times: ApprovalTimes;
  /** Requests that were too many to be followed; their verdicts are not in these figures. */
  readonly unfollowed: number;
}

/** Who acted. `os-user`: the machine's own word for who ran the command, which proves nothing. */
export interface ActorRow {
  /** `operator`, `os-user`, or `unknown` where the record does not say it. */
  readonly by: string;
  readonly name: string;
  readonly fingerprint: string | null;
}

export interface PolicyVersion {
  readonly policy: string;
  readonly hash: string;
  first: string;
  last: string;
  /** Sessions and reloads that named it as in force. */
  inForce: number;
  /** Calls that it decided. */
  calls: number;
}
export interface PolicyEdit {
  readonly time: string;
  readonly actor: ActorRow;
  readonly policy: string;
  readonly hash: string;
  readonly replaced: string;
  readonly changes: number | null;
  readonly looser: number | null;
}
export interface ConfigSignature {
  readonly time: string;
  readonly actor: ActorRow;
  readonly part: string;
  readonly hash: string;
  readonly inForce: boolean;
}
export interface PoliciesPart {
  readonly versions: Tallied<PolicyVersion>;
  readonly edits: Listed<PolicyEdit>;
  readonly signatures: Listed<ConfigSignature>;
  readonly reloads: number;
  readonly refusedConfigs: number;
  readonly refusedPolicies: number;
}

export interface Act {
  readonly time: string;
  readonly kind: string;
  readonly actor: ActorRow;
  readonly about: string;
}
export interface ActCount extends ActorRow {
  readonly kind: string;
  count: number;
}
export interface ReadingRow extends ActorRow {
  readonly does: string;
  count: number;
  first: string;
  last: string;
}
export interface ActsPart {
  readonly acts: Listed<Act>;
  readonly counts: Tallied<ActCount>;
  readonly readings: Tallied<ReadingRow>;
  /** Acts by somebody who was only an OS user. */
  readonly unproven: number;
}
