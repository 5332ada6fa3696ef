/** What no driver is asked to hold: it would be counted wrongly, or not at all. */
import { StateError } from './port.ts';
import { MAX_COUNT, type QuotaAsk, type QuotaUse } from './quota.ts';

/** Throws `StateError` `conflict` for an ask that no caller of ours makes. */
export function checkAsk({ uses, request, leaseMs }: QuotaAsk): void {
  const ids = new Set(uses.map(({ counter }) => counter.id));
  if (ids.size !== uses.length) throw refused(request, 'it names a counter twice');
  if (!isCount(leaseMs)) throw refused(request, 'its lease is no length of time');
  for (const use of uses) checkUse(request, use);
}

function checkUse(request: string, { amount, cap, closes }: QuotaUse): void {
  if (!isCount(amount) || !isCount(cap)) throw refused(request, `an amount or a cap is not from 0 to ${MAX_COUNT}`);
  if (closes && amount !== 0) throw refused(request, 'a use without an amount has one');
}

/** Throws `StateError` `conflict` for an amount that cannot be counted. */
export function checkAmount(request: string, amount: number): void {
  if (!isCount(amount)) throw refused(request, `the amount is not from 0 to ${MAX_COUNT}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function refused(request: string, why: string): StateError {
  return new StateError('conflict', `nothing can be counted for request ${request}: ${why}`);
}
