/** What the shadow policies of a grant would have decided: a rehearsal that nothing depends on. */
import type { ShadowDecision } from '../audit/events.ts';
import { type CallFacts, decide, type LoadedPolicy } from '../core/index.ts';

/** Nothing without shadow policies, or for a call that was denied before it was read. */
export function rehearse(
  facts: CallFacts | null,
  shadow: readonly LoadedPolicy[],
): { readonly shadow?: ShadowDecision } {
  if (facts === null || shadow.length === 0) return {};
  const decision = decide(facts, shadow);
  const { rule, policy } = decision.source;
  if (decision.outcome === 'deny') return { shadow: { decision: 'deny', rule, policy } };
  const approval = decision.obligations.find(({ type }) => type === 'approve');
  if (approval === undefined) return { shadow: { decision: 'allow', rule, policy } };
  return { shadow: { decision: 'approve', rule: approval.source.rule, policy: approval.source.policy } };
}
