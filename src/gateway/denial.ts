/** Calls that are not forwarded: recorded, and answered in words that an agent can act on. */
import type { CallFrame, Session } from '../audit/events.ts';
import type { Source } from '../core/decision.ts';
import type { CallFacts } from '../core/facts.ts';
import type { ApprovalId, RequestId } from '../core/ids.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import { type Answer, denied, STORE_AWAY_SENTENCE, unknownTool } from './answers.ts';
import { fixed } from './examine.ts';
import { argumentShapes, type ToolCall } from './facts.ts';
import type { Refusal, SessionParts, Terms, Unmet } from './parts.ts';
import { rehearse } from './shadow.ts';
import type { Tool } from './tool-list.ts';

/** A call as its records need it. */
export interface Recorded {
  readonly parts: SessionParts;
  readonly terms: Terms | Refusal;
  readonly session: Session;
  readonly call: ToolCall;
  readonly tool: Tool | undefined;
  readonly request: RequestId;
}

export function deny(
  it: Recorded,
  facts: CallFacts | null,
  source: Source,
  code: string,
  sentence: string,
  approval?: ApprovalId,
): Answer {
  recordDenial(it, facts, source, code, approval);
  return denied(source, sentence, approval);
}

/** A grant that does not entitle, or not now. */
export function lapsed(it: Recorded, { code, message }: Refusal): Answer {
  return deny(it, null, fixed(gateRule(code)), code, message);
}

export function denyUnmet(it: Recorded, facts: CallFacts, { source, code, message, approval }: Unmet): Answer {
  return deny(it, facts, source, code, message, approval);
}

/** A store that cannot be reached is a denial like any other: it is in the log of this machine, which is another file. */
export function denyAway(it: Recorded, facts: CallFacts | null): Answer {
  return deny(it, facts, fixed('(store unavailable)'), 'store_unavailable', STORE_AWAY_SENTENCE);
}

/** Hidden, ungranted and unknown tools: recorded apart, answered alike. */
export function unlisted(it: Recorded, source: Source, facts: CallFacts | null = null): Answer {
  recordDenial(it, facts, source, 'unknown_tool');
  return unknownTool(it.call.name);
}

/** The rule in whose name a grant's own state denies. */
export function gateRule(code: Refusal['code']): string {
  return code === 'frozen' ? '(frozen)' : `(grant ${code})`;
}

function recordDenial(
  it: Recorded,
  facts: CallFacts | null,
  source: Source,
  code: string,
  approval?: ApprovalId,
): void {
  const args = argumentShapes(it.call, it.tool);
  const frame = { ...frameOf(it, source, facts, approval), ...rehearse(facts, shadowOf(it)) };
  it.parts.log.write({ ...frame, kind: 'decision', decision: 'deny', code, args });
}

/** What all records of a call share. */
export function frameOf(it: Recorded, source: Source, facts: CallFacts | null, approval?: ApprovalId): CallFrame {
  const { rule, pointer, policy, policyHash } = source;
  const toolKind = facts?.classification.kind ?? null;
  // A name that nobody accepted is the server's own text, and stays out of the log.
  const tool = it.tool === undefined || !isNamed(it.tool) ? null : it.tool.tool;
  const frame = { session: it.session, request: it.request, tool, toolKind, rule, pointer, policy, policyHash };
  return approval === undefined ? frame : { ...frame, approval };
}

function isNamed({ standing, behind, name }: Tool): boolean {
  return standing === 'accepted' || behind.pins.has(name);
}

export function shadowOf({ terms }: Pick<Recorded, 'terms'>): readonly LoadedPolicy[] {
  return 'message' in terms ? [] : terms.shadow;
}
