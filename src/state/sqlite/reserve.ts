/** All or nothing over every counter of an ask. It decides before it writes, so a refusal leaves no trace. */
import {
  MAX_COUNT,
  MAX_STEP_BACK_MS,
  type QuotaAnswer,
  type QuotaAsk,
  type QuotaRefusal,
  type QuotaUse,
  slotAt,
  type Standing,
} from '../quota.ts';
import { StateError } from '../port.ts';
import { placed, type PlacedUse } from './placed-uses.ts';
import type { Look, QuotaTables } from './quota-rows.ts';

type Found = Standing & { readonly resetsMs: number | null };

/** Inside a step of the connection. `clockMs` is what the clock shows. Throws `StateError` `conflict`. */
export function reserve(tables: QuotaTables, ask: QuotaAsk, clockMs: number): QuotaAnswer {
  const looks = ask.uses.map(({ counter }) => tables.look(counter.id, clockMs, ask.request));
  // What every call comes to: a new request, and a clock that went on.
  const isPlain = looks.length > 0 && looks.every(({ isKnown, seenMs }) => !isKnown && (seenMs ?? 0) <= clockMs);
  return isPlain ? reserveNew(tables, ask, looks, clockMs) : reserveAgain(tables, ask, clockMs);
}

function reserveNew(tables: QuotaTables, ask: QuotaAsk, looks: readonly Look[], nowMs: number): QuotaAnswer {
  if (ask.uses.some((use) => hasPassed(use, nowMs))) return { is: 'window_passed', nowMs };
  if (!ask.uses.every((use, index) => admits(use, looks[index])))
    return { is: 'refused', nowMs, refusals: refusals(ask, foundOf(tables, ask, NONE, nowMs)) };
  ask.uses.forEach((use, index) => {
    const seenMs = looks[index]?.seenMs ?? null;
    if (seenMs === null) tables.see(use, nowMs);
    else tables.seeKnown(use, seenMs, nowMs);
    // Windows end where slots begin.
    if (seenMs === null || slotAt(use.counter.window, seenMs).slot !== slotAt(use.counter.window, nowMs).slot)
      tables.forgetEnded(use.counter.id, nowMs);
  });
  write(tables, ask, nowMs);
  return { is: 'held', nowMs, standings: looks.map(standingOf) };
}

function standingOf({ used, reserved, inDoubt, closed }: Standing): Standing {
  return { used, reserved, inDoubt, closed };
}

function admits({ amount, cap, over }: QuotaUse, look: Look | undefined): boolean {
  if (look === undefined) return false;
  const total = look.used + look.reserved + look.inDoubt + amount;
  return total <= MAX_COUNT && (over === 'admit' || (look.closed === 0 && total <= cap));
}

const NONE: readonly PlacedUse[] = [];

/** The same request again, or a clock behind what a counter has seen. */
function reserveAgain(tables: QuotaTables, ask: QuotaAsk, clockMs: number): QuotaAnswer {
  const before = tables.find(ask.request);
  if (before !== undefined && before.state !== 'reserved') throw conflict(`request ${ask.request} is ${before.state}`);
  const seenMs = Math.max(0, ...ask.uses.map(({ counter }) => tables.seenMs(counter.id)));
  if (clockMs < seenMs - MAX_STEP_BACK_MS) return { is: 'clock_back', nowMs: seenMs, behindMs: seenMs - clockMs };
  const nowMs = Math.max(clockMs, seenMs);
  if (ask.uses.some((use) => hasPassed(use, nowMs))) return { is: 'window_passed', nowMs };
  const own = before?.uses ?? NONE;
  const founds = foundOf(tables, ask, own, nowMs);
  const refused = refusals(ask, founds);
  if (refused.length > 0) return { is: 'refused', nowMs, refusals: refused };
  if (before !== undefined) release(tables, ask, own);
  for (const use of ask.uses) {
    tables.see(use, nowMs);
    tables.forgetEnded(use.counter.id, nowMs);
  }
  write(tables, ask, nowMs);
  return { is: 'held', nowMs, standings: founds.map(standingOf) };
}

/** What each counter stands at. What the request itself holds already, `own`, does not count against it. */
function foundOf(tables: QuotaTables, { uses }: QuotaAsk, own: readonly PlacedUse[], nowMs: number): readonly Found[] {
  return uses.map(({ counter }) => {
    const mine = own.filter((one) => one.counter.id === counter.id && one.endMs > nowMs);
    const found = tables.standing(counter.id, nowMs);
    return {
      ...found,
      reserved: found.reserved - mine.reduce((sum, one) => sum + one.amount, 0),
      closed: found.closed - mine.filter(({ closes }) => closes).length,
    };
  });
}

function refusals({ uses }: QuotaAsk, founds: readonly Found[]): readonly QuotaRefusal[] {
  return uses.flatMap((use, index) => {
    const found = founds[index];
    return found === undefined ? [] : (refusalOf(use, index, found) ?? []);
  });
}

function write(tables: QuotaTables, ask: QuotaAsk, nowMs: number): void {
  const uses = ask.uses.map(placed);
  tables.insert(ask, uses, nowMs);
  for (const use of uses) {
    if (use.closes) tables.add(use.counter.id, use, { closed: 1 });
    else tables.hold(use.counter.id, use, use.amount);
  }
}

function hasPassed({ counter: { window } }: QuotaUse, nowMs: number): boolean {
  return window.is === 'calendar' && (nowMs < window.startMs || nowMs >= window.endMs);
}

/** Why a use is not admitted, or null. */
function refusalOf({ counter, amount, cap, over }: QuotaUse, use: number, found: Found): QuotaRefusal | null {
  const standing = standingOf(found);
  const total = standing.used + standing.reserved + standing.inDoubt + amount;
  const resets = counter.window.is === 'calendar' ? counter.window.endMs : found.resetsMs;
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

function conflict(what: string): StateError {
  return new StateError('conflict', `nothing can be reserved: ${what}`);
}
