/**
 * The argument, in order: log → standing → facts → decide → reserve → obtain approval → record intent → forward → settle →
 * record outcome → answer. Whatever goes wrong on the way is a denial, and nothing reaches a server before its intent
 * is in the log.
 */
import type { CallFrame, Session } from '../audit/events.ts';
import { type Decision, decide, type Source } from '../core/index.ts';
import type { CallFacts } from '../core/facts.ts';
import type { RequestId } from '../core/ids.ts';
import { type Answer, denied, unknownTool } from './answers.ts';
import { argumentShapes, movesMoney, readCall, strayArguments, type ToolCall } from './facts.ts';
import { answerOf, type Flight, forward, outcomeOf } from './forward.ts';
import type { SessionParts } from './parts.ts';
import { rehearse } from './shadow.ts';
import type { Tool } from './tool-list.ts';
import { invalidArguments } from './validate.ts';

/** One call in its session. */
export interface Enforcement {
  readonly parts: SessionParts;
  readonly session: Session;
  readonly call: ToolCall;
  /** Undefined for a name that no upstream of the grant listed. */
  readonly tool: Tool | undefined;
  /** A sentence about the upstream that would have the tool, had it started. */
  readonly unavailable: string | null;
  readonly flight: Flight;
}

export async function enforce(it: Enforcement): Promise<Answer> {
  const request = it.parts.newRequestId();
  await it.parts.log.ready();
  const lapsed = await it.parts.standing();
  if (lapsed !== null) return deny(it, request, null, fixed(`(grant ${lapsed.code})`), lapsed.code, lapsed.message);
  if (it.unavailable !== null)
    return deny(it, request, null, fixed('(upstream unavailable)'), 'upstream_unavailable', it.unavailable);
  if (it.tool === undefined) return unlisted(it, request, fixed('(unknown tool)'));

  const { facts, fault } = readCall(it.call, it.tool, it.parts.grant, it.parts.nowMs());
  const decision = decide(facts, it.parts.policies);
  if (decision.outcome === 'deny' && NO_POLICY.has(decision.code)) return denyByRule(it, request, facts, decision);
  if (!it.tool.shown)
    return unlisted(it, request, decision.outcome === 'deny' ? decision.source : fixed('(hidden)'), facts);
  if (it.tool.standing !== 'accepted') return deny(it, request, facts, ...changed(it.tool));
  const stray = strayArguments(facts, it.tool);
  if (stray.length > 0)
    return deny(it, request, facts, fixed('(unknown argument)'), 'unknown_argument', straySentence(stray));
  const invalid = fault ?? (await invalidArguments(it.tool, facts.args));
  if (invalid !== null) return deny(it, request, facts, ...misfit(invalid));
  if (decision.outcome === 'deny') return denyByRule(it, request, facts, decision);

  const reservation = await it.parts.desk.reserve(decision.obligations, facts);
  if ('message' in reservation)
    return deny(it, request, facts, reservation.source, reservation.code, reservation.message);
  const unmet = await it.parts.desk.approve(decision.obligations, facts);
  if (unmet !== null) {
    await reservation.settle('failed');
    return deny(it, request, facts, unmet.source, unmet.code, unmet.message);
  }

  const frame = frameOf(it, request, decision.source, facts);
  await recordIntent(it, frame, facts);
  const sentMs = performance.now();
  const reply = it.flight.cancelled ? CANCELLED : await forward(it.call, facts.args, it.tool, it.flight);
  const { outcome, code } = outcomeOf(reply);
  await reservation.settle(outcome);
  recordOutcome(it, { ...frame, kind: 'outcome', outcome, code, latencyMs: Math.round(performance.now() - sentMs) });
  return it.flight.cancelled ? { is: 'silence' } : answerOf(reply, it.tool);
}

/** Without a usable policy no tool is shown, but the agent must hear why nothing works. */
const NO_POLICY: ReadonlySet<string> = new Set(['no_policy', 'broken_policy']);

/** The client took the call back while it was being decided. */
const CANCELLED = { is: 'unsent', why: 'cancelled by the client' } as const;

/** Written before the call is; synced first when money may move. Throws `AuditError`, and then nothing is forwarded. */
async function recordIntent(it: Enforcement, frame: CallFrame, facts: CallFacts): Promise<void> {
  const args = argumentShapes(it.call, it.tool);
  const intent = { ...frame, ...rehearse(facts, it.parts.shadow), kind: 'intent', decision: 'allow', args } as const;
  if (movesMoney(facts) || it.parts.durability === 'all') await it.parts.log.writeDurable(intent);
  else it.parts.log.write(intent);
}

/** The call has happened; a log that fails now refuses the next one, and says so, but must not hide this answer. */
function recordOutcome(it: Enforcement, event: Parameters<SessionParts['log']['write']>[0]): void {
  try {
    it.parts.log.write(event);
  } catch (error) {
    it.parts.warn(
      `the outcome of a call could not be recorded: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
}

function denyByRule(
  it: Enforcement,
  request: RequestId,
  facts: CallFacts,
  decision: Extract<Decision, { outcome: 'deny' }>,
): Answer {
  return deny(it, request, facts, decision.source, decision.code, decision.message);
}

function deny(
  it: Enforcement,
  request: RequestId,
  facts: CallFacts | null,
  source: Source,
  code: string,
  sentence: string,
): Answer {
  recordDenial(it, request, facts, source, code);
  return denied(source, sentence);
}

/** Hidden, ungranted and unknown tools: recorded apart, answered alike. */
function unlisted(it: Enforcement, request: RequestId, source: Source, facts: CallFacts | null = null): Answer {
  recordDenial(it, request, facts, source, 'unknown_tool');
  return unknownTool(it.call.name);
}

function recordDenial(
  it: Enforcement,
  request: RequestId,
  facts: CallFacts | null,
  source: Source,
  code: string,
): void {
  const args = argumentShapes(it.call, it.tool);
  const frame = { ...frameOf(it, request, source, facts), ...rehearse(facts, it.parts.shadow) };
  it.parts.log.write({ ...frame, kind: 'decision', decision: 'deny', code, args });
}

function frameOf(it: Enforcement, request: RequestId, source: Source, facts: CallFacts | null): CallFrame {
  const { rule, pointer, policy, policyHash } = source;
  const toolKind = facts?.classification.kind ?? null;
  // A name that nobody accepted is the server's own text, and stays out of the log.
  const tool = it.tool === undefined || !isNamed(it.tool) ? null : it.tool.tool;
  return { session: it.session, request, tool, toolKind, rule, pointer, policy, policyHash };
}

function isNamed({ standing, behind, name }: Tool): boolean {
  return standing === 'accepted' || behind.pins.has(name);
}

function changed({ tool, behind }: Tool): readonly [Source, string, string] {
  const sentence =
    `Denied: the definition of \`${tool}\` is not the one that was accepted. Tell the operator: ` +
    `\`countersign upstream review ${behind.part.config.name}\` shows what changed.`;
  return [fixed('(definition changed)'), 'definition_changed', sentence];
}

function misfit(why: string): readonly [Source, string, string] {
  return [
    fixed('(invalid arguments)'),
    'invalid_arguments',
    `Denied: ${why}. Call again with arguments that fit the tool's schema.`,
  ];
}

/** A source outside every policy document. */
function fixed(rule: string): Source {
  return { rule, pointer: '', policy: null, policyHash: null };
}

function straySentence(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `\`${name.slice(0, 64)}\``);
  return `Denied: the tool's schema does not name ${shown.join(', ')}. Call again with only the arguments it names.`;
}
