/** What records of the calls stream share: who acts, and how names written by outsiders are bounded. */
import type { PlainObject } from './chain.ts';
import type { CallFrame, Session } from './events.ts';
import { bounded, UNKNOWN } from './text.ts';

const NAME_BYTES = 128;
const CODE_BYTES = 64;

export const SOURCE = { src_endpoint: { name: 'stdio' } } as const;

export function name(text: string): string {
  return bounded(text, NAME_BYTES);
}

export function code(text: string): string {
  return bounded(text, CODE_BYTES);
}

export function user(session: Session): PlainObject {
  return { name: name(session.principal), uid: `grant:${name(session.grant)}` };
}

export function actor(session: Session | null): PlainObject {
  if (session === null) return { actor: { app_name: UNKNOWN } };
  return { actor: { user: user(session), app_name: name(session.client.name) } };
}

export function sessionPart(session: Session | null): PlainObject {
  if (session === null) return {};
  const client = { name: name(session.client.name), version: name(session.client.version) };
  return { grant: name(session.grant), principal: name(session.principal), client };
}

export function wholeMs(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.max(0, Math.round(milliseconds)) : 0;
}

/** A policy has no version of its own: the beginning of its hash tells its versions apart. */
const VERSION_DIGITS = 12;

export function policyAttribute({ policy, policyHash }: Pick<CallFrame, 'policy' | 'policyHash'>): PlainObject {
  if (policy === null) return {};
  if (policyHash === null) return { policy: { name: name(policy) } };
  return { policy: { name: name(policy), uid: name(policyHash), version: name(policyHash.slice(0, VERSION_DIGITS)) } };
}
