/** Freezes in words. */
import type { GrantName } from '../core/ids.ts';
import type { Freeze } from '../state/index.ts';

/** Whom a freeze is on. */
export function ofWords(grant: GrantName | null): string {
  return grant === null ? 'every grant' : `grant \`${grant}\``;
}

/** `grant \`a\`, calls that may move money, since 2026-11-27T10:00:00Z, by jo`. */
export function freezeWords({ grant, scope, atMs, by }: Freeze): string {
  const calls = scope === 'all' ? 'every call' : 'calls that may move money';
  return `${ofWords(grant)}, ${calls}, since ${new Date(atMs).toISOString().slice(0, 19)}Z, by ${by}`;
}

/** What of a grant is frozen, by its own freezes and those of every grant; null: nothing. */
export function frozenState(freezes: readonly Freeze[], grant: GrantName): Freeze['scope'] | null {
  const scopes = freezes.filter((one) => one.grant === null || one.grant === grant).map(({ scope }) => scope);
  if (scopes.includes('all')) return 'all';
  return scopes.includes('money') ? 'money' : null;
}
