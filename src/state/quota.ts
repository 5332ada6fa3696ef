/**
 * The quota part of the store port. A counter's standing is the sum of its slots that have not ended: a calendar window
 * is one slot; a rolling span is cut into a thousand, and a use is counted until the end of its slot plus the span, so
 * that no span of that length ever holds more than the cap. A use that is not forwarded yet has no instant, and counts.
 */
import type { GrantName, PolicyName, RequestId, ToolName } from '../core/ids.ts';

/** Amounts, caps and sums never pass this, 2^53-1: every driver can hold it exactly. */
export const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** The clock of the store may lag behind what a counter has seen by this; more, and limited calls are refused. */
export const MAX_STEP_BACK_MS = 2_000;

/** Where a counter counts; instants by the store's clock. */
export type QuotaWindow =
  | {
      readonly is: 'calendar';
      readonly unit: 'minute' | 'hour' | 'day' | 'week' | 'month';
      readonly timezone: string;
      readonly startMs: number;
      readonly endMs: number;
    }
  | { readonly is: 'rolling'; readonly spanMs: number };

/** A counter as the store knows it. It holds no argument value: key values are in the digest alone. */
export interface QuotaCounter {
  /** SHA-256 of the counter's name, 64 hexadecimal digits. */
  readonly id: string;
  readonly policy: PolicyName | null;
  readonly rule: string;
  readonly scope: 'grant' | 'principal' | 'policy' | 'upstream' | 'global';
  /** The grant, principal, policy or upstream; empty for `global`. */
  readonly subject: string;
  /** `calls`, or an ISO 4217 currency whose minor units are counted. */
  readonly unit: string;
  /** True if the rule splits its count by facts, so that there are many such counters. */
  readonly keyed: boolean;
  readonly window: QuotaWindow;
}

/** One use of one counter. */
export interface QuotaUse {
  readonly counter: QuotaCounter;
  /** From 0 to `MAX_COUNT`. */
  readonly amount: number;
  /** From 0 to `MAX_COUNT`. */
  readonly cap: number;
  /** `admit`: a signed verdict names this cap, and the use is counted even above it or in a closed window. */
  readonly over: 'refuse' | 'admit';
  /** True for a use whose amount nobody knows: nothing more is admitted in its window until `enter` says it. */
  readonly closes: boolean;
}

/** A process that holds reservations. */
export interface QuotaOwner {
  /** Names the machine until it restarts; a pid means something only beside it. */
  readonly host: string;
  readonly pid: number;
  readonly processStart: string;
}

/** What a call asks for. All of it is reserved, or nothing. */
export interface QuotaAsk {
  readonly request: RequestId;
  readonly grant: GrantName;
  readonly principal: string;
  readonly tool: ToolName;
  readonly owner: QuotaOwner;
  /** At most one use of each counter. */
  readonly uses: readonly QuotaUse[];
  /** Nobody can still be waiting for the call after this long: from then on a reservation is in doubt. */
  readonly leaseMs: number;
  /** True: the reservation survives a power cut. False: it survives the process, and costs no sync. */
  readonly durable: boolean;
}

/** What a counter stands at; minor units or calls. */
export interface Standing {
  readonly used: number;
  readonly reserved: number;
  readonly inDoubt: number;
  /** Uses without an amount that wait for an operator. */
  readonly closed: number;
}

/** A use that was not admitted. */
export interface QuotaRefusal {
  /** The place in `uses`. */
  readonly use: number;
  /** `over`: above the cap; `closed`: a use without an amount closed the window; `too_large`: above `MAX_COUNT`. */
  readonly why: 'over' | 'closed' | 'too_large';
  readonly standing: Standing;
  /** When a calendar window ends, or when a rolling one gives something back; null if nothing says when. */
  readonly resetsMs: number | null;
}

/** `nowMs` is the store's clock, never behind what the counters of the ask have seen. */
export type QuotaAnswer =
  /** `standings`: what each counter stood at beside this ask, in the order of its uses. */
  | { readonly is: 'held'; readonly nowMs: number; readonly standings: readonly Standing[] }
  | { readonly is: 'refused'; readonly nowMs: number; readonly refusals: readonly QuotaRefusal[] }
  /** A calendar window of the ask does not hold the store's instant: ask again with the windows of `nowMs`. */
  | { readonly is: 'window_passed'; readonly nowMs: number }
  /** The store's clock stepped back by more than `MAX_STEP_BACK_MS`. */
  | { readonly is: 'clock_back'; readonly nowMs: number; readonly behindMs: number };

