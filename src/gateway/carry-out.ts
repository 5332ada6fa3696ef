/** A call that everything was granted for: from its intent to its answer. */
import type { CallEvent, CallFrame, Outcome } from '../audit/events.ts';
import type { CallFacts } from '../core/facts.ts';
import type { GrantConfig } from '../config/types.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalOutcome } from '../state/approvals.ts';
import { type Answer, denied, STORE_AWAY_SENTENCE } from './answers.ts';
import { detailsOf, gateRule, quotaOf, type Recorded, shadowOf } from './denial.ts';
import { fixed, MONEY_FROZEN } from './examine.ts';
import { loggedArguments, movesMoney } from './facts.ts';
import { answerOf, type Flight, forward, outcomeOf } from './forward.ts';
import type { Refusal, Reservation, SessionParts } from './parts.ts';
import { rehearse } from './shadow.ts';
import { step } from './steps.ts';
import type { Tool } from './tool-list.ts';

type OutcomeEvent = Extract<CallEvent, { readonly kind: 'outcome' }>;

export interface Granted extends Recorded {
  readonly tool: Tool;
  readonly grant: GrantConfig;
  readonly flight: Flight;
  /** When the gate was passed, on a clock that only goes forward. */
  readonly gatedMs: number;
  /** Its arguments are what is forwarded. */
  readonly facts: CallFacts;
  readonly frame: CallFrame;
  readonly reservation: Reservation;
  readonly durable: boolean;
  /** The request for approval that was claimed for it. */
  readonly approval: ApprovalId | null;
}

/** From the intent on, every way out settles the reservation, ends the approval and records an outcome. */
export async function carryOut(it: Granted): Promise<Answer> {
  const { frame, flight, tool } = it;
  try {
    // Written before the call is; synced first when money may move.
    const intent = intentOf(it);
    await (it.durable ? it.parts.log.writeDurable(intent) : it.parts.log.writeSoon(intent));
  } catch (error) {
    // Nothing was forwarded, and nothing will be.
    await settle(it, 'failed');
    throw error;
  }
  step('intent', frame.request);
  const ended = isTimely(it) ? null : await lateDenial(it);
  if (ended !== null) return ended;

  const sentMs = performance.now();
  const sending = isTakenBack(it) ? CANCELLED : forward(it.call, it.facts.args, tool, flight);
  step('forwarded', frame.request);
  const reply = await sending;
  step('replied', frame.request);
  const answer = answerOf(reply, tool);
  const { outcome, code } = outcomeOf(reply, answer);
  const event = outcomeOfCall(frame, outcome, code, Math.round(performance.now() - sentMs));
  if (it.reservation.isHeld || it.approval !== null) await settle(it, outcome);
  step('settled', frame.request);
  // Of what cannot move money all that ended in this turn is written at once; the answer waits for it either way.
  if (it.durable) recordOutcome(it, event);
  else {
    try {
      await it.parts.log.writeSoon(event);
    } catch (error) {
      tellUnrecorded(it, error);
    }
  }
  step('recorded', frame.request);
  return flight.cancelled ? { is: 'silence' } : answer;
}

/** The client took the call back while it was being decided. */
const CANCELLED = { is: 'unsent', why: 'cancelled by the client' } as const;

/** What a person signed is executed only for a caller who is still there. */
function isTakenBack({ approval, flight }: Granted): boolean {
  return flight.cancelled || (approval !== null && flight.gone.aborted);
}

async function settle({ reservation, approval, parts }: Granted, outcome: ApprovalOutcome): Promise<void> {
  await reservation.settle(outcome);
  if (approval === null) return;
  await parts.quota.owe(`end ${approval}`, () => parts.approvals.store.end(approval, 'executed', outcome));
}

/** How old the answer of the gate may be when a call is written. */
const MAX_GATE_AGE_MS = 1_000;
/** Each may take so long that the other has to be asked again; a store that is always as slow is no store. */
const MAX_TRIES = 4;

