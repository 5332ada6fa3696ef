/** What the `grant` commands share: finding a grant, minting a token for it, and how long the token may live. */
import { randomBytes } from 'node:crypto';
import { EXPIRY_WORDS, parseExpiryMs } from '../config/index.ts';
import type { GrantConfig, LoadedConfig } from '../config/types.ts';
import { brandAs, type GrantName, tokenFrom } from '../core/index.ts';
import { tokenHash } from '../gateway/index.ts';
import type { TokenRecord } from '../state/index.ts';
import { CommandError, Exit, hint, print } from './report.ts';

/** A new token, and what is kept of it. */
export interface Minted {
  readonly token: string;
  readonly record: TokenRecord;
}

export function mint(grant: GrantName, expiresMs: number | null): Minted {
  const token = tokenFrom(randomBytes(32));
  const fresh = { revokedMs: null, lastUsedMs: null, uses: 0 };
  return { token, record: { grant, tokenHash: tokenHash(token), issuedMs: Date.now(), expiresMs, ...fresh } };
}

/** Prints a token, this once. */
export function showToken(token: string): void {
  print(token);
  hint("put it into the MCP client's entry as COUNTERSIGN_TOKEN; the README has the entry");
}

/** The grant of that name. Throws `CommandError`. */
export function declared(config: LoadedConfig, name: string): GrantConfig {
  const grant = config.grants.get(brandAs<GrantName>(name));
  if (grant !== undefined) return grant;
  const known = [...config.grants.keys()].map((one) => `\`${one}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `there is no grant \`${name}\` in ${config.file}`,
    known === '' ? 'it declares none' : `it declares ${known}`,
  );
}

/** A token never outlives its grant. */
export function expiryOf(grant: GrantConfig, asked: string | undefined): number | null {
  const askedMs = asked === undefined ? null : readExpiry(asked);
  const expiresMs = askedMs === null ? grant.expiresMs : Math.min(askedMs, grant.expiresMs ?? askedMs);
  if (expiresMs !== null && expiresMs <= Date.now()) {
    throw new CommandError(
      Exit.usage,
      `a token of grant \`${grant.name}\` would have expired on ${isoOf(expiresMs) ?? ''}`,
      'change `expires` in the configuration, or --expires',
    );
  }
  return expiresMs;
}

/** Read as `expires` of the configuration is: a bare day ends with itself, an instant says its offset. */
function readExpiry(text: string): number {
  const expiresMs = parseExpiryMs(text);
  if (expiresMs !== undefined) return expiresMs;
  throw new CommandError(Exit.usage, `\`${text}\` is no expiry`, `expected ${EXPIRY_WORDS}`);
}

/** An instant for scripts. */
export function isoOf(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
