/** Private files: made whole or not at all, and read only if nobody else could have touched them. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SecretError } from './errors.ts';

const LARGEST_FILE_BYTES = 1024 * 1024;

/** Makes a directory with mode 0700, or checks the one there is. */
export async function privateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unwritable(path, error);
  }
  await checkDirectory(path);
}

/** Throws `SecretError` `unsafe_file` for a directory that others can use, and what `lstat` throws. */
export async function checkDirectory(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw unsafe(path, 'is not a directory');
  refuseOthers(path, found);
}

/** The content of a private file; undefined if there is none. Throws `SecretError` `unsafe_file`. */
export async function readPrivate(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw unsafe(path, hasCode(error, 'ELOOP') ? 'is a symbolic link' : 'cannot be read', error);
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) throw unsafe(path, 'is not a regular file');
    refuseOthers(path, found);
    if (found.size > LARGEST_FILE_BYTES) throw unsafe(path, 'is too large');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Puts a file in place, complete and durable, with mode 0600. False if the name is taken: what is there stays. The name
 * appears by `link`, so that no reader sees half a file and no two writers make the same version.
 */
export async function createPrivate(path: string, content: string): Promise<boolean> {
  const directory = dirname(path);
  const draft = join(directory, `.draft-${randomUUID()}`);
  try {
    await writeDraft(draft, content);
    await link(draft, path);
    await syncDirectory(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw unwritable(path, error);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function writeDraft(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a file; nothing happens if there is none. */
export async function removePrivate(path: string): Promise<void> {
  try {
    await unlink(path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw unwritable(path, error);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function refuseOthers(path: string, { uid, mode }: { readonly uid: number; readonly mode: number }): void {
  if (process.getuid === undefined) return;
  if (uid !== process.getuid()) throw unsafe(path, 'belongs to another user');
  if ((mode & 0o077) !== 0) throw unsafe(path, 'is open to other users; take their access away with `chmod go=`');
}

function unsafe(path: string, what: string, cause?: unknown): SecretError {
  return new SecretError('unsafe_file', `\`${path}\` ${what}`, { cause });
}

function unwritable(path: string, cause: unknown): SecretError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new SecretError('unwritable', `\`${path}\` cannot be written: ${detail}`, { cause });
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
