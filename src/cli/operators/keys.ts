/** Operators' own keys in a home: one sealed file each under `keys/operators`. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, Exit } from '../report.ts';

export function keyFile(home: string, operator: string): string {
  return join(home, 'keys', 'operators', `${operator}.key`);
}

/** Throws `CommandError` if the key is not on this machine. */
export async function readKey(home: string, operator: string): Promise<string> {
  const file = keyFile(home, operator);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(
      Exit.unavailable,
      `the key of \`${operator}\` is not in \`${file}\``,
      'sign on the machine where it was made, or enrol an SSH key: countersign operator add --ssh-key',
      { cause },
    );
  }
}

/** Keeps a sealed key, in place of an older one. Durable when it resolves. */
export async function keepKey(home: string, operator: string, sealedText: string): Promise<void> {
  const file = keyFile(home, operator);
  await mkdir(join(home, 'keys', 'operators'), { recursive: true, mode: 0o700 });
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(sealedText);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
