/** From the engine's reservation requests to what the store counts. Key values stay behind: the store gets a digest. */
import { createHash } from 'node:crypto';
import type { Counter, LimitFault, Obligation, ReservationRequest } from '../core/index.ts';
import { MAX_COUNT, type QuotaCounter, type QuotaUse } from '../state/quota.ts';

/** The use that a request asks for. */
export function useOf(request: ReservationRequest): QuotaUse {
  const { amount, cap } = request;
  return { counter: counterOf(request), amount: Number(amount), cap: countOf(cap), over: 'refuse', closes: false };
}

/** A cap above what can be counted is never reached: sums stop below it. */
function countOf(cap: bigint): number {
  return cap > BigInt(MAX_COUNT) ? MAX_COUNT : Number(cap);
}

/** The counter under the name that every process gives it. */
export function counterOf({ name, source, unit, scope, subject, keyed, window }: CounterWords): QuotaCounter {
  return {
    id: createHash('sha256').update(name, 'utf8').digest('hex'),
    policy: source.policy,
    rule: source.rule,
    ...{ scope, subject, keyed, window },
    unit: unit.is === 'calls' ? 'calls' : unit.currency,
  };
}

type CounterWords = Pick<ReservationRequest, 'name' | 'source' | 'unit' | 'scope' | 'subject' | 'keyed' | 'window'>;

/** The uses of an approved call without an amount: their windows admit nothing more until an operator enters it. */
export function closingUses(fault: LimitFault, obligations: readonly Obligation[]): readonly QuotaUse[] {
  if (fault.then.does === 'deny') return [];
  return fault.then.closes.map((counter) => ({
    counter: counterOf(counter),
    amount: 0,
    cap: countOf(capOf(counter, obligations)),
    over: 'admit',
    closes: true,
  }));
}

function capOf({ source, unit }: Counter, obligations: readonly Obligation[]): bigint {
  for (const one of obligations) {
    if (one.type !== 'reserve' || one.source.rule !== source.rule || one.source.policy !== source.policy) continue;
    const { counts } = one.limit;
    if (counts.unit === 'calls') return counts.cap;
    if (unit.is === 'money') return counts.caps.get(unit.currency) ?? 0n;
  }
  return 0n;
}
