/**
 * Who has to sign before a call is forwarded: what the `approve` rules of a decision and the limits that ask a person
 * come to together. Every rule must be met, so several become one request that meets all of them.
 */
import type { Obligation, Source } from './decision.ts';

/** What asks for a signature: a rule that says so, a use above a cap, or a use that a limit cannot count. */
export type ApprovalCause = 'rule' | 'exceeds' | 'unbounded';

/** A limit that asks a person: the store found it exceeded, or its fault says `approve`. */
export interface LimitAsks {
  readonly source: Source;
  readonly cause: Exclude<ApprovalCause, 'rule'>;
}

/** So many persons have to sign, each with one of the roles. */
export interface SignatureNeed {
  readonly count: number;
  /** Sorted, each once. None: every approver may sign. */
  readonly roles: readonly string[];
  /** What asks for it. A verdict for a use above a cap names that cap by being about this request. */
  readonly asked: readonly { readonly source: Source; readonly cause: ApprovalCause }[];
}

/** What an approval request asks for. */
export interface ApprovalPlan {
  /** Each must be met; one person may count for several. */
  readonly needs: readonly SignatureNeed[];
  /** The shortest life that a rule gives the request. */
  readonly expireMs: number;
}

/** A person whose signature was verified. */
export interface Signer {
  readonly person: string;
  readonly roles: readonly string[];
}

/** How a rule that states no expiry is met, and a limit, which states nothing: one approver, within the default. */
export interface ApprovalDefaults {
  readonly expireMs: number;
}

/** What has to be approved; null if nothing has to. Rules about the same roles become one need with the highest count. */
export function approvalPlan(
  obligations: readonly Obligation[],
  limits: readonly LimitAsks[],
  defaults: ApprovalDefaults,
): ApprovalPlan | null {
  const needs = [...obligations.flatMap(ruleNeed), ...limits.map(limitNeed)];
  if (needs.length === 0) return null;
  return { needs: merged(needs), expireMs: Math.min(...needs.map(({ expireMs }) => expireMs ?? defaults.expireMs)) };
}

interface Need extends SignatureNeed {
  readonly expireMs: number | undefined;
}

function ruleNeed(obligation: Obligation): Need[] {
  if (obligation.type !== 'approve') return [];
  const { source, approve } = obligation;
  const roles = [...new Set(approve.roles)].sort();
  return [{ count: approve.count, roles, asked: [{ source, cause: 'rule' }], expireMs: approve.expireMs }];
}

function limitNeed(asks: LimitAsks): Need {
  return { count: 1, roles: [], asked: [asks], expireMs: undefined };
}

function merged(needs: readonly Need[]): readonly SignatureNeed[] {
  const byRoles = new Map<string, SignatureNeed>();
  for (const { count, roles, asked } of needs) {
    const key = JSON.stringify(roles);
    const other = byRoles.get(key);
    const both = { count: Math.max(count, other?.count ?? 0), roles, asked: [...(other?.asked ?? []), ...asked] };
    byRoles.set(key, both);
  }
  return [...byRoles.values()];
}

/** The needs that these signatures do not meet. A person counts once, however often he signs. */
export function unmetNeeds({ needs }: ApprovalPlan, signers: readonly Signer[]): readonly SignatureNeed[] {
  return needs.filter((need) => !isMet(need, signers));
}

/** Whatever the count says, nothing is met by nobody. */
function isMet({ count, roles }: SignatureNeed, signers: readonly Signer[]): boolean {
  const fitting = signers.filter((signer) => roles.length === 0 || signer.roles.some((role) => roles.includes(role)));
  const persons = new Set(fitting.map(({ person }) => person));
  return persons.size > 0 && persons.size >= count;
}
