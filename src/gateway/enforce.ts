/**
 * The argument, in order: log → gate → facts → decide → reserve → obtain approval → record intent → forward → settle →
 * record outcome → answer. Whatever goes wrong on the way is a denial, and nothing reaches a server before its intent
 * is in the log.
 */
import type { CallFrame, Session } from '../audit/events.ts';
import { type Decision, decide, type LoadedPolicy, type Source } from '../core/index.ts';
import type { CallFacts } from '../core/facts.ts';
import type { GrantConfig } from '../config/types.ts';
import type { RequestId } from '../core/ids.ts';
import { type Answer, denied, STORE_AWAY_SENTENCE, unknownTool } from './answers.ts';
import { StateError } from '../state/port.ts';
import { argumentShapes, movesMoney, readCall, strayArguments, type ToolCall } from './facts.ts';
import { answerOf, type Flight, forward, outcomeOf } from './forward.ts';
import type { Refusal, Reservation, SessionParts, Terms, Unmet } from './parts.ts';
import { rehearse } from './shadow.ts';
import { step } from './steps.ts';
import type { Tool } from './tool-list.ts';
import { invalidArguments } from './validate.ts';

/** One call in its session. */
export interface Enforcement {
  readonly parts: SessionParts;
  /** What the configuration says now, or why the grant is gone from it. */
  readonly terms: Terms | Refusal;
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
  if ('message' in it.terms) return lapsed(it, request, it.terms);
  const grant = it.terms.grant;
  const gatedMs = performance.now();
  const pass = await orAway(it, it.parts.gatekeeper(grant));
  if (pass === AWAY) return denyAway(it, request, null);
  if ('message' in pass) return lapsed(it, request, pass);
  it.parts.used();
  if (it.unavailable !== null)
    return deny(it, request, null, fixed('(upstream unavailable)'), 'upstream_unavailable', it.unavailable);
  if (it.tool === undefined) return unlisted(it, request, fixed('(unknown tool)'));

  const { facts, fault } = readCall(it.call, it.tool, grant, it.parts.nowMs());
  const decision = decide(facts, it.terms.policies);
  if (decision.outcome === 'deny' && NO_POLICY.has(decision.code)) return denyByRule(it, request, facts, decision);
  if (!it.tool.shown)
    return unlisted(it, request, decision.outcome === 'deny' ? decision.source : fixed('(hidden)'), facts);
  if (it.tool.standing !== 'accepted') return deny(it, request, facts, ...changed(it.tool));
  if (pass.isMoneyFrozen && movesMoney(facts))
    return deny(it, request, facts, fixed(gateRule(FROZEN.code)), FROZEN.code, FROZEN.message);
  const stray = strayArguments(facts, it.tool);
  if (stray.length > 0)
    return deny(it, request, facts, fixed('(unknown argument)'), 'unknown_argument', straySentence(stray));
  const invalid = fault ?? (await invalidArguments(it.tool, facts.args));
  if (invalid !== null) return deny(it, request, facts, ...misfit(invalid));
  if (decision.outcome === 'deny') return denyByRule(it, request, facts, decision);

  const durable = movesMoney(facts) || it.parts.durability === 'all';
  const asked = { request, call: facts, timeoutMs: it.tool.behind.part.config.timeoutMs, durable };
  const reservation = await orAway(it, it.parts.desk.reserve(decision.obligations, asked));
  if (reservation === AWAY) return denyAway(it, request, facts);
  if ('message' in reservation) return denyUnmet(it, request, facts, reservation);
  step('reserved', request);
  const unmet = await it.parts.desk.approve(decision.obligations, asked);
  if (unmet !== null) {
    await reservation.settle('failed');
    return denyUnmet(it, request, facts, unmet);
  }
  const frame = frameOf(it, request, decision.source, facts);
  return carryOut({ ...it, tool: it.tool, grant, gatedMs, facts, frame, reservation, durable });
}

const AWAY = Symbol('the store is away');

/** What the store answers, or that it cannot; the operator hears why. */
async function orAway<T>(it: Enforcement, asking: Promise<T>): Promise<T | typeof AWAY> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    it.parts.warn(error.message);
    return AWAY;
  }
}

/** A store that cannot be reached is a denial like any other: it is in the log of this machine, which is another file. */
function denyAway(it: Enforcement, request: RequestId, facts: CallFacts | null): Answer {
  return deny(it, request, facts, fixed('(store unavailable)'), 'store_unavailable', STORE_AWAY_SENTENCE);
}

