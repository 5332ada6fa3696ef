import type { RequestId } from '../../core/ids.ts';
import {
  type CounterState,
  type HeldRequest,
  MAX_COUNT,
  type QuotaAnswer,
  type QuotaAsk,
  type QuotaCounter,
  type QuotaOwner,
  type QuotaStore,
  type ResolveAnswer,
  type Settlement,
  slotAt,
} from '../quota.ts';
import { checkAmount, checkAsk } from '../quota-checks.ts';
import type { Batch } from './batch.ts';
import type { Connection } from './connection.ts';
import type { PlacedUse } from './placed-uses.ts';
import { QuotaTables, type RequestRow } from './quota-rows.ts';
import { reserve } from './reserve.ts';

/** Counters of single values, a payment's id for one, are forgotten when nobody has used them for so long. */
const KEPT_MS = 35 * 86_400_000;
/** Ended windows of counters that nobody asks about any more are swept so often. */
const SWEEP_MS = 3_600_000;

/** Quota in SQLite. The clock is the machine's; what a counter has seen keeps it from running backwards. */
export class SqliteQuota implements QuotaStore {
  readonly #connection: Connection;
  readonly #batch: Batch;
  readonly #tables: QuotaTables;
  readonly #clock: () => number;
  #sweptMs = 0;

  constructor(connection: Connection, batch: Batch, clock: () => number) {
    this.#connection = connection;
    this.#batch = batch;
    this.#tables = new QuotaTables(connection);
    batch.endWith(this.#tables);
    this.#clock = clock;
  }

  async reserve(ask: QuotaAsk): Promise<QuotaAnswer> {
    checkAsk(ask);
    return this.#batch.run(() => {
      const nowMs = this.#clock();
      this.#sweep(nowMs);
      return reserve(this.#tables, ask, nowMs);
    }, ask.durable);
  }

  /** An end that a power cut takes away leaves the reservation, which gives nothing back: it costs no sync. */
  settle(settlement: Settlement): Promise<boolean> {
    return this.#batch.run(() => this.#settle(settlement), false);
  }

