/** Where a client's token comes from: its environment, or a file that the environment names. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Environment } from './compose.ts';
import { hint, say } from './report.ts';

/** The token as it was given; undefined if there is none. Throws `Error` for a file that cannot be read. */
export function readToken(env: Environment): string | undefined {
  const file = env['COUNTERSIGN_TOKEN_FILE'];
  if (env['COUNTERSIGN_TOKEN'] !== undefined || file === undefined) return env['COUNTERSIGN_TOKEN'];
  try {
    return readTokenFile(file);
  } catch (cause) {
    throw new Error(`the token file \`${file}\` (COUNTERSIGN_TOKEN_FILE) cannot be read`, { cause });
  }
}

/** Whoever can read the file has the grant, but a client that cannot start does not close it: it is only said. */
function readTokenFile(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { mode } = fstatSync(fd);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) sayOpen(file, mode);
    return readFileSync(fd, 'utf8').trim();
  } finally {
    closeSync(fd);
  }
}

function sayOpen(file: string, mode: number): void {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  say(`the token file \`${file}\` (COUNTERSIGN_TOKEN_FILE) is open to other users (mode ${octal})`);
  hint(`chmod 600 ${file}`);
}
