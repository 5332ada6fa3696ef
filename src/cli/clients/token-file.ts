/**
 * The token of a grant in a private file of the home, which the client's entry names. Clients' files are synchronised,
 * committed, copied into bug reports and backed up; the home is closed to others, and a new token changes no client.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrantConfig } from '../../config/types.ts';
import { tokenHash } from '../../gateway/index.ts';
import type { TokenRecord } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { expiryOf, mint } from '../grant-parts.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { writePrivately } from '../private-file.ts';

const FOLDER = 'tokens';

export function tokenFileOf(home: string, grant: string): string {
  return join(home, FOLDER, grant);
}

/** True if the file holds a token of the grant that is in force. */
export async function holdsToken(
  home: string,
  grant: string,
  tokens: readonly TokenRecord[],
  nowMs: number,
): Promise<boolean> {
  const text = await readFile(tokenFileOf(home, grant), 'utf8').catch(() => '');
  if (text.trim() === '') return false;
  const hash = tokenHash(text.trim());
  const found = tokens.find((token) => token.grant === grant && token.tokenHash === hash);
  return found !== undefined && found.revokedMs === null && (found.expiresMs ?? Infinity) > nowMs;
}

/** Issues a token into the file, unless one that is in force is there. Answers whether it did. */
export async function ensureToken(
  installation: Installation,
  grant: GrantConfig,
  options: ActingOptions,
): Promise<boolean> {
  const { tokens } = await installation.store();
  if (await holdsToken(installation.home, grant.name, await tokens.list(), Date.now())) return false;
  const { actor } = await acting(installation, { does: 'grant issue', to: grant.name }, options);
  const minted = mint(grant.name, expiryOf(grant, undefined));
  await writePrivately(tokenFileOf(installation.home, grant.name), `${minted.token}\n`);
  await tokens.insert(minted.record);
  const admin = await installation.adminLog();
  await admin.write({ kind: 'grant_issued', actor, grant: grant.name, tokens: 1 });
  return true;
}
