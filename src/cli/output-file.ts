/** A file that a command writes for its caller: only the owner reads it, and nothing that is there is replaced unasked. */
import { randomBytes } from 'node:crypto';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { CommandError, Exit } from './report.ts';

export class OutputFile {
  readonly #path: string;
  readonly #isForced: boolean;

  private constructor(path: string, isForced: boolean) {
    this.#path = path;
    this.#isForced = isForced;
  }

  /** Asks early, before anything long is begun. Throws `CommandError` for a file that is there, unless forced. */
  static async claim(path: string, isForced: boolean): Promise<OutputFile> {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() === true)
      throw new CommandError(Exit.usage, `cannot write \`${path}\`: it is a directory`);
    if (found !== undefined && !isForced) throw isThere(path);
    return new OutputFile(path, isForced);
  }

  /** Writes the whole file or none. Throws `CommandError`. */
  async write(text: string): Promise<void> {
    try {
      if (this.#isForced) await this.#replace(text);
      else await create(this.#path, text);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      if (code === 'EEXIST') throw isThere(this.#path);
      throw new CommandError(Exit.usage, `cannot write \`${this.#path}\`: ${code}`, undefined, { cause: error });
    }
  }

  /** By a new file in its place: a link is replaced and not followed, and the old file's mode is not taken over. */
  async #replace(text: string): Promise<void> {
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await create(draft, text);
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

function isThere(path: string): CommandError {
  return new CommandError(Exit.usage, `cannot write \`${path}\`: it is there already`, '--force replaces it');
}

/** Half a file that could not be finished is taken away again. */
async function create(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
