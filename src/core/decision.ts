/** What the engine answers. */
import type { PolicyHash, PolicyName } from './ids.ts';
import type { ApprovalNeed, Limit } from './policy.ts';

/** Where an answer comes from. */
export interface Source {
  /** The rule's id, or a fixed name in brackets: `(default deny)`, `(no policy)`, `(unclassified)`, … */
  readonly rule: string;
  /** JSON Pointer of the rule in its policy document; empty when no document speaks. */
  readonly pointer: string;
  readonly policy: PolicyName | null;
  readonly policyHash: PolicyHash | null;
}

/** What must be met before an allowed call is forwarded. One that cannot be met is a denial. */
export type Obligation =
  | {
      readonly type: 'reserve';
      readonly source: Source;
      readonly limit: Limit;
      /** The rule's own words for the agent when it denies. */
      readonly message?: string;
    }
  | { readonly type: 'approve'; readonly source: Source; readonly approve: ApprovalNeed };

/** Three-valued truth, after Kleene. */
export type Truth = 'true' | 'false' | 'unknown';

/** One rule's part in a decision, for `policy explain`. */
export interface TraceEntry {
  readonly source: Source;
  readonly effect: 'allow' | 'deny' | 'hide' | 'require' | 'limit' | 'approve';
  readonly selected: boolean;
  readonly when: Truth | null;
  /** What made the condition unknown, or false; a sentence. */
  readonly why: string | null;
  readonly decides: boolean;
}

export type Decision =
  | {
      readonly outcome: 'allow';
      readonly source: Source;
      readonly obligations: readonly Obligation[];
      readonly trace?: readonly TraceEntry[];
    }
  | {
      readonly outcome: 'deny';
      readonly code:
        'hidden' | 'denied' | 'requirement' | 'not_allowed' | 'unclassified' | 'no_policy' | 'broken_policy';
      readonly source: Source;
      /** A sentence the agent can act on. */
      readonly message: string;
      readonly trace?: readonly TraceEntry[];
    };
