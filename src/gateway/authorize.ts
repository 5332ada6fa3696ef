/** From a token to a grant: at `initialize`, and again before every call. The token is an identity, not a licence. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { GrantConfig } from '../config/types.ts';
import { isToken } from '../core/index.ts';
import type { GrantName } from '../core/ids.ts';
import type { TokenRecord, TokenStore } from '../state/port.ts';
import type { Refusal, RefusalCode, Standing } from './parts.ts';

/** A token that the store knows and that is good now. */
interface Known {
  readonly record: TokenRecord;
}

const WORDS = {
  missing:
    "No grant token: set COUNTERSIGN_TOKEN (or COUNTERSIGN_TOKEN_FILE) in the MCP client's entry. `countersign grant issue NAME` mints one.",
  malformed:
    'The grant token is not well-formed: it is `csg_` and 49 letters and digits, and a checksum says when one was lost in copying.',
  unknown:
    'The grant token is not known here. `countersign grant issue NAME` mints a new one; COUNTERSIGN_HOME must be the home it was issued in.',
  revoked: 'The grant was revoked. Ask the operator for a new token.',
  expired: 'The grant has expired. Ask the operator for a new token.',
  undeclared: 'The grant is no longer in the configuration. Ask the operator.',
} as const satisfies Partial<Record<RefusalCode, string>>;

/** A refusal in the words that fit its code. */
export function refusal(code: keyof typeof WORDS): Refusal {
  return { code, message: WORDS[code] };
}

/** SHA-256 of a token: all that is kept of it. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Looks the token up. Throws `StateError` when the store cannot answer. */
export async function admit(
  token: string | undefined,
  tokens: TokenStore,
  nowMs: number,
): Promise<Known | (Refusal & { readonly grant: GrantName | null })> {
  if (token === undefined || token === '') return { ...refusal('missing'), grant: null };
  if (!isToken(token)) return { ...refusal('malformed'), grant: null };
  const hash = tokenHash(token);
  const record = await tokens.find(hash);
  if (record === undefined || !sameHash(record.tokenHash, hash)) return { ...refusal('unknown'), grant: null };
  const code = lapseOf(record, nowMs);
  return code === null ? { record } : { ...refusal(code), grant: record.grant };
}

/** The check before every call: revocation and expiry take effect at once, wherever they were made. */
export function standingOf(hash: string, grant: GrantConfig, tokens: TokenStore, nowMs: () => number): Standing {
  return async () => {
    const record = await tokens.find(hash);
    if (record === undefined) return refusal('unknown');
    const now = nowMs();
    const code = lapseOf(record, now) ?? (isPast(grant.expiresMs, now) ? 'expired' : null);
    return code === null ? null : refusal(code);
  };
}

function lapseOf(record: TokenRecord, nowMs: number): 'revoked' | 'expired' | null {
  if (record.revokedMs !== null) return 'revoked';
  return isPast(record.expiresMs, nowMs) ? 'expired' : null;
}

function isPast(instantMs: number | null, nowMs: number): boolean {
  return instantMs !== null && nowMs >= instantMs;
}

/** The index found the row; the comparison that admits takes the same time whatever differs. */
function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}
