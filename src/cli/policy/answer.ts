/** The answer to one call while no server runs, as the gateway would give it. */
import { type ClassifiedCall, unknownArguments } from '../../catalogue/index.ts';
import type { GrantConfig } from '../../config/types.ts';
import { decide, visible } from '../../core/decide.ts';
import type { Decision, Obligation, Source, TraceEntry } from '../../core/decision.ts';
import type { CallFacts } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { LoadedPolicy } from '../../core/policy.ts';
import { reasonNeed, takeReason } from '../../gateway/reason.ts';
import { invalidArguments } from '../../gateway/validate.ts';
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

/** Decides `args` for `tool` at an instant. Never throws because of what the call says. */
export async function answerFor(
  tool: KnownTool,
  args: JsonObject,
  who: Asker,
  policies: readonly LoadedPolicy[],
  timeMs: number,
): Promise<Answer> {
  const { name, labels, principal } = who;
  const to = { tool: tool.tool, upstream: tool.upstream.name, grant: { name, labels }, principal, timeMs };
  const { facts, fault } = readCall(tool, args, policies, to);
  const decision = decide(facts, policies, { trace: true });
  const trace = decision.trace ?? [];
  if (decision.outcome === 'deny' && NO_POLICY.has(decision.code)) return denied(decision, trace, facts);
  if (!visible(tool.tool, tool.classifier.possible, policies)) return hidden(decision, trace, facts);
  const refused = stray(tool, facts) ?? (await misfit(tool, facts, fault));
  if (refused !== null) return denied(refused, trace.map(undecided), facts);
  return decision.outcome === 'deny' ? denied(decision, trace, facts) : met(decision, trace, facts);
}

/** What was refused before policy was asked, no rule decided. */
function undecided(entry: TraceEntry): TraceEntry {
  return { ...entry, decides: false };
}

const NO_POLICY: ReadonlySet<string> = new Set(['no_policy', 'broken_policy']);

interface ReadCall {
  readonly facts: CallFacts;
  /** A sentence about an added reason that is none, or null. */
  readonly fault: string | null;
}

/** Reads the call as the gateway does: a reason that it asks for itself is taken out of the arguments. */
function readCall(known: KnownTool, sent: JsonObject, policies: readonly LoadedPolicy[], to: Facts): ReadCall {
  const { tool, classifier, inputSchema } = known;
  const taken = reasonNeed(tool, classifier, inputSchema, policies) === null ? null : takeReason(sent);
  const read = taken === null ? null : classifier.call(taken.args);
  if (taken === null || read === null) return { facts: factsOf(classifier.call(sent), sent, to), fault: null };
  const isAsked = read.classification.kind !== 'unclassified' && !read.hasReason;
  const reason = isAsked ? taken.reason : read.facts.reason;
  return { facts: { ...factsOf(read, taken.args, to), reason }, fault: taken.fault };
}

type Facts = Pick<CallFacts, 'tool' | 'upstream' | 'grant' | 'principal' | 'timeMs'>;

function factsOf({ facts, classification }: ClassifiedCall, args: JsonObject, to: Facts): CallFacts {
  return { ...facts, classification, args, ...to };
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
function stray({ inputSchema }: KnownTool, { classification: what, args }: CallFacts): Part | null {
  if (inputSchema === null || (what.kind !== 'unclassified' && what.direction === 'none')) return null;
  const names = unknownArguments(inputSchema, args);
  if (names.length === 0) return null;
  const shown = names.slice(0, 5).map((name) => `\`${name.slice(0, 64)}\``);
  const message = `Denied: the tool's schema does not name ${shown.join(', ')}.`;
  return { source: unruled('(unknown argument)'), code: 'unknown_argument', message };
}

async function misfit({ inputSchema }: KnownTool, { args }: CallFacts, fault: string | null): Promise<Part | null> {
  const why = fault ?? (inputSchema === null ? null : await invalidArguments({ inputSchema }, args));
  if (why === null) return null;
  return { source: unruled('(invalid arguments)'), code: 'invalid_arguments', message: `Denied: ${why}.` };
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
