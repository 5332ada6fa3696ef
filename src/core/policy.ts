/** A policy as the engine takes it. `config` parses the documents people write into these types and nothing else does. */
import type { PolicyHash, PolicyName, RuleId, ToolName, UpstreamName } from './ids.ts';
import type { Json, JsonType } from './json.ts';
import type { Direction, Kind } from './kinds.ts';
import type { MoneyBound } from './money.ts';

/** Which calls a rule is about. */
export type Selector =
  | { readonly by: 'any' } // `*`
  | { readonly by: 'tool'; readonly tool: ToolName } // `stripe/create_refund`
  | { readonly by: 'upstream'; readonly upstream: UpstreamName } // `stripe/*`
  | { readonly by: 'name'; readonly name: string } // `*/create_refund`
  | { readonly by: 'kind'; readonly kind: Kind | 'unclassified' } // `kind:refund`
  | { readonly by: 'money'; readonly direction: Exclude<Direction, 'none'> | 'any' }; // `money`, `money:out`

/** One step of a path into the arguments; `each` is `[*]`. */
export type PathStep =
  | { readonly step: 'key'; readonly key: string }
  | { readonly step: 'index'; readonly index: number }
  | { readonly step: 'each' };
export type Path = readonly PathStep[];

/** What a condition looks at. `text` is the name as the policy writes it: `args.items[*].price`. */
export type FactRef =
  | { readonly fact: 'amount' | 'currency' | 'reason' | 'recipient' | 'reference' | 'quantity' }
  | { readonly fact: 'kind' | 'direction' | 'tool' | 'upstream' | 'principal' }
  | { readonly fact: 'args'; readonly path: Path; readonly text: string }
  | { readonly fact: 'label'; readonly label: string }
  | { readonly fact: 'time'; readonly part: 'hour' | 'weekday' | 'date'; readonly timezone: string };

/** A pattern that matches in linear time and is anchored at both ends; compiled by the configuration. */
export interface Pattern {
  readonly source: string;
  /** True if the whole of `text` matches. */
  matches(text: string): boolean;
}

/** A bound of an order comparison: a plain number keeps its text, a money bound names its currencies. */
export type Bound =
  { readonly is: 'value'; readonly value: Json } | { readonly is: 'money'; readonly money: MoneyBound };

export type Operator =
  | { readonly op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; readonly bound: Bound }
  | { readonly op: 'in' | 'not_in'; readonly values: readonly Bound[] }
  | { readonly op: 'present'; readonly expected: boolean }
  | { readonly op: 'matches'; readonly pattern: Pattern }
  | { readonly op: 'starts_with' | 'ends_with' | 'contains'; readonly text: string }
  | { readonly op: 'contains_value'; readonly value: Json } // `contains` on an array
  | { readonly op: 'length'; readonly test: readonly Operator[] }
  | { readonly op: 'type'; readonly type: JsonType | 'integer' }
  | { readonly op: 'any' | 'all' | 'sum' | 'count'; readonly test: readonly Operator[] }; // quantifiers over an array

/** A condition in three-valued logic. `when` objects with several keys become `all`. */
export type Condition =
  | { readonly is: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly is: 'not'; readonly of: Condition }
  | { readonly is: 'test'; readonly fact: FactRef; readonly operator: Operator };

interface RuleBase {
  readonly id: RuleId;
  /** JSON Pointer (RFC 6901) of the rule in its document, for example `/rules/3`. */
  readonly pointer: string;
  readonly selectors: readonly Selector[];
  /** Told to the agent when the rule denies. */
  readonly message?: string;
}

/** `per` of a limit: a calendar window in a time zone, or any span of the given length. */
export type Window =
  | { readonly is: 'calendar'; readonly unit: 'minute' | 'hour' | 'day' | 'week' | 'month'; readonly timezone: string }
  | { readonly is: 'rolling'; readonly spanMs: number };

/** What a `limit` rule counts and where its ceiling lies. */
export interface Limit {
  readonly counts:
    { readonly unit: 'calls'; readonly cap: bigint } | { readonly unit: 'amount'; readonly caps: MoneyBound };
  readonly window: Window;
  readonly scope: 'grant' | 'principal' | 'policy' | 'upstream' | 'global';
  readonly key: readonly FactRef[];
  readonly exceed: 'deny' | 'approve';
  readonly unknown: 'deny' | 'approve';
}

/** Who has to sign. */
export interface ApprovalNeed {
  readonly count: number;
  readonly roles: readonly string[];
  readonly expireMs?: number;
}

export type Rule =
  | (RuleBase & { readonly effect: 'allow'; readonly when?: Condition })
  | (RuleBase & { readonly effect: 'deny'; readonly when?: Condition })
  | (RuleBase & { readonly effect: 'require'; readonly when: Condition })
  | (RuleBase & { readonly effect: 'hide' })
  | (RuleBase & { readonly effect: 'limit'; readonly when?: Condition; readonly limit: Limit })
  | (RuleBase & { readonly effect: 'approve'; readonly when?: Condition; readonly approve: ApprovalNeed });

/** One policy document, complete and valid. */
export interface Policy {
  readonly name: PolicyName;
  readonly hash: PolicyHash;
  readonly default: 'allow' | 'deny';
  readonly rules: readonly Rule[];
}

/** A policy that a grant names: usable, or broken, which denies every call of the grant. */
export type LoadedPolicy =
  | { readonly state: 'loaded'; readonly policy: Policy }
  | { readonly state: 'broken'; readonly name: PolicyName; readonly why: string };
