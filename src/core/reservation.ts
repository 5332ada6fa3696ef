/**
 * The limits of a decision as requests to the store, which reserves all of them or none. Nothing here counts: what is
 * asked for is a pure function of the call, the rules and the instant that the store's clock shows.
 */
import { movesNothing } from './condition.ts';
import { counterOf, keyValues } from './counter.ts';
import type { Counter, Counting, KeyFaultCode } from './counter.ts';
import type { Obligation, Source } from './decision.ts';
import type { CallFacts } from './facts.ts';
import { isAmount } from './money.ts';
import type { MoneyBound } from './money.ts';
import { resolve } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Limit } from './policy.ts';
import { windowAt } from './windows.ts';

/** A use to be reserved: `amount` is added to the counter unless it would then be above `cap`. */
export interface ReservationRequest extends Counter {
  /** 1 for calls, minor units of ISO 4217 for money. Never above 2^53-1. */
  readonly amount: bigint;
  readonly cap: bigint;
  /** What follows from a use above the cap. */
  readonly exceed: Limit['exceed'];
}

export type LimitFaultCode =
  'unknown_amount' | 'unnamed_currency' | 'amount_too_large' | 'unknown_window' | KeyFaultCode;

/** A limit under which the call cannot be counted. */
export interface LimitFault {
  readonly code: LimitFaultCode;
  readonly source: Source;
  /** Why: lower case, no final period. */
  readonly message: string;
  /**
   * The call is denied; or a person is asked, and once the approved call is forwarded, every counter in `closes` admits
   * nothing more in its window until an operator enters the amount.
   */
  readonly then: { readonly does: 'deny' } | { readonly does: 'approve'; readonly closes: readonly Counter[] };
}

/** What the limits of a decision come to. */
export interface Reservations {
  /** In the order of the obligations; all are reserved or none. */
  readonly requests: readonly ReservationRequest[];
  /** One that denies denies the call, whatever the rest says. */
  readonly faults: readonly LimitFault[];
}

type ReserveObligation = Extract<Obligation, { type: 'reserve' }>;

/**
 * Compiles the `reserve` obligations of a decision. `timeMs` is the instant by the store's clock, which is that of
 * forwarding: a call that waited is compiled again. Never throws.
 */
export function reservationsOf(obligations: readonly Obligation[], call: CallFacts, timeMs: number): Reservations {
  const requests: ReservationRequest[] = [];
  const faults: LimitFault[] = [];
  for (const obligation of obligations) {
    if (obligation.type !== 'reserve' || countsNothing(obligation.limit, call)) continue;
    const compiled = compile(obligation, call, timeMs);
    if ('code' in compiled) faults.push(compiled);
    else requests.push(compiled);
  }
  return { requests, faults };
}

/** A cap of money on `*` does not stop reads: a call that moves no money uses none of it. */
function countsNothing({ counts }: Limit, call: CallFacts): boolean {
  return counts.unit === 'amount' && movesNothing(call);
}

function compile(
  { source, limit }: ReserveObligation,
  call: CallFacts,
  timeMs: number,
): ReservationRequest | LimitFault {
  const window = windowAt(limit.window, timeMs);
  if (window === undefined) return denied(source, 'unknown_window', 'the time does not lie in any window of the limit');
  const values = keyValues(limit.key, call);
  if ('code' in values) return denied(source, values.code, values.message);
  const counting = { source, limit, call, values, window };
  const { counts, exceed } = limit;
  if (counts.unit === 'amount') return moneyRequest(counting, counts.caps);
  return { amount: 1n, cap: counts.cap, exceed, ...counterOf(counting, { is: 'calls' }) };
}

function moneyRequest(counting: Counting, caps: MoneyBound): ReservationRequest | LimitFault {
  const { source, limit, call } = counting;
  const amount = resolve({ fact: 'amount' }, call);
  if (amount.is !== 'money') return unbounded(counting, caps, 'unknown_amount', amountWords(amount));
  const { currency, minor } = amount.money;
  const cap = caps.get(currency);
  if (cap === undefined) return unbounded(counting, caps, 'unnamed_currency', unnamedWords(currency, caps));
  if (!isAmount(minor))
    return denied(source, 'amount_too_large', 'the amount is not from 0 to 9007199254740991 minor units');
  return { amount: minor, cap, exceed: limit.exceed, ...counterOf(counting, { is: 'money', currency }) };
}

function amountWords(amount: Operand): string {
  return amount.is === 'unknown' ? `the amount is unknown, because ${amount.why}` : 'the amount is left out';
}

function unnamedWords(currency: string, caps: MoneyBound): string {
  return `the amount is in ${currency}, and the limit names ${[...caps.keys()].join(', ')}`;
}

function denied(source: Source, code: LimitFaultCode, message: string): LimitFault {
  return { code, source, message, then: { does: 'deny' } };
}

/** A use of money without a number that the limit could count. */
function unbounded(counting: Counting, caps: MoneyBound, code: LimitFaultCode, message: string): LimitFault {
  const { source, limit, call } = counting;
  if (limit.unknown === 'deny') return denied(source, code, message);
  const closes = currenciesOf(call, caps).map((currency) => counterOf(counting, { is: 'money', currency }));
  return { code, source, message, then: { does: 'approve', closes } };
}

/** The currencies that such a use may be in: its own if the limit names it, else each that the limit names. */
function currenciesOf(call: CallFacts, caps: MoneyBound): readonly string[] {
  const currency = resolve({ fact: 'currency' }, call);
  const own = currency.is === 'value' && typeof currency.value === 'string' ? currency.value : '';
  return caps.has(own) ? [own] : [...caps.keys()];
}
