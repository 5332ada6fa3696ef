/**
 * Where a guarded gateway listens, noted in its home for as long as it does, so that `doctor` finds it. Nobody obeys it:
 * whoever reads it looks at the socket itself.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { writePrivately } from '../private-file.ts';

const NAME = 'serving.json';

/** The socket that was noted; null for none. */
export function notedSocket(home: string): string | null {
  try {
    const note: unknown = JSON.parse(readFileSync(join(home, NAME), 'utf8'));
    const socket = typeof note === 'object' && note !== null && 'socket' in note ? note.socket : null;
    return typeof socket === 'string' && isAbsolute(socket) ? socket : null;
  } catch {
    return null;
  }
}

/** Notes a socket in a home that is there. Throws what the file system throws. */
export async function noteSocket(home: string, socket: string): Promise<void> {
  if (existsSync(home)) await writePrivately(join(home, NAME), `${JSON.stringify({ v: 1, socket })}\n`);
}

/** Takes the note away, unless it is another's. */
export function forgetSocket(home: string, socket: string): void {
  if (notedSocket(home) === socket) rmSync(join(home, NAME), { force: true });
}
