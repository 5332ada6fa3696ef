/** Quota of one session: held before a call is forwarded, told what became of it afterwards. */
import { waitingOwner } from '../approvals/index.ts';
import type { Obligation } from '../core/decision.ts';
import type { RequestId } from '../core/ids.ts';
import { StateError } from '../state/port.ts';
import type { QuotaOwner, QuotaStore } from '../state/quota.ts';
import { type Held, type Holder, Holds, type Stage } from './holds.ts';
import type { Asked, LimitsAsk, NamedLimit, QuotaHolder, Reservation, Unmet } from './parts.ts';
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

const NOTHING_HELD: Reservation = {
  isHeld: false,
  figures: [],
  confirm: () => Promise.resolve(null),
  settle: () => Promise.resolve(),
};

/** The desk of one session. */
export class QuotaDesk implements QuotaHolder {
  readonly #parts: DeskParts;
  readonly #holds: Holds;
  readonly #settlements: Settlements;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#holds = new Holds(parts.quota, parts);
    this.#settlements = new Settlements(parts.warn);
  }

  async reserve(obligations: readonly Obligation[], asked: Asked): Promise<Reservation | LimitsAsk | Unmet> {
    if (!obligations.some(({ type }) => type === 'reserve')) return NOTHING_HELD;
    const held = await this.#hold(obligations, asked, this.#ownHolder(asked), { is: 'asking' });
    return 'endMs' in held ? this.#reservation(held, obligations, asked, { is: 'asking' }) : held;
  }

  async holdWaiting(
    obligations: readonly Obligation[],
    asked: Asked,
    asks: readonly NamedLimit[],
  ): Promise<LimitsAsk | Unmet | null> {
    const holder = { owner: waitingOwner(asked.request), leaseMs: asked.timeoutMs + LEASE_SLACK_MS };
    const held = await this.#hold(obligations, asked, holder, { is: 'waiting', asked: asks });
    return 'endMs' in held ? null : held;
  }

  async takeOver(
    obligations: readonly Obligation[],
    asked: Asked,
    signed: readonly NamedLimit[],
  ): Promise<Reservation | Unmet> {
    const stage: Stage = { is: 'signed', named: signed };
    const held = await this.#hold(obligations, asked, this.#ownHolder(asked), stage);
    if (!('endMs' in held)) return unmetOf(held);
    // A policy that counts it no longer leaves what the request held before.
    if (held.isEmpty) await this.release(asked.request);
    return this.#reservation(held, obligations, asked, stage);
  }

  release(request: RequestId): Promise<void> {
    return this.#settlements.tell(request, () =>
      this.#parts.quota.settle({ request, outcome: 'failed', forwardedMs: null }),
    );
  }

  owe(key: string, act: () => Promise<unknown>): Promise<void> {
    return this.#settlements.tell(key, act);
  }

  end(): Promise<void> {
    return this.#settlements.end();
  }

  #ownHolder({ timeoutMs }: Asked): Holder {
    return { owner: this.#parts.owner, leaseMs: timeoutMs + LEASE_SLACK_MS };
  }

  async #hold(
    obligations: readonly Obligation[],
    asked: Asked,
    holder: Holder,
    stage: Stage,
  ): Promise<Held | LimitsAsk | Unmet> {
    try {
      return await this.#holds.hold(obligations, asked, holder, stage);
    } catch (error) {
      // It may have taken hold all the same. Nothing was forwarded, so it is certain that nothing happened.
      if (!(error instanceof StateError && error.code === 'conflict')) void this.release(asked.request);
      throw error;
    }
  }

  #reservation(first: Held, obligations: readonly Obligation[], asked: Asked, stage: Stage): Reservation {
    let current = first;
    return {
      isHeld: true,
      figures: first.figures,
      confirm: async () => {
        const heldMs = this.#parts.elapsedMs() - current.askedMs;
        if (this.#instantOf(current) < current.endMs && heldMs < RENEW_AFTER_MS) return null;
        const moved = await this.#hold(obligations, asked, this.#ownHolder(asked), stage);
        if (!('endMs' in moved)) return unmetOf(moved);
        current = moved;
        this.#instantOf(current);
        return null;
      },
      settle: (outcome) => {
        if (current.isEmpty) return Promise.resolve();
        const { forwardedMs } = current;
        const { request } = asked;
        return this.#settlements.tell(request, () => this.#parts.quota.settle({ request, outcome, forwardedMs }));
      },
    };
  }

  /** The store's instant now, never too early: the store answered after it was asked. Notes it for the settlement. */
  #instantOf(held: Held): number {
    held.forwardedMs = held.nowMs + Math.ceil(this.#parts.elapsedMs() - held.askedMs);
    return held.forwardedMs;
  }
}

/** Limits that would ask a person, of a call that it is too late to ask about. */
function unmetOf(held: LimitsAsk | Unmet): Unmet {
  if (!('asks' in held)) return held;
  const [first] = held.asks;
  const source = first?.source ?? { rule: '(limit)', pointer: '', policy: null, policyHash: null };
  return { source, code: 'approval', message: `${first?.message ?? 'Denied.'} Call again, and a person is asked.` };
}