  abandon(owner: QuotaOwner): Promise<readonly RequestId[]> {
    return this.#batch.run(() => {
      const requests = this.#tables.ownedBy(owner);
      for (const request of requests) this.#doubtBy(request);
      return requests;
    }, true);
  }

  nowMs(): Promise<number> {
    return Promise.resolve(this.#clock());
  }

  owners(): Promise<readonly QuotaOwner[]> {
    return this.#connection.read(() => this.#tables.owners());
  }

  requests(): Promise<readonly HeldRequest[]> {
    return this.#batch.run(() => {
      this.#lapse();
      return this.#tables.requests().map((row) => this.#heldRequest(row));
    }, false);
  }

  counters(): Promise<readonly CounterState[]> {
    return this.#batch.run(() => {
      this.#lapse();
      const nowMs = this.#clock();
      return this.#tables.counters(nowMs).map((one) => ({ ...one, ...this.#tables.standing(one.counter.id, nowMs) }));
    }, false);
  }

  resolve(request: RequestId, as: 'ok' | 'failed'): Promise<ResolveAnswer> {
    return this.#batch.run(() => {
      this.#lapse();
      const found = this.#tables.find(request);
      if (found === undefined) return 'unknown';
      if (found.state !== 'in-doubt') return 'wrong_state';
      this.#settle({ request, outcome: as, forwardedMs: null });
      return 'done';
    }, true);
  }

  async enter(request: RequestId, currency: string, amount: number): Promise<ResolveAnswer> {
    checkAmount(request, amount);
    return this.#batch.run(() => {
      const found = this.#tables.find(request);
      if (found === undefined) return 'unknown';
      const closing = found.uses.filter(({ closes }) => closes);
      const entered = closing.filter(({ counter }) => counter.unit === currency);
      if (found.state !== 'unbounded' || entered.length === 0) return 'wrong_state';
      for (const { counter } of entered) this.#enter(counter, amount);
      // The amount was in one currency: the windows of the others open as well.
      for (const { counter, slot } of closing) this.#tables.take(counter.id, slot, { closed: 1 });
      this.#tables.drop(request);
      return 'done';
    }, true);
  }

  reset(counter: string): Promise<boolean> {
    return this.#batch.run(() => {
      const { used, reserved, inDoubt, closed } = this.#tables.standing(counter, 0);
      this.#tables.reset(counter, this.#clock());
      return used + reserved + inDoubt + closed > 0;
    }, true);
  }

  /** This instant, never behind what the counter has seen. */
  #nowOf({ id }: QuotaCounter): number {
    return Math.max(this.#clock(), this.#tables.seenMs(id));
  }

  /** Sums stop at what every driver can hold: nothing more is admitted there anyway. */
  #enter(counter: QuotaCounter, amount: number): void {
    const { used, reserved, inDoubt } = this.#tables.standing(counter.id, 0);
    const room = Math.max(0, MAX_COUNT - used - reserved - inDoubt);
    this.#tables.add(counter.id, slotAt(counter.window, this.#nowOf(counter)), { used: Math.min(amount, room) });
  }

  #settle(settlement: Settlement): boolean {
    const { request, outcome, forwardedMs } = settlement;
    const uses = outcome === 'in-doubt' ? undefined : this.#tables.dropOwn(request);
    if (uses === undefined || outcome === 'in-doubt') return this.#settleOther(settlement);
    // What every call comes to.
    for (const use of uses) this.#end(use, 'reserved', outcome, forwardedMs ?? this.#nowOf(use.counter));
    return true;
  }

  #settleOther({ request, outcome, forwardedMs }: Settlement): boolean {
    const found = this.#tables.find(request);
    if (found === undefined || found.state === 'unbounded') return false;
    if (outcome === 'in-doubt') {
      if (found.state === 'reserved') this.#doubt(found, forwardedMs);
      return true;
    }
    const { uses, state } = found;
    for (const use of uses) this.#end(use, state, outcome, forwardedMs ?? this.#nowOf(use.counter));
    if (outcome === 'ok' && uses.some(({ closes }) => closes)) this.#tables.mark(request, 'unbounded', uses);
    else this.#tables.drop(request);
    return true;
  }

  #end(use: PlacedUse, state: RequestRow['state'], outcome: 'ok' | 'failed', atMs: number): void {
    const { counter, slot, amount, closes } = use;
    if (closes) {
      // A use that happened keeps its counter closed until somebody enters the amount.
      if (outcome === 'failed') this.#tables.take(counter.id, slot, { closed: 1 });
      return;
    }
    // What is in doubt stands in the window of its instant already.
    const to = state === 'in-doubt' ? use : slotAt(counter.window, atMs);
    if (state === 'reserved' && outcome === 'ok' && amount > 0) {
      this.#tables.spend(use, to);
      return;
    }
    if (outcome === 'ok') this.#tables.add(counter.id, to, { used: amount });
    this.#tables.take(counter.id, slot, state === 'in-doubt' ? { inDoubt: amount } : { reserved: amount });
  }

  /** Moves a reservation into doubt; what was not forwarded as far as anybody knows counts from now on. */
  #doubt({ request, uses }: RequestRow, forwardedMs: number | null = null): void {
    const moved = uses.map((use) => {
      const { counter, slot, amount, closes } = use;
      if (closes) return use;
      const to = slotAt(counter.window, forwardedMs ?? this.#nowOf(counter));
      this.#tables.add(counter.id, to, { inDoubt: amount });
      this.#tables.take(counter.id, slot, { reserved: amount });
      return { ...use, slot: to.slot, endMs: to.endMs };
    });
    this.#tables.mark(request, 'in-doubt', moved);
  }

  #lapse(): void {
    for (const request of this.#tables.lapsed(this.#clock())) this.#doubtBy(request);
  }

  #doubtBy(request: RequestId): void {
    const found = this.#tables.find(request);
    if (found !== undefined) this.#doubt(found);
  }

  #heldRequest({ request, grant, principal, tool, owner, state, atMs, uses }: RequestRow): HeldRequest {
    const held = uses
      .map(({ counter, amount, closes }) => ({ counter, amount, closes }))
      .sort((a, b) => (a.counter.id < b.counter.id ? -1 : 1));
    return { request, grant, principal, tool, owner, state, atMs, uses: held };
  }

  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    this.#tables.forget(nowMs - KEPT_MS);
  }
}
