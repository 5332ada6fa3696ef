/**
 * Obligations of a decision, met before a call is forwarded. Limits are reserved in the store, all or none, in the windows
 * of the instant of forwarding; approvals are not there yet, so a rule that asks for one denies.
 */
import type { Obligation, Source } from '../core/decision.ts';
import { type LimitFault, type ReservationRequest, reservationsOf } from '../core/index.ts';
import type { QuotaAnswer, QuotaOwner, QuotaStore } from '../state/quota.ts';
import type { Asked, ObligationDesk, Reservation, Unmet } from './parts.ts';
import { useOf } from './quota-uses.ts';
import { clockSentence, faultSentence, refusalSentence } from './quota-words.ts';
import { Settlements } from './settlements.ts';

export interface DeskParts {
  readonly quota: QuotaStore;
  readonly owner: QuotaOwner;
  readonly nowMs: () => number;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
  readonly warn: (sentence: string) => void;
}

/** After the longest that its call may take, a reservation of a process that nobody can see is in doubt. */
const LEASE_SLACK_MS = 60_000;
/**
 * Whoever held a reservation longer before the call was written asks anew: a process that was stopped may have been taken
 * for dead, and an operator may have settled what it held.
 */
const RENEW_AFTER_MS = 30_000;
/** A window may end while it is asked for, and a clock may be wrong once; more is no accident. */
const MAX_TRIES = 4;

const NOTHING_HELD: Reservation = { confirm: () => Promise.resolve(null), settle: () => Promise.resolve() };

/** The desk of one session. */
export class QuotaDesk implements ObligationDesk {
  readonly #parts: DeskParts;
  readonly #settlements: Settlements;
  /** How far the store's clock is ahead of this machine's, as far as it was seen. */
  #aheadMs = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#settlements = new Settlements(parts.quota, parts.warn);
  }

  async reserve(obligations: readonly Obligation[], asked: Asked): Promise<Reservation | Unmet> {
    if (!obligations.some(({ type }) => type === 'reserve')) return NOTHING_HELD;
    const held = await this.#hold(obligations, asked);
    if (!('endMs' in held)) return held;
    let current = held;
    return {
      confirm: async () => {
        const heldMs = this.#parts.elapsedMs() - current.askedMs;
        if (this.#instantOf(current) < current.endMs && heldMs < RENEW_AFTER_MS) return null;
        const moved = await this.#hold(obligations, asked);
        if (!('endMs' in moved)) return moved;
        current = moved;
        this.#instantOf(current);
        return null;
      },
      settle: (outcome) => {
        if (current.isEmpty) return Promise.resolve();
        const forwardedMs = current.forwardedMs;
        return this.#settlements.tell({ request: asked.request, outcome, forwardedMs });
      },
    };
  }

  approve(obligations: readonly Obligation[]): Promise<Unmet | null> {
    const first = obligations.find((obligation) => obligation.type === 'approve');
    return Promise.resolve(first === undefined ? null : unmetApproval(first.source));
  }

  end(): Promise<void> {
    return this.#settlements.end();
  }

  /** The store's instant now, never too early: the store answered after it was asked. Notes it for the settlement. */
  #instantOf(held: Held): number {
    held.forwardedMs = held.nowMs + Math.ceil(this.#parts.elapsedMs() - held.askedMs);
    return held.forwardedMs;
  }

  async #hold(obligations: readonly Obligation[], asked: Asked): Promise<Held | Unmet> {
    let timeMs = this.#parts.nowMs() + this.#aheadMs;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { requests, faults } = reservationsOf(obligations, asked.call, timeMs);
      const unmet = faultOf(faults);
      if (unmet !== null) return inRuleWords(unmet, obligations);
      const askedMs = this.#parts.elapsedMs();
      if (requests.length === 0) return { isEmpty: true, nowMs: timeMs, askedMs, endMs: Infinity, forwardedMs: null };
      const answer = await this.#ask(requests, asked);
      this.#aheadMs = answer.nowMs - this.#parts.nowMs();
      if (answer.is === 'held')
        return { isEmpty: false, nowMs: answer.nowMs, askedMs, endMs: firstEnd(requests), forwardedMs: null };
      if (answer.is !== 'window_passed') return inRuleWords(refused(requests, answer), obligations);
      timeMs = answer.nowMs;
    }
    return { source: sourceOf(obligations), code: 'limit', message: UNSTEADY };
  }

  async #ask(requests: readonly ReservationRequest[], asked: Asked): Promise<QuotaAnswer> {
    const { request, call, timeoutMs, durable } = asked;
    try {
      return await this.#parts.quota.reserve({
        ...{ request, grant: call.grant.name, principal: call.principal, tool: call.tool, durable },
        owner: this.#parts.owner,
        uses: requests.map(useOf),
        leaseMs: timeoutMs + LEASE_SLACK_MS,
      });
    } catch (error) {
      // It may have taken hold all the same. Nothing was forwarded, so it is certain that nothing happened.
      void this.#settlements.tell({ request, outcome: 'failed', forwardedMs: null });
      throw error;
    }
  }
}

