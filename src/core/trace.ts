/** Every rule's part in a decision, for `policy explain`. Off the path of ordinary calls: it evaluates everything. */
import { isSelected } from './compile.ts';
import type { CompiledPolicy, Placed } from './compile.ts';
import type { Decision, Source, TraceEntry } from './decision.ts';
import { explain } from './explain.ts';
import type { CallFacts } from './facts.ts';
import { truthOf } from './verdicts.ts';

/** One entry per rule, in the order of the grant's policies and of each document. */
export function traceOf(call: CallFacts, policies: readonly CompiledPolicy[], decision: Decision): TraceEntry[] {
  const deciding = new Set<Source>([decision.source]);
  if (decision.outcome === 'allow') for (const { source } of decision.obligations) deciding.add(source);
  return policies.flatMap(({ rules }) => rules.map((placed) => entryOf(placed, call, deciding)));
}

function entryOf({ rule, source }: Placed, call: CallFacts, deciding: ReadonlySet<Source>): TraceEntry {
  const selected = isSelected(rule, call);
  const decides = deciding.has(source);
  const when = rule.effect === 'hide' ? undefined : rule.when;
  if (!selected || when === undefined) return { source, effect: rule.effect, selected, when: null, why: null, decides };
  const truth = truthOf(rule, call);
  const why = truth === 'true' ? null : explain(when, call);
  return { source, effect: rule.effect, selected, when: truth, why, decides };
}
