/** What a policy makes of ordinary calls, as `policy explain` says it. */
import type { PolicyDraft } from './draft.ts';
import { sampleCalls } from '../policy-diff/compare.ts';
import type { ToolUse } from '../policy-diff/known-tools.ts';
import { type Answer, answerFor } from '../policy/answer.ts';
import type { KnownTool } from '../policy/known-tools.ts';
import { obligationWords } from '../policy/rule-words.ts';

/** A call and what becomes of it. */
export interface Sample {
  readonly words: string;
  readonly decision: Answer['decision'];
  readonly rule: string;
  /** What has to be met, in words; what the agent is told if it is denied. */
  readonly says: readonly string[];
}

/** So many calls are looked at for each use of a tool. */
const LOOKED_AT = 120;

/** One call for each answer that the policy gives for a tool, the ordinary one first; at most `max`. */
export async function samplesOf(
  tool: KnownTool,
  uses: readonly ToolUse[],
  { policy }: PolicyDraft,
  max: number,
): Promise<readonly Sample[]> {
  const samples = new Map<string, Sample>();
  for (const use of uses) {
    for (const { words, args, facts } of sampleCalls(use, policy, LOOKED_AT)) {
      if (samples.size >= max) return [...samples.values()];
      const { grant, principal, timeMs } = facts;
      const who = { name: grant.name, labels: grant.labels, principal };
      const answer = await answerFor(tool, args, who, [{ state: 'loaded', policy }], timeMs);
      // A sample that the schema or the catalogue refuses says nothing of the policy.
      if (answer.decision === 'deny' && answer.source.rule.startsWith('(') && UNSAID.has(answer.code)) continue;
      const sample = sampleOf(words, answer);
      const key = JSON.stringify([sample.decision, sample.rule, sample.says, facts.classification.kind]);
      if (!samples.has(key)) samples.set(key, sample);
    }
  }
  return [...samples.values()];
}

const UNSAID: ReadonlySet<string | null> = new Set(['unknown_argument', 'invalid_arguments']);

function sampleOf(words: string, { decision, source, obligations, message }: Answer): Sample {
  // The rule is named beside it.
  const told = message === null || message.startsWith('Denied by rule') ? [] : [message];
  const says = message === null ? obligations.map(obligationWords) : told;
  return { words, decision, rule: source.rule, says };
}
