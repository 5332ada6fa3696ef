/**
 * Whom this home believes: the fingerprint of the key that vouches, by a chain of signatures, for every operator. It is
 * pinned beside the keys, so that whoever can write the state store can make no operator.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFingerprint } from '../../approvals/index.ts';
import type { SharedStore } from '../../state/index.ts';
import { CommandError, Exit } from '../report.ts';

const NAME = 'trust-root';

/** Where the root of a home is pinned. */
export function rootFile(home: string): string {
  return join(home, 'keys', NAME);
}

/** The pinned fingerprint; null before anybody was trusted. Throws `CommandError` for a file that holds none. */
export async function readRoot(home: string): Promise<string | null> {
  const file = rootFile(home);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const fingerprint = text.trim();
  if (isFingerprint(fingerprint)) return fingerprint;
  throw new CommandError(
    Exit.unavailable,
    `\`${file}\` holds no fingerprint, so no operator can be believed`,
    'bring it back from a backup; `ssh-keygen -l` prints fingerprints in its form',
  );
}

/** Said where a store has operators, and its home believes none of them. */
export const NONE_TRUSTED = {
  message: 'the store has operators, and this home trusts none of them',
  next: 'ask their admin for the fingerprint of the trust root, then: countersign operator trust FINGERPRINT',
} as const;

/** Refuses to act beside operators whom this home does not believe. Throws `CommandError` and `StateError`. */
export async function refuseUntrusted({ operators }: Pick<SharedStore, 'operators'>): Promise<void> {
  if ((await operators.list()).length > 0) throw new CommandError(Exit.usage, NONE_TRUSTED.message, NONE_TRUSTED.next);
}

/** Pins the root, once. Throws `CommandError` if another is pinned. */
export async function pinRoot(home: string, fingerprint: string): Promise<void> {
  const file = rootFile(home);
  await mkdir(join(home, 'keys'), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${fingerprint}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const pinned = await readRoot(home);
    if (pinned === fingerprint) return;
    throw new CommandError(
      Exit.usage,
      `this home trusts ${pinned ?? 'nobody'} already`,
      `who is to be trusted instead is decided by hand: remove \`${file}\` first`,
    );
  }
}
