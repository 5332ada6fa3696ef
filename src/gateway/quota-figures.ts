/** What the limits of a call stand at with it, for the log: shares of their caps, and figures where amounts are revealed. */
import type { QuotaPart, QuotaShare } from '../audit/events.ts';
import { formatMoney, type ReservationRequest } from '../core/index.ts';
import type { QuotaWindow, Standing } from '../state/quota.ts';
import { spanText } from './span-text.ts';

/** A limit and what it counts once the call is counted, in minor units or calls. */
export interface LimitFigure {
  readonly request: ReservationRequest;
  readonly counted: bigint;
}

/** What a limit counts with a use that it admits, or would count. */
export function figureOf(request: ReservationRequest, { used, reserved, inDoubt }: Standing): LimitFigure {
  return { request, counted: BigInt(used) + BigInt(reserved) + BigInt(inDoubt) + request.amount };
}

/** For a record. `exact`: with the figures, which add amounts up. */
export function quotaParts(figures: readonly LimitFigure[], exact: boolean): readonly QuotaPart[] {
  return figures.map(({ request, counted }) => {
    const { source, unit, window, cap } = request;
    const words = (count: bigint): string =>
      unit.is === 'calls' ? String(count) : formatMoney({ currency: unit.currency, minor: count });
    return {
      ...{ rule: source.rule, policy: source.policy },
      unit: unit.is === 'calls' ? 'calls' : unit.currency,
      per: perWords(window),
      used: shareOf(counted, cap),
      ...(exact ? { figure: words(counted), cap: words(cap) } : {}),
    };
  });
}

const SHARES: readonly (readonly [QuotaShare, bigint])[] = [
  ['<10%', 10n],
  ['<25%', 25n],
  ['<50%', 50n],
  ['<75%', 75n],
  ['<90%', 90n],
];

function shareOf(counted: bigint, cap: bigint): QuotaShare {
  if (counted > cap) return '>100%';
  return SHARES.find(([, percent]) => counted * 100n < cap * percent)?.[0] ?? '<=100%';
}

/** As a policy writes it: `day`, `month`, `rolling 24h`. */
function perWords(window: QuotaWindow): string {
  return window.is === 'calendar' ? window.unit : `rolling ${spanText(window.spanMs)}`;
}
