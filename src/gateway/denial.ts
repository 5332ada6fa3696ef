/** Calls that are not forwarded: recorded, and answered in words that an agent can act on. */
import type { CallDetails, CallFrame, QuotaPart, Session } from '../audit/events.ts';
import type { Source } from '../core/decision.ts';
import type { CallFacts, FactName } from '../core/facts.ts';
import type { ApprovalId, RequestId, ToolName } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import { type Answer, denied, STORE_AWAY_SENTENCE, unknownTool } from './answers.ts';
import { describeArguments } from './describe.ts';
import { fixed } from './examine.ts';
import type { ToolCall } from './facts.ts';
import type { Refusal, SessionParts, Terms, Unmet } from './parts.ts';
import { type LimitFigure, quotaParts } from './quota-figures.ts';
import { revealedOf } from './revealed.ts';
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

/** What else a denial is about. */
interface About {
  readonly approval?: ApprovalId;
  readonly figures?: readonly LimitFigure[];
}

export function deny(
  it: Recorded,
  facts: CallFacts | null,
  source: Source,
  code: string,
  sentence: string,
  about: About = {},
): Answer {
  recordDenial(it, facts, source, code, about);
  return denied(source, sentence, about.approval);
}

/** A grant that does not entitle, or not now. */
export function lapsed(it: Recorded, { code, message }: Refusal): Answer {
  return deny(it, null, fixed(gateRule(code)), code, message);
}

export function denyUnmet(it: Recorded, facts: CallFacts, unmet: Unmet): Answer {
  return deny(it, facts, unmet.source, unmet.code, unmet.message, unmet);
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
  { approval, figures = [] }: About = {},
): void {
  const frame = { ...frameOf(it, source, facts, approval), ...rehearse(facts, shadowOf(it)) };
  const details = { ...detailsOf(it, facts), quota: quotaOf(it, figures) };
  it.parts.log.write({ ...frame, ...details, kind: 'decision', decision: 'deny', code });
}

/** What a record tells of the call itself. Throws `AuditError` where its arguments cannot be hashed. */
export function detailsOf(it: Recorded, facts: CallFacts | null, args: JsonObject = it.call.args): CallDetails {
  const schema = it.tool?.standing === 'accepted' ? it.tool.listedSchema : null;
  const described = describeArguments(args, { tool: loggedTool(it), schema }, it.parts.digests);
  const { revealed } = revealedOf(facts, revealIn(it));
  return revealed === undefined ? described : { ...described, revealed };
}

/** What limits stand at, in shares, or exactly where amounts are revealed. */
export function quotaOf(it: Pick<Recorded, 'terms'>, figures: readonly LimitFigure[]): readonly QuotaPart[] {
  return quotaParts(figures, revealIn(it).includes('amount'));
}

function revealIn({ terms }: Pick<Recorded, 'terms'>): readonly FactName[] {
  return 'message' in terms ? [] : terms.reveal;
}

/** What all records of a call share. */
export function frameOf(it: Recorded, source: Source, facts: CallFacts | null, approval?: ApprovalId): CallFrame {
  const { rule, pointer, policy, policyHash } = source;
  const toolKind = facts?.classification.kind ?? null;
  const tool = loggedTool(it);
  const frame = { session: it.session, request: it.request, tool, toolKind, rule, pointer, policy, policyHash };
  return approval === undefined ? frame : { ...frame, approval };
}

/** A name that nobody accepted is the server's own text, and stays out of the log. */
function loggedTool({ tool }: Recorded): ToolName | null {
  return tool === undefined || !isNamed(tool) ? null : tool.tool;
}

function isNamed({ standing, behind, name }: Tool): boolean {
  return standing === 'accepted' || behind.pins.has(name);
}

export function shadowOf({ terms }: Pick<Recorded, 'terms'>): readonly LoadedPolicy[] {
  return 'message' in terms ? [] : terms.shadow;
}
