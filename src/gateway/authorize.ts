/** From a token to a grant: at `initialize`, and again before every call. The token is an identity, not a licence. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isToken } from '../core/index.ts';
import type { GrantName } from '../core/ids.ts';
import type { Freeze, Gate, SharedStore, TokenRecord, TokenStore } from '../state/port.ts';
import type { Gatekeeper, Refusal, RefusalCode } from './parts.ts';

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
  frozen: 'Calls of this grant are frozen by an operator. Ask the operator; do not call again until it is lifted.',
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

/**
 * The check before every call: revocation, expiry and freezes take effect at once, wherever they were made. Calls that came
 * in one turn of the event loop came at one instant: the store is asked once for all of them.
 */
export function gatekeeperFor(hash: string, store: Pick<SharedStore, 'gate'>, nowMs: () => number): Gatekeeper {
  let asked: Promise<Gate> | undefined;
  const gate = (): Promise<Gate> => {
    if (asked !== undefined) return asked;
    asked = store.gate(hash);
    setImmediate(() => (asked = undefined));
    return asked;
  };
  return async (grant) => {
    const { token, freezes, hasApprovals } = await gate();
    if (token === undefined || token.grant !== grant.name) return refusal('unknown');
    const now = nowMs();
    const code = lapseOf(token, now) ?? (isPast(grant.expiresMs, now) ? 'expired' : null);
    if (code !== null) return refusal(code);
    if (freezes.some(({ scope }) => scope === 'all')) return refusal('frozen');
    return { isMoneyFrozen: freezes.some(isOfMoney), hasApprovals };
  };
}

function isOfMoney({ scope }: Freeze): boolean {
  return scope === 'money';
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