/** What became of a forwarded call. */
export interface Settlement {
  readonly request: RequestId;
  /** `ok` counts the use, `failed` gives it back, `in-doubt` keeps it until somebody knows. */
  readonly outcome: 'ok' | 'failed' | 'in-doubt';
  /** When it was forwarded, by the store's clock and never too early; null: now. */
  readonly forwardedMs: number | null;
}

/** One use of a reservation that is not over. */
export interface HeldUse {
  readonly counter: QuotaCounter;
  readonly amount: number;
  readonly closes: boolean;
}

/** A reservation that is not over. */
export interface HeldRequest {
  readonly request: RequestId;
  readonly grant: GrantName;
  readonly principal: string;
  readonly tool: ToolName;
  readonly owner: QuotaOwner;
  /** `reserved`: its process has it; `in-doubt`: nobody knows; `unbounded`: it happened, for an amount nobody entered. */
  readonly state: 'reserved' | 'in-doubt' | 'unbounded';
  readonly atMs: number;
  readonly uses: readonly HeldUse[];
}

/** A counter that something is counted under at this instant. */
export interface CounterState extends Standing {
  readonly counter: QuotaCounter;
  /** The cap that the last ask named. */
  readonly cap: number;
  readonly resetsMs: number | null;
}

/** What an operator's act on a reservation came to. */
export type ResolveAnswer = 'done' | 'unknown' | 'wrong_state';

/**
 * Quota, atomic over all processes that share the store. Every write that resolved survives `kill -9` of its process.
 * Failures throw `StateError`; a `reserve` that threw may have taken hold all the same, and `settle` with `failed` ends it.
 */
export interface QuotaStore {
  /** What the store's clock shows. */
  nowMs(): Promise<number>;
  /**
   * Reserves every use of the ask or none. Under a request that is already `reserved` it takes the place of that
   * reservation, whose own uses do not count against it; refused, it leaves it as it was. Throws `StateError`
   * `conflict` for a request that is in doubt or unbounded.
   */
  reserve(ask: QuotaAsk): Promise<QuotaAnswer>;
  /** Ends a reservation, or leaves it in doubt; also one that is in doubt. False if it is over, or never was. */
  settle(settlement: Settlement): Promise<boolean>;
  /** Every reservation of a dead process becomes in doubt; answers which. */
  abandon(owner: QuotaOwner): Promise<readonly RequestId[]>;
  /** The processes that have reservations. */
  owners(): Promise<readonly QuotaOwner[]>;
  /** The reservations that are not over, oldest first. One whose lease has ended is in doubt. */
  requests(): Promise<readonly HeldRequest[]>;
  /** The counters that stand at something. */
  counters(): Promise<readonly CounterState[]>;
  /** An operator settles what is in doubt. `wrong_state` for a request that its process still has, or that is unbounded. */
  resolve(request: RequestId, as: 'ok' | 'failed'): Promise<ResolveAnswer>;
  /**
   * An operator enters the amount of an unbounded use, in minor units of `currency`, and the window opens again. The
   * amount counts above any cap. `wrong_state` if it is not unbounded or closed no counter of that currency.
   */
  enter(request: RequestId, currency: string, amount: number): Promise<ResolveAnswer>;
  /**
   * Forgets what a counter has used, also in windows to come, and the latest instant that it saw, so that it counts again
   * after a clock that had leapt ahead was put right. What is reserved or in doubt stays. False if it stood at nothing.
   */
  reset(counter: string): Promise<boolean>;
}

const SLOTS_PER_SPAN = 1_000;

/** A slot of a counter: where a use is counted, and until when. */
export interface Slot {
  readonly slot: number;
  readonly endMs: number;
}

/** Where a use of a rolling counter stands that is not forwarded yet: it counts until it is settled. */
export const HELD: Slot = { slot: -1, endMs: MAX_COUNT };

/** Where a use that was forwarded at `atMs` is counted. */
export function slotAt(window: QuotaWindow, atMs: number): Slot {
  if (window.is === 'calendar') return { slot: window.startMs, endMs: window.endMs };
  const lengthMs = Math.max(1, Math.ceil(window.spanMs / SLOTS_PER_SPAN));
  const slot = Math.floor(atMs / lengthMs) * lengthMs;
  return { slot, endMs: slot + lengthMs + window.spanMs };
}

/** Where a use is counted while it is only reserved. */
export function heldSlot(window: QuotaWindow): Slot {
  return window.is === 'calendar' ? { slot: window.startMs, endMs: window.endMs } : HELD;
}
