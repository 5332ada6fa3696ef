/**
 * What a client's file was before the gateway's entry came into it. The file may have held keys, so all of it is sealed
 * under a key of the home (RFC 5869), bound to the file's path.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientFile } from '../../clients/index.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { DocumentPath } from '../../config/tree.ts';
import { masterKey, parseSealed, seal, sealedText, unseal } from '../../secrets/seal.ts';
import type { Installation } from '../compose.ts';
import { writePrivately } from '../private-file.ts';
import { CommandError, Exit } from '../report.ts';

/** An entry that was taken out of a client's file. */
export interface MovedEntry {
  readonly path: DocumentPath;
  readonly value: Plain;
}

export interface Backup {
  readonly v: 1;
  /** The text before; null where there was no file. */
  readonly before: string | null;
  /** False once somebody else changed the file between two changes of ours, so that `before` is not what it would be. */
  readonly isExact: boolean;
  /** SHA-256 of the text that was written, in hexadecimal. */
  readonly after: string;
  readonly grant: string;
  /** The gateway's own entries. */
  readonly own: readonly DocumentPath[];
  readonly moved: readonly MovedEntry[];
}

const FOLDER = 'clients';

/** Where the backup of a file is kept. */
export function backupFileOf(home: string, { client, path }: ClientFile): string {
  const id = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return join(home, FOLDER, `${client.name}-${id}.sealed`);
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The backup of a file; null where there is none. Throws `CommandError`, and `SecretError` without the master key. */
export async function readBackup(installation: Installation, file: ClientFile): Promise<Backup | null> {
  const place = backupFileOf(installation.home, file);
  const text = await readFile(place, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const sealed = parseSealed(text);
  if (sealed?.name !== file.path)
    throw new CommandError(Exit.unavailable, `\`${place}\` is no backup of \`${file.path}\``);
  // What authenticates is ours, so that its form is.
  return JSON.parse(unseal(sealed, await keyOf(installation))) as Backup;
}

/** Durable when it resolves. */
export async function writeBackup(installation: Installation, file: ClientFile, backup: Backup): Promise<string> {
  const place = backupFileOf(installation.home, file);
  const sealed = seal(
    JSON.stringify(backup),
    { name: file.path, version: 1, upstreams: [] },
    await keyOf(installation),
  );
  await writePrivately(place, sealedText(sealed));
  return place;
}

export async function removeBackup(installation: Installation, file: ClientFile): Promise<void> {
  await rm(backupFileOf(installation.home, file), { force: true });
}

async function keyOf(installation: Installation) {
  return masterKey(await (await installation.vault()).keyFor('clients'));
}
