/** Where a guarded gateway listens: a Unix socket that only its owner can put in place. */
import { lstatSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { CommandError, Exit } from '../report.ts';

/** `sun_path` of the systems we run on, less its end. */
const MAX_PATH_BYTES = 103;

/** The socket's path, made absolute. Throws `CommandError` for one that no system takes. */
export function socketPath(path: string): string {
  if (process.platform === 'win32')
    throw new CommandError(Exit.usage, 'guarded mode needs Unix sockets', 'run the gateway on Linux or macOS');
  const absolute = resolve(path);
  const bytes = Buffer.byteLength(absolute);
  if (bytes > MAX_PATH_BYTES)
    throw new CommandError(Exit.usage, `the socket path has ${bytes} bytes, and no more than ${MAX_PATH_BYTES} fit`);
  return absolute;
}

/** `0660` and its kin; the others may never write what the owner may not. Throws `CommandError`. */
export function socketMode(text: string): number {
  const mode = /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (Number.isNaN(mode) || (mode & 0o600) !== 0o600 || (mode & 0o111) !== 0)
    throw new CommandError(
      Exit.usage,
      `\`${text}\` is no mode for a socket`,
      '0660 lets the group connect, 0666 everybody',
    );
  return mode;
}

/**
 * Takes away the socket of a gateway that died. Throws `CommandError` where another listens, where something else has the
 * name, and where others may replace the socket: whoever can, collects the tokens of all who connect.
 */
export async function makeWay(path: string): Promise<void> {
  const folder = dirname(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true)
    throw new CommandError(Exit.usage, `the directory \`${folder}\` is not there`, `mkdir -m 755 ${folder}`);
  const open = othersFolder(folder) ?? othersFolder(realpathSync(folder));
  if (open !== null)
    throw new CommandError(
      Exit.usage,
      `others can replace the socket: \`${open}\` is not this user's alone to write`,
      'use a directory of the gateway’s own, such as /run/countersign with mode 0755',
    );
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket())
    throw new CommandError(Exit.usage, `\`${path}\` is there and is no socket`, 'name another path');
  if (await answers(path))
    throw new CommandError(Exit.usage, `a gateway listens on \`${path}\` already`, 'stop it, or name another path');
  unlinkSync(path);
}

/**
 * The first folder on the way up that others than a user can write, or null. In one with the sticky bit they can move nothing that is
 * there, but they can be there first: the socket's own must not be one.
 */
export function othersFolder(folder: string, uid = process.getuid?.()): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid: owner } = statSync(at);
    const isSticky = at !== folder && (mode & 0o1000) !== 0;
    if ((uid !== undefined && owner !== uid && owner !== 0) || ((mode & 0o022) !== 0 && !isSticky)) return at;
    if (at === dirname(at)) return null;
  }
}

/** True if somebody listens there. */
export function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', () => done(false));
  });
}