/** A call that everything was granted for. */
interface Granted extends Enforcement {
  readonly tool: Tool;
  readonly grant: GrantConfig;
  /** When the gate was passed, on a clock that only goes forward. */
  readonly gatedMs: number;
  readonly facts: CallFacts;
  readonly frame: CallFrame;
  readonly reservation: Reservation;
  readonly durable: boolean;
}

/** From the intent on, every way out settles the reservation and records an outcome. */
async function carryOut(it: Granted): Promise<Answer> {
  const { frame, reservation, flight, tool } = it;
  try {
    await recordIntent(it);
  } catch (error) {
    // Nothing was forwarded, and nothing will be.
    await reservation.settle('failed');
    throw error;
  }
  step('intent', frame.request);
  const ended = await lateDenial(it);
  if (ended !== null) return ended;

  const sentMs = performance.now();
  const sending = flight.cancelled ? CANCELLED : forward(it.call, it.facts.args, tool, flight);
  step('forwarded', frame.request);
  const reply = await sending;
  step('replied', frame.request);
  const { outcome, code } = outcomeOf(reply);
  await reservation.settle(outcome);
  step('settled', frame.request);
  recordOutcome(it, { ...frame, kind: 'outcome', outcome, code, latencyMs: Math.round(performance.now() - sentMs) });
  step('recorded', frame.request);
  return flight.cancelled ? { is: 'silence' } : answerOf(reply, tool);
}

/** How old the answer of the gate may be when a call is written. */
const MAX_GATE_AGE_MS = 1_000;

/**
 * The store or the disk may have taken long: the windows that hold the call may have ended meanwhile, and somebody may have
 * frozen or revoked the grant. Null if the call may go.
 */
async function lateDenial(it: Granted): Promise<Answer | null> {
  const { frame, reservation, facts } = it;
  const undone = async (code: string): Promise<void> => {
    await reservation.settle('failed');
    recordOutcome(it, { ...frame, kind: 'outcome', outcome: 'failed', code, latencyMs: 0 });
  };
  try {
    const late = await reservation.confirm();
    if (late !== null) {
      await undone(late.code);
      return denied(late.source, late.message);
    }
    if (performance.now() - it.gatedMs < MAX_GATE_AGE_MS) return null;
    const pass = await it.parts.gatekeeper(it.grant);
    const words = 'message' in pass ? pass : pass.isMoneyFrozen && movesMoney(facts) ? FROZEN : null;
    if (words === null) return null;
    await undone(words.code);
    return denied(fixed(gateRule(words.code)), words.message);
  } catch (error) {
    await undone('store_unavailable');
    throw error;
  }
}

const FROZEN: Refusal = {
  code: 'frozen',
  message:
    'Calls that may move money are frozen by an operator. Ask the operator; do not call again until it is lifted.',
};

function gateRule(code: Refusal['code']): string {
  return code === 'frozen' ? '(frozen)' : `(grant ${code})`;
}

function lapsed(it: Enforcement, request: RequestId, { code, message }: Refusal): Answer {
  return deny(it, request, null, fixed(gateRule(code)), code, message);
}

function denyUnmet(it: Enforcement, request: RequestId, facts: CallFacts, { source, code, message }: Unmet): Answer {
  return deny(it, request, facts, source, code, message);
}

/** Without a usable policy no tool is shown, but the agent must hear why nothing works. */
const NO_POLICY: ReadonlySet<string> = new Set(['no_policy', 'broken_policy']);

/** The client took the call back while it was being decided. */
const CANCELLED = { is: 'unsent', why: 'cancelled by the client' } as const;

/** Written before the call is; synced first when money may move. Throws `AuditError`, and then nothing is forwarded. */
async function recordIntent(it: Granted): Promise<void> {
  const args = argumentShapes(it.call, it.tool);
  const intent = { ...it.frame, ...rehearse(it.facts, shadowOf(it)), kind: 'intent', decision: 'allow', args } as const;
  if (it.durable) await it.parts.log.writeDurable(intent);
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

function shadowOf({ terms }: Enforcement): readonly LoadedPolicy[] {
  return 'message' in terms ? [] : terms.shadow;
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
  const frame = { ...frameOf(it, request, source, facts), ...rehearse(facts, shadowOf(it)) };
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
