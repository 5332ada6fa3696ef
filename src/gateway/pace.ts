/** The limits that count whatever an agent sends, and what they are told of a request that is no call. */
import type { RelayedMethod } from '../audit/events.ts';
import type { Obligation } from '../core/decision.ts';
import type { CallFacts } from '../core/facts.ts';
import { brandAs, toolName, type UpstreamName } from '../core/ids.ts';
import type { Rule } from '../core/policy.ts';
import { verdictOf } from '../core/verdicts.ts';
import type { Terms } from './parts.ts';

/** The obligations of a request, and the facts that the store counts them by. */
export interface Pace {
  readonly obligations: readonly Obligation[];
  readonly call: CallFacts;
}

type LimitRule = Extract<Rule, { effect: 'limit' }>;

/**
 * The `calls` limits on `*` that count a request beside `tools/call`. A limit with a `key` splits calls by what they say,
 * and such a request says none of it; one for each upstream counts it where it goes to one. Nothing is known of what the
 * request does, and a condition that is unknown counts, as for a call.
 */
export function paceOf(
  { grant, policies }: Terms,
  method: RelayedMethod,
  to: UpstreamName | null,
  timeMs: number,
): Pace {
  const upstream = to ?? brandAs<UpstreamName>('*');
  const call: CallFacts = {
    ...{ amount: ABSENT, currency: ABSENT, reason: ABSENT, recipient: ABSENT, reference: ABSENT, quantity: ABSENT },
    classification: { kind: 'unclassified', why: 'it is no call of a tool' },
    tool: toolName(upstream, method),
    ...{ upstream, args: new Map(), grant, principal: grant.principal, timeMs },
  };
  const obligations = policies.flatMap((loaded) => {
    if (loaded.state === 'broken') return [];
    const { name, hash, rules } = loaded.policy;
    const counting = rules.filter((rule) => isPace(rule, to) && verdictOf(rule, call).does === 'obliges');
    return counting.flatMap((rule) => {
      if (rule.effect !== 'limit') return [];
      const source = { rule: rule.id, pointer: rule.pointer, policy: name, policyHash: hash };
      const { limit, message } = rule;
      return [{ type: 'reserve' as const, source, limit, ...(message !== undefined && { message }) }];
    });
  });
  return { obligations, call };
}

const ABSENT = { state: 'absent' } as const;

function isPace(rule: Rule, to: UpstreamName | null): rule is LimitRule {
  if (rule.effect !== 'limit' || !rule.selectors.some(({ by }) => by === 'any')) return false;
  const { counts, key, scope } = rule.limit;
  return counts.unit === 'calls' && key.length === 0 && (scope !== 'upstream' || to !== null);
}
