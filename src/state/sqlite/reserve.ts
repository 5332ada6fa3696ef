/** All or nothing over every counter of an ask. It decides before it writes, so a refusal leaves no trace. */
import {
  heldSlot,
  MAX_COUNT,
  MAX_STEP_BACK_MS,
  type QuotaAnswer,
  type QuotaAsk,
  type QuotaRefusal,
  type QuotaUse,
} from '../quota.ts';
import { StateError } from '../port.ts';
import type { PlacedUse, QuotaTables } from './quota-rows.ts';

/** Inside a step of the connection. `clockMs` is what the clock shows. Throws `StateError` `conflict`. */
export function reserve(tables: QuotaTables, ask: QuotaAsk, clockMs: number): QuotaAnswer {
  const before = tables.find(ask.request);
  if (before !== undefined && before.state !== 'reserved') throw conflict(`request ${ask.request} is ${before.state}`);
  const seenMs = Math.max(0, ...ask.uses.map(({ counter }) => tables.seenMs(counter.id)));
  if (clockMs < seenMs - MAX_STEP_BACK_MS) return { is: 'clock_back', nowMs: seenMs, behindMs: seenMs - clockMs };
  const nowMs = Math.max(clockMs, seenMs);
  if (ask.uses.some((use) => hasPassed(use, nowMs))) return { is: 'window_passed', nowMs };
  const own = before === undefined ? [] : tables.uses(ask.request);
  const refusals = ask.uses.flatMap((use, index) => refusalOf(tables, use, index, own, nowMs) ?? []);
  if (refusals.length > 0) return { is: 'refused', nowMs, refusals };
  if (before !== undefined) release(tables, ask, own);
  for (const use of ask.uses) tables.see(use, nowMs);
  tables.insert(ask, nowMs);
  for (const use of ask.uses) place(tables, ask, use);
  return { is: 'held', nowMs };
}

function hasPassed({ counter: { window } }: QuotaUse, nowMs: number): boolean {
  return window.is === 'calendar' && (nowMs < window.startMs || nowMs >= window.endMs);
}

/** Why a use is not admitted, or null. What the request itself holds already does not count against it. */
function refusalOf(
  tables: QuotaTables,
  { counter, amount, cap, over }: QuotaUse,
  use: number,
  own: readonly PlacedUse[],
  nowMs: number,
): QuotaRefusal | null {
  const { resetsMs, ...found } = tables.standing(counter.id, nowMs);
  const mine = own.filter((one) => one.counter.id === counter.id && one.endMs > nowMs);
  const standing = {
    ...found,
    reserved: found.reserved - mine.reduce((sum, one) => sum + one.amount, 0),
    closed: found.closed - mine.filter(({ closes }) => closes).length,
  };
  const total = standing.used + standing.reserved + standing.inDoubt + amount;
  const resets = counter.window.is === 'calendar' ? counter.window.endMs : resetsMs;
  const refused = (why: QuotaRefusal['why']): QuotaRefusal => ({ use, why, standing, resetsMs: resets });
  if (total > MAX_COUNT) return refused('too_large');
  if (over === 'admit') return null;
  if (standing.closed > 0) return refused('closed');
  return total > cap ? refused('over') : null;
}

function release(tables: QuotaTables, { request }: QuotaAsk, own: readonly PlacedUse[]): void {
  for (const { counter, slot, amount, closes } of own)
    tables.take(counter.id, slot, { reserved: amount, closed: Number(closes) });
  tables.drop(request);
}

function place(tables: QuotaTables, { request }: QuotaAsk, use: QuotaUse): void {
  const slot = heldSlot(use.counter.window);
  tables.add(use.counter.id, slot, { reserved: use.amount, closed: Number(use.closes) });
  tables.insertUse(request, use, slot);
}

function conflict(what: string): StateError {
  return new StateError('conflict', `nothing can be reserved: ${what}`);
}
