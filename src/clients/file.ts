/** A client's file on the disk: read as it is, and replaced in one step. */
import { lstat, readFile, realpath, rm, stat } from 'node:fs/promises';
import { replaceFile } from '../config/replace-file.ts';
import { ClientFileError } from './errors.ts';

/** More than any client's file; Claude Code keeps the history of projects in its own. */
const MAX_BYTES = 32 * 1024 * 1024;
const NEW_MODE = 0o600;

/** What a file held when it was read. */
export interface ClientText {
  /** Null where there was no file. */
  readonly text: string | null;
  /** The permission bits; those of a new file where there was none. */
  readonly mode: number;
}

/** Throws `ClientFileError`: `unreadable`, or `unsafe_file` for what is no file of ours. */
export async function readClientFile(path: string): Promise<ClientText> {
  const place = await placeOf(path);
  if (place === null) return { text: null, mode: NEW_MODE };
  const { size, mode } = await stat(place);
  if (size > MAX_BYTES) throw new ClientFileError('unreadable', `\`${path}\` is over 32 MiB`);
  const bytes = await readFile(place).catch((cause: unknown) => {
    throw new ClientFileError('unreadable', `\`${path}\` cannot be read: ${codeOf(cause)}`, { cause });
  });
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw new ClientFileError('unreadable', `\`${path}\` is not UTF-8 text`);
  return { text, mode: mode & 0o777 };
}

/**
 * Writes a text in place of the one that was read; null removes the file. Its mode stays, and a link goes on being one.
 * Throws `ClientFileError`: `changed_meanwhile` if somebody wrote it since, `unsafe_file`, `unwritable`.
 */
export async function writeClientFile(path: string, before: ClientText, text: string | null): Promise<void> {
  await checkUntouched(path, before);
  const place = (await placeOf(path)) ?? path;
  try {
    if (text === null) await rm(place, { force: true });
    else await replaceFile(place, text, before.mode);
  } catch (cause) {
    throw new ClientFileError('unwritable', `\`${path}\` cannot be written: ${codeOf(cause)}`, { cause });
  }
}

/** Throws `ClientFileError` `changed_meanwhile` if the file is not what was read. */
export async function checkUntouched(path: string, before: ClientText): Promise<void> {
  const now = await readClientFile(path);
  if (now.text !== before.text)
    throw new ClientFileError('changed_meanwhile', `\`${path}\` was changed by somebody else meanwhile`);
}

/**
 * The file behind a path; null where there is none. People keep such files as links into a repository of theirs, which
 * is followed; to somebody else's file it is not, because whoever owns that decides what the client starts.
 */
async function placeOf(path: string): Promise<string | null> {
  const link = await lstat(path).catch((error: unknown) => absent(path, error));
  if (link === null) return null;
  const place = await realpath(path).catch(() => {
    throw new ClientFileError('unsafe_file', `\`${path}\` is a link that leads nowhere`);
  });
  const { uid, isFile } = await stat(place).then((stats) => ({ uid: stats.uid, isFile: stats.isFile() }));
  if (!isFile) throw new ClientFileError('unsafe_file', `\`${path}\` is not a file`);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own)
    throw new ClientFileError('unsafe_file', `\`${place}\` belongs to the user ${uid}, not to you (${own})`);
  return place;
}

function absent(path: string, cause: unknown): null {
  if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return null;
  throw new ClientFileError('unreadable', `\`${path}\` cannot be read: ${codeOf(cause)}`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
