/** What a decision comes to for a single call that meets empty counters, and what still has to be met. */
import type { Decision, Obligation, Source } from '../../core/decision.ts';
import { nameOf } from '../../core/explain.ts';
import type { CallFacts } from '../../core/facts.ts';
import { formatMoneyBound } from '../../core/money-bound.ts';
import type { ApprovalNeed, Limit, Window } from '../../core/policy.ts';
import { reservationsOf } from '../../core/reservation.ts';

/** From what is least permitted to what is most. */
export const LEVELS = ['hidden', 'deny', 'approve', 'allow'] as const;
export type Level = (typeof LEVELS)[number];

/** One decision in a form that two policies can be compared by. */
export interface Standing {
  readonly level: Level;
  readonly rule: string;
  /** What has to be met, in words, without the names of the rules. */
  readonly obligations: readonly string[];
}

/** What the decision comes to. A limit that even the first call cannot meet denies, or asks a person. */
export function standingOf(decision: Decision, call: CallFacts): Standing {
  if (decision.outcome === 'deny') {
    return { level: decision.code === 'hidden' ? 'hidden' : 'deny', rule: decision.source.rule, obligations: [] };
  }
  const met = decision.obligations.map((obligation) => ({ obligation, does: doesAtOnce(obligation, call) }));
  const first = (does: 'deny' | 'approve'): Source | undefined =>
    met.find((one) => one.does === does)?.obligation.source;
  const denying = first('deny');
  if (denying !== undefined) return { level: 'deny', rule: denying.rule, obligations: [] };
  const asking = first('approve');
  const obligations = met.filter(({ does }) => does !== 'pass').map(({ obligation }) => wordsOf(obligation));
  return {
    level: asking === undefined ? 'allow' : 'approve',
    rule: (asking ?? decision.source).rule,
    obligations: [...new Set(obligations)].sort(),
  };
}

/** `count`: nothing yet, until the counter is full. `pass`: the rule does not count such a call at all. */
function doesAtOnce(obligation: Obligation, call: CallFacts): 'deny' | 'approve' | 'count' | 'pass' {
  if (obligation.type === 'approve') return 'approve';
  const { requests, faults } = reservationsOf([obligation], call, call.timeMs);
  const [fault] = faults;
  if (fault !== undefined) return fault.then.does;
  const [request] = requests;
  if (request === undefined) return 'pass';
  return request.amount > request.cap ? request.exceed : 'count';
}

function wordsOf(obligation: Obligation): string {
  return obligation.type === 'approve' ? approvalWords(obligation.approve) : limitWords(obligation.limit);
}

function approvalWords({ count, roles, expireMs }: ApprovalNeed): string {
  const who = roles.length === 0 ? 'approvers' : roles.join(' or ');
  const within = expireMs === undefined ? '' : ` within ${expireMs / 1000} s`;
  return `signed by ${count} of ${who}${within}`;
}

/** The limit for people; equal words are equal limits. */
export function limitWords(limit: Limit): string {
  const { counts, window, scope, key } = limit;
  const cap = counts.unit === 'calls' ? `${counts.cap} calls` : formatMoneyBound(counts.caps);
  const split = key.length === 0 ? '' : ` and ${key.map((ref) => `\`${nameOf(ref)}\``).join(', ')}`;
  const above = limit.exceed === 'approve' ? ', above that by approval' : '';
  const unknown = limit.unknown === 'approve' ? ', an unknown amount by approval' : '';
  return `at most ${cap} per ${windowWords(window)} per ${scope}${split}${above}${unknown}`;
}

/** `day (Europe/Berlin)` or `any 24 h`. */
export function windowWords(window: Window): string {
  if (window.is === 'calendar') return window.timezone === 'UTC' ? window.unit : `${window.unit} (${window.timezone})`;
  return `any ${window.spanMs / 1000} s`;
}
