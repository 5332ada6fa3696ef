/** What state a grant is in, by its tokens and its own expiry. */
import type { TokenRecord } from '../state/index.ts';

export type GrantState = 'active' | 'expired' | 'revoked' | 'not issued';

/** The state of a grant at an instant; `grantExpiresMs` is the configuration's, `records` are its tokens. */
export function grantStateOf(
  records: readonly TokenRecord[],
  grantExpiresMs: number | null,
  nowMs: number,
): GrantState {
  if (records.length === 0) return 'not issued';
  const live = records.filter((one) => one.revokedMs === null);
  if (live.length === 0) return 'revoked';
  const isPast = (instantMs: number | null): boolean => instantMs !== null && instantMs <= nowMs;
  return isPast(grantExpiresMs) || live.every((one) => isPast(one.expiresMs)) ? 'expired' : 'active';
}
