/** Files of the home: written in one step, for their owner alone. */
import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { replaceFile } from '../config/replace-file.ts';
import { CommandError, Exit } from './report.ts';

/** Durable when it resolves; a file that is there keeps its mode. */
export async function writePrivately(file: string, text: string): Promise<void> {
  const mode = existsSync(file) ? (await stat(file)).mode & 0o777 : 0o600;
  await replaceFile(file, text, mode);
}

/** Throws `CommandError` if the file does not hold the text that was edited. */
export async function checkUntouched(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return;
  throw new CommandError(
    Exit.found,
    `somebody else changed \`${file}\` meanwhile, so nothing was saved`,
    'open it again, and edit what it says now',
  );
}

/** A gateway that reads it meanwhile sees the one or the other, and never a half. A link goes on being one. */
export async function rewrite(link: string, text: string): Promise<void> {
  const file = existsSync(link) ? await realpath(link) : link;
  try {
    await writePrivately(file, text);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new CommandError(Exit.unavailable, `cannot write \`${file}\`: ${code}`, undefined, { cause });
  }
}
