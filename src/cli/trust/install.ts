/** Puts a signed configuration in force: all of its files at once, or none. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative } from 'node:path';
import type { LoadedConfig } from '../../config/types.ts';
import { CommandError, Exit } from '../report.ts';
import { type Activation, activationJson, parseActivation } from './activation.ts';
import { ACTIVATION, activeFolder } from './place.ts';

/** A copy of an edited configuration that nobody else can write: what is shown and signed is what takes effect. */
export interface Staged {
  readonly folder: string;
  /** Its configuration file. */
  readonly file: string;
}

/** Copies the files of an edited configuration. Throws `CommandError` for one whose policies lie elsewhere. */
export async function stage(home: string, config: LoadedConfig): Promise<Staged> {
  const folder = join(home, 'keys', `active-${randomBytes(8).toString('hex')}`);
  const staged = { folder, file: join(folder, `countersign.config${extname(config.file)}`) };
  await mkdir(folder, { mode: 0o700 });
  try {
    await copyFiles(config, staged);
    return staged;
  } catch (error) {
    await unstage(staged);
    throw error;
  }
}

async function copyFiles({ file, files }: LoadedConfig, { folder, file: staged }: Staged): Promise<void> {
  for (const path of files) {
    const name = relative(dirname(file), path);
    if (isAbsolute(name) || name.startsWith('..'))
      throw new CommandError(Exit.usage, `\`${path}\` lies outside the directory of the configuration`);
    // One that cannot be read is missing in the copy as well, whose loading says so.
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null) await write(path === file ? staged : join(folder, name), bytes);
  }
}

/** True if the copy is the one in force. */
export async function isActive(home: string, { folder }: Staged): Promise<boolean> {
  return (await readlink(activeFolder(home)).catch(() => null)) === basename(folder);
}

export async function unstage({ folder }: Staged): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Adds the signatures to a copy, and makes it the configuration in force. */
export async function install(home: string, { folder, file }: Staged, signed: Activation['signed']): Promise<void> {
  await write(join(folder, ACTIVATION), activationJson({ file: basename(file), signed }));
  const link = activeFolder(home);
  const before = await readlink(link).catch(() => null);
  const draft = `${link}.${randomBytes(6).toString('hex')}`;
  await symlink(basename(folder), draft);
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

export async function keepPending(home: string, signed: Activation['signed']): Promise<void> {
  await rm(join(home, 'keys', PENDING), { force: true });
  await write(join(home, 'keys', PENDING), activationJson({ file: '', signed }));
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
