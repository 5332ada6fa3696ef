/** The state file itself: made private before the engine sees it, and watched for being swapped underneath. */
import { closeSync, constants, lstatSync, openSync, statSync, type Stats } from 'node:fs';
import { StateError } from '../port.ts';

/** Makes the file with mode 0600, so that the engine's own files beside it inherit that, or checks the one there is. */
export function prepareFile(file: string): void {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw cannotUse(file, error);
    refuseForeign(file, lstatSync(file));
  }
}

/** Another user who may write the file could grant himself anything, so such a file is not read. */
function refuseForeign(file: string, found: Stats): void {
  if (!found.isFile()) throw unsafe(file, 'is not a regular file');
  if (process.getuid === undefined) return;
  if (found.uid !== process.getuid()) throw unsafe(file, 'belongs to another user');
  if ((found.mode & 0o077) !== 0) throw unsafe(file, 'is open to other users; run `chmod 600` on it');
}

/** Answers a check that `file` is still the file that was opened: an unlinked one would hide every revocation. */
export function guardFile(file: string): () => void {
  const opened = statSync(file);
  return () => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.ino === opened.ino && found.dev === opened.dev) return;
    throw unsafe(file, 'was removed or replaced while in use; start again');
  };
}

function unsafe(file: string, what: string): StateError {
  return new StateError('unavailable', `the state file \`${file}\` ${what}`);
}

function cannotUse(file: string, cause: unknown): StateError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StateError('unavailable', `the state file \`${file}\` cannot be made: ${detail}`, { cause });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
