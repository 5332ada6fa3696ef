/**
 * The decision. Same call, same policies: same answer, for ever. A denial in any policy stands, a permission in any
 * suffices, and whatever is missing, broken or unknown denies.
 */
import { compile } from './compile.ts';
import type { CompiledPolicy, Placed } from './compile.ts';
import type { Decision, Obligation, Source, TraceEntry } from './decision.ts';
import { brokenPolicy, deniedBy, noPolicy, notAllowed, unruled } from './denials.ts';
import type { CallFacts, Classification } from './facts.ts';
import type { ToolName } from './ids.ts';
import type { LoadedPolicy, Rule } from './policy.ts';
import { traceOf } from './trace.ts';
import { verdictOf } from './verdicts.ts';

export interface DecideOptions {
  /** Adds every rule's part in the decision. */
  readonly trace?: boolean;
}

/**
 * Decides one call under the policies of its grant, in the grant's order: the first denial of `hide`, `deny` and
 * `require` wins; then an `allow` or the combined default must permit; then every matching `limit` and `approve` is an
 * obligation. A limit whose condition is unknown counts the call: a use that is not counted would help the caller.
 * Never throws.
 */
export function decide(call: CallFacts, policies: readonly LoadedPolicy[], options: DecideOptions = {}): Decision {
  const usable = usablePolicies(policies);
  if (!Array.isArray(usable)) return options.trace === true ? { ...usable, trace: [] } : usable;
  const decision = guarded(call, usable) ?? permitted(call, usable);
  return options.trace === true ? withTrace(decision, traceOf(call, usable, decision)) : decision;
}

function withTrace(decision: Decision, trace: readonly TraceEntry[]): Decision {
  return { ...decision, trace };
}

type Denial = Extract<Decision, { outcome: 'deny' }>;

function usablePolicies(policies: readonly LoadedPolicy[]): CompiledPolicy[] | Denial {
  if (policies.length === 0) return noPolicy();
  const usable: CompiledPolicy[] = [];
  for (const loaded of policies) {
    if (loaded.state === 'broken') return brokenPolicy(loaded);
    usable.push(compile(loaded.policy));
  }
  return usable;
}

function guarded(call: CallFacts, policies: readonly CompiledPolicy[]): Denial | undefined {
  for (const policy of policies) {
    const denial = policy.applicable(call).guards.find(({ rule }) => verdictOf(rule, call).does === 'denies');
    if (denial !== undefined) return deniedBy(denial, call);
  }
  return undefined;
}

function permitted(call: CallFacts, policies: readonly CompiledPolicy[]): Decision {
  let nearest: Placed | undefined;
  for (const policy of policies) {
    for (const placed of policy.applicable(call).allows) {
      if (verdictOf(placed.rule, call).does === 'permits') return allowed(call, policies, placed.source);
      nearest ??= placed;
    }
  }
  const standing = standingDefault(policies);
  if (!standing.allows) return notAllowed(call, standing.source, nearest);
  if (call.classification.kind !== 'unclassified') return allowed(call, policies, standing.source);
  // The default would allow, so it is not what denies.
  return notAllowed(call, unruled('(unclassified)'), nearest);
}

interface StandingDefault {
  readonly allows: boolean;
  readonly source: Source;
}

/** `allow` only if every policy says so; the first that does not is named. */
function standingDefault(policies: readonly CompiledPolicy[]): StandingDefault {
  const refusing = policies.find(({ policy }) => policy.default !== 'allow');
  const allows = refusing === undefined && policies.length > 0;
  const named = (refusing ?? policies[0])?.policy;
  const rule = allows ? '(default allow)' : '(default deny)';
  const source = { rule, pointer: '', policy: named?.name ?? null, policyHash: named?.hash ?? null };
  return { allows, source };
}

function allowed(call: CallFacts, policies: readonly CompiledPolicy[], source: Source): Decision {
  return { outcome: 'allow', source, obligations: [...reservations(call, policies), ...approvals(call, policies)] };
}

function reservations(call: CallFacts, policies: readonly CompiledPolicy[]): Obligation[] {
  const limits = policies.flatMap((policy) => policy.applicable(call).limits);
  return obliging(limits, call).map(({ rule: { limit, message }, source }) => ({
    ...{ type: 'reserve', source, limit },
    ...(message !== undefined && { message }),
  }));
}

function approvals(call: CallFacts, policies: readonly CompiledPolicy[]): Obligation[] {
  const rules = policies.flatMap((policy) => policy.applicable(call).approvals);
  return obliging(rules, call).map(({ rule, source }) => ({ type: 'approve', source, approve: rule.approve }));
}

function obliging<R extends Rule>(rules: readonly Placed<R>[], call: CallFacts): readonly Placed<R>[] {
  return rules.filter(({ rule }) => verdictOf(rule, call).does === 'obliges');
}

/**
 * True if a tool stands in the list of a grant: one of its possible classifications (several for a generic tool, and
 * `unclassified` among them when its entries may not recognise a call) is not hidden and is selected by an `allow`,
 * whatever its condition, or permitted by the combined default. Conditions are not looked at, since there is no call.
 */
export function visible(
  tool: ToolName,
  classifications: readonly Classification[],
  policies: readonly LoadedPolicy[],
): boolean {
  const usable = usablePolicies(policies);
  if (!Array.isArray(usable)) return false;
  const byDefault = standingDefault(usable).allows;
  return classifications.some((classification) => {
    const found = usable.map((policy) => policy.applicable({ tool, classification }));
    if (found.some(({ guards }) => guards.some(({ rule }) => rule.effect === 'hide'))) return false;
    return found.some(({ allows }) => allows.length > 0) || (byDefault && classification.kind !== 'unclassified');
  });
}
