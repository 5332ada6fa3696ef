/** The answer to one call while no server runs, as the gateway would give it. */
import { unknownArguments } from '../../catalogue/index.ts';
import type { GrantConfig } from '../../config/types.ts';
import { decide, visible } from '../../core/decide.ts';
import type { Decision, Obligation, Source, TraceEntry } from '../../core/decision.ts';
import type { CallFacts } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { LoadedPolicy } from '../../core/policy.ts';
import type { KnownTool } from './known-tools.ts';

/** Who asks. */
export type Asker = Pick<GrantConfig, 'name' | 'labels' | 'principal'>;

export interface Answer {
  /** `approve`: allowed, and a person has to sign. */
  readonly decision: 'allow' | 'deny' | 'approve';
  readonly source: Source;
  /** Why it is denied, from a closed list; null if it is not. */
  readonly code: string | null;
  /** What the agent would be told; null if the call goes on. */
  readonly message: string | null;
  readonly obligations: readonly Obligation[];
  readonly trace: readonly TraceEntry[];
  readonly facts: CallFacts;
}

/** Decides `args` for `tool` at an instant. */
export function answerFor(
  tool: KnownTool,
  args: JsonObject,
  who: Asker,
  policies: readonly LoadedPolicy[],
  timeMs: number,
): Answer {
  const facts = factsOf(tool, args, who, timeMs);
  const decision = decide(facts, policies, { trace: true });
  const trace = decision.trace ?? [];
  if (decision.outcome === 'deny' && NO_POLICY.has(decision.code)) return denied(decision, trace, facts);
  if (!visible(tool.tool, tool.classifier.possible, policies)) return hidden(decision, trace, facts);
  return (
    stray(tool, trace, facts) ??
    (decision.outcome === 'deny' ? denied(decision, trace, facts) : met(decision, trace, facts))
  );
}

const NO_POLICY: ReadonlySet<string> = new Set(['no_policy', 'broken_policy']);

function factsOf({ tool, upstream, classifier }: KnownTool, args: JsonObject, who: Asker, timeMs: number): CallFacts {
  const { classification, facts } = classifier.call(args);
  const grant = { name: who.name, labels: who.labels };
  return { ...facts, tool, upstream: upstream.name, classification, args, grant, principal: who.principal, timeMs };
}

type Part = Pick<Answer, 'source' | 'code' | 'message'>;

function denied({ source, code, message }: Part, trace: readonly TraceEntry[], facts: CallFacts): Answer {
  return { decision: 'deny', source, code, message, obligations: [], trace, facts };
}

/** A tool that no rule shows: the agent is told that there is none. */
function hidden(decision: Decision, trace: readonly TraceEntry[], facts: CallFacts): Answer {
  if (decision.outcome === 'deny') return denied(decision, trace, facts);
  const message = 'The tool is not in the list of the grant.';
  return denied({ source: unruled('(hidden)'), code: 'hidden', message }, trace, facts);
}

/** Names that the accepted schema lacks, in a call that may move money: servers drop them, so they could be decoys. */
function stray({ inputSchema }: KnownTool, trace: readonly TraceEntry[], facts: CallFacts): Answer | null {
  const { classification: what } = facts;
  if (inputSchema === null || (what.kind !== 'unclassified' && what.direction === 'none')) return null;
  const names = unknownArguments(inputSchema, facts.args);
  if (names.length === 0) return null;
  const shown = names.slice(0, 5).map((name) => `\`${name.slice(0, 64)}\``);
  const message = `Denied: the tool's schema does not name ${shown.join(', ')}.`;
  const unasked = trace.map((entry) => ({ ...entry, decides: false }));
  return denied({ source: unruled('(unknown argument)'), code: 'unknown_argument', message }, unasked, facts);
}

/** A rule that asks for a signature speaks for the whole: it is what the caller waits for. */
function met(decision: Decision & { outcome: 'allow' }, trace: readonly TraceEntry[], facts: CallFacts): Answer {
  const { obligations } = decision;
  const approval = obligations.find(({ type }) => type === 'approve');
  return {
    ...{ decision: approval === undefined ? 'allow' : 'approve', source: approval?.source ?? decision.source },
    ...{ code: null, message: null, obligations, trace, facts },
  };
}

function unruled(rule: string): Source {
  return { rule, pointer: '', policy: null, policyHash: null };
}
