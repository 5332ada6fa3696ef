/** Puts a signed configuration in force: all of its files at once, or none. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { LoadedConfig } from '../../config/types.ts';
import { CommandError, Exit } from '../report.ts';
import { type Activation, activationJson, parseActivation } from './activation.ts';
import { ACTIVATION, activeFolder } from './place.ts';

/** The files of an edited configuration: their path below its directory, and what they hold. */
export type Files = ReadonlyMap<string, Buffer>;

/** Reads them. Throws `CommandError` for a configuration whose policies lie elsewhere. */
export async function filesOf({ file, files }: LoadedConfig): Promise<Files> {
  const folder = dirname(file);
  const read = files.map(async (path): Promise<readonly [string, Buffer]> => {
    const name = relative(folder, path);
    if (isAbsolute(name) || name.startsWith('..'))
      throw new CommandError(Exit.usage, `\`${path}\` lies outside the directory of the configuration`);
    return [name, await readFile(path)];
  });
  return new Map(await Promise.all(read));
}

/** Writes the files and their signatures into a directory of their own, and makes it the one in force. */
export async function install(home: string, files: Files, { file, signed }: Activation): Promise<void> {
  const name = `active-${randomBytes(8).toString('hex')}`;
  const folder = join(home, 'keys', name);
  await mkdir(folder, { mode: 0o700 });
  for (const [path, bytes] of files) await write(join(folder, path), bytes);
  await write(join(folder, ACTIVATION), activationJson({ file: basename(file), signed }));
  const link = activeFolder(home);
  const before = await readlink(link).catch(() => null);
  const draft = `${link}.${randomBytes(6).toString('hex')}`;
  await symlink(name, draft);
  await rename(draft, link);
  if (before !== null && /^active-[0-9a-f]{16}$/.test(before))
    await rm(join(home, 'keys', before), { recursive: true, force: true });
}

/** Signatures of an edit that not everybody has signed who must. */
const PENDING = 'activation.pending.json';

export async function readPending(home: string): Promise<Activation['signed'] | null> {
  const text = await readFile(join(home, 'keys', PENDING), 'utf8').catch(() => null);
  return (text === null ? undefined : parseActivation(text))?.signed ?? null;
}

export async function keepPending(home: string, activation: Activation): Promise<void> {
  await rm(join(home, 'keys', PENDING), { force: true });
  await write(join(home, 'keys', PENDING), activationJson(activation));
}

export async function dropPending(home: string): Promise<void> {
  await rm(join(home, 'keys', PENDING), { force: true });
}

async function write(path: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
