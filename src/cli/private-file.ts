/** Files of the home: written in one step, for their owner alone. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { replaceFile } from '../config/replace-file.ts';

/** Durable when it resolves; a file that is there keeps its mode. */
export async function writePrivately(file: string, text: string): Promise<void> {
  const mode = existsSync(file) ? (await stat(file)).mode & 0o777 : 0o600;
  await replaceFile(file, text, mode);
}