/** What a call holds in the store. */
interface Held {
  /** True if no limit counts it after all. */
  readonly isEmpty: boolean;
  /** The store's instant, and the moment before it was asked. */
  readonly nowMs: number;
  readonly askedMs: number;
  /** When the first of its windows ends. */
  readonly endMs: number;
  forwardedMs: number | null;
}

const UNSTEADY =
  'Denied: the clock of the state store does not stand still long enough to count this call. Tell the operator.';

function firstEnd(requests: readonly ReservationRequest[]): number {
  return Math.min(...requests.map(({ window }) => (window.is === 'calendar' ? window.endMs : Infinity)));
}

function sourceOf(obligations: readonly Obligation[]): Source {
  const first = obligations.find(({ type }) => type === 'reserve');
  return first?.source ?? { rule: '(limit)', pointer: '', policy: null, policyHash: null };
}

/** What the policy's author wrote for the agent stands behind what the gateway says. */
function inRuleWords(unmet: Unmet, obligations: readonly Obligation[]): Unmet {
  const { rule, policy } = unmet.source;
  const own = obligations.find(({ source }) => source.rule === rule && source.policy === policy);
  if (own?.type !== 'reserve' || own.message === undefined || unmet.code !== 'limit') return unmet;
  return { ...unmet, message: `${unmet.message} ${own.message}` };
}

/** A fault that denies comes before one that would ask a person. */
function faultOf(faults: readonly LimitFault[]): Unmet | null {
  const fault = faults.find(({ then }) => then.does === 'deny') ?? faults[0];
  if (fault === undefined) return null;
  const message = faultSentence(fault);
  if (fault.then.does === 'deny') return { source: fault.source, code: 'limit', message };
  return { source: fault.source, code: 'approval', message: `${message} ${NO_APPROVALS}` };
}

function refused(
  requests: readonly ReservationRequest[],
  answer: Extract<QuotaAnswer, { is: 'refused' | 'clock_back' }>,
): Unmet {
  if (answer.is === 'clock_back') {
    const source = requests[0]?.source ?? sourceOf([]);
    return { source, code: 'clock', message: clockSentence(source.rule, answer.behindMs) };
  }
  const over = answer.refusals.flatMap((refusal) => {
    const request = requests[refusal.use];
    return request === undefined ? [] : [{ request, refusal }];
  });
  const first = over.find(({ request, refusal }) => denies(request, refusal.why)) ?? over[0];
  if (first === undefined) return { source: sourceOf([]), code: 'limit', message: UNSTEADY };
  const { request, refusal } = first;
  const message = refusalSentence(request, refusal, answer.nowMs);
  if (denies(request, refusal.why)) return { source: request.source, code: 'limit', message };
  return { source: request.source, code: 'approval', message: `${message} ${NO_APPROVALS}` };
}

function denies({ exceed }: ReservationRequest, why: 'over' | 'closed' | 'too_large'): boolean {
  return exceed === 'deny' || why === 'too_large';
}

const NO_APPROVALS = 'A person could approve it, but approvals are not available yet.';

function unmetApproval(source: Source): Unmet {
  const message = `Rule \`${source.rule}\` needs approval; approvals are not available yet, so the call is denied.`;
  return { source, code: 'approval', message };
}