/** Nothing is held that could have ended, and the gate was passed just now. */
function isTimely({ reservation, gatedMs }: Granted): boolean {
  return !reservation.isHeld && performance.now() - gatedMs < MAX_GATE_AGE_MS;
}

/**
 * The store or the disk may have taken long: the windows that hold the call may have ended meanwhile, and somebody may have
 * frozen or revoked the grant. Null if the call may go.
 */
async function lateDenial(it: Granted): Promise<Answer | null> {
  const { frame, reservation } = it;
  const undone = async (code: string): Promise<void> => {
    await settle(it, 'failed');
    recordOutcome(it, outcomeOfCall(frame, 'failed', code, 0));
  };
  const isFresh = (gatedMs: number): boolean => performance.now() - gatedMs < MAX_GATE_AGE_MS;
  try {
    let { gatedMs } = it;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (!isFresh(gatedMs)) {
        gatedMs = performance.now();
        const words = await stoppedBy(it);
        if (words !== null) {
          await undone(words.code);
          return denied(fixed(gateRule(words.code)), words.message);
        }
      }
      // The last that is asked: the call is written in the windows that count it.
      const late = await reservation.confirm();
      if (late !== null) {
        await undone(late.code);
        return denied(late.source, late.message);
      }
      if (isFresh(gatedMs)) return null;
    }
  } catch (error) {
    await undone('store_unavailable');
    throw error;
  }
  await undone('store_unavailable');
  return denied(fixed('(store unavailable)'), STORE_AWAY_SENTENCE);
}

/** Why the gate is closed now, or null. */
async function stoppedBy({ parts, grant, facts }: Granted): Promise<Refusal | null> {
  const pass = await parts.gatekeeper(grant);
  return 'message' in pass ? pass : pass.isMoneyFrozen && movesMoney(facts) ? FROZEN : null;
}

const FROZEN: Refusal = { code: 'frozen', message: MONEY_FROZEN };

/** Throws `AuditError` where there is no key to hash with. */
function intentOf(it: Granted): CallEvent {
  const { call, facts, tool, approval, reservation } = it;
  const args = approval === null ? call.args : loggedArguments(facts, tool);
  const { revealed, ...details } = detailsOf(it, facts, args);
  const { shadow } = rehearse(facts, shadowOf(it));
  const intent = {
    session: it.session,
    request: it.request,
    tool: it.frame.tool,
    toolKind: it.frame.toolKind,
    rule: it.frame.rule,
    pointer: it.frame.pointer,
    policy: it.frame.policy,
    policyHash: it.frame.policyHash,
    kind: 'intent',
    decision: 'allow',
    args: details.args,
    argsMore: details.argsMore ?? 0,
    quota: quotaOf(it, reservation.figures),
  } as const;
  const isPlain = approval === null && revealed === undefined && shadow === undefined;
  return isPlain
    ? intent
    : { ...intent, ...(approval !== null && { approval }), ...(revealed && { revealed }), ...(shadow && { shadow }) };
}

function outcomeOfCall(frame: CallFrame, outcome: Outcome, code: string, latencyMs: number): OutcomeEvent {
  const { session, request, tool, toolKind, rule, pointer, policy, policyHash, approval } = frame;
  const kind = 'outcome';
  const event = { session, request, tool, toolKind, rule, pointer, policy, policyHash, kind, outcome, code, latencyMs } as const; // prettier-ignore
  return approval === undefined ? event : { ...event, approval };
}

/** The call has happened; a log that fails now refuses the next one, and says so, but must not hide this answer. */
function recordOutcome(it: Granted, event: Parameters<SessionParts['log']['write']>[0]): void {
  try {
    it.parts.log.write(event);
  } catch (error) {
    tellUnrecorded(it, error);
  }
}

function tellUnrecorded({ parts }: Granted, error: unknown): void {
  parts.warn(
    `the outcome of a call could not be recorded: ${error instanceof Error ? error.message : 'unknown error'}`,
  );
}
