/** Asks and counters for tests of quota. */
import { createHash } from 'node:crypto';
import { brandAs, type PolicyName } from '../../src/core/ids.ts';
import type { QuotaAsk, QuotaCounter, QuotaOwner, QuotaUse, QuotaWindow } from '../../src/state/quota.ts';

export const DAY_MS = 86_400_000;
/** Noon of a day. */
export const NOON = 20_000 * DAY_MS + DAY_MS / 2;

export const OWNER: QuotaOwner = { host: 'laptop:boot-1', pid: 4_242, processStart: 'boot:77' };

/** The UTC day that an instant lies in. */
export function dayAt(timeMs: number): QuotaWindow {
  const startMs = timeMs - (timeMs % DAY_MS);
  return { is: 'calendar', unit: 'day', timezone: 'UTC', startMs, endMs: startMs + DAY_MS };
}

export function rolling(spanMs: number): QuotaWindow {
  return { is: 'rolling', spanMs };
}

export function counter(name: string, window: QuotaWindow, over: Partial<QuotaCounter> = {}): QuotaCounter {
  return {
    id: createHash('sha256').update(name).digest('hex'),
    policy: brandAs<PolicyName>('support'),
    rule: name,
    scope: 'grant',
    subject: 'agent',
    unit: 'USD',
    keyed: false,
    window,
    ...over,
  };
}

export function use(of: QuotaCounter, amount: number, cap: number, over: Partial<QuotaUse> = {}): QuotaUse {
  return { counter: of, amount, cap, over: 'refuse', closes: false, ...over };
}

export function ask(request: string, uses: readonly QuotaUse[], over: Partial<QuotaAsk> = {}): QuotaAsk {
  return {
    request: brandAs(request),
    grant: brandAs('agent'),
    principal: 'agent@acme.example',
    tool: brandAs('stripe/create_refund'),
    owner: OWNER,
    uses,
    leaseMs: 60_000,
    durable: true,
    ...over,
  };
}
