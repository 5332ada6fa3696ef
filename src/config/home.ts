/**
 * The home directory of an installation. It holds keys, the log and the rules, so nobody but its owner may reach into
 * it, and nothing in it may lead elsewhere. Used in the first milliseconds of a start: nothing heavy is imported here.
 */
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The home cannot be used as it is. The message gives the command that helps. */
export class HomeError extends Error {
  readonly code:
    'relative' | 'missing' | 'not_a_directory' | 'symlink' | 'foreign_owner' | 'open_to_others' | 'unusable';
  constructor(code: HomeError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HomeError';
    this.code = code;
  }
}

const DIRECTORIES = ['policies', 'audit', 'keys'] as const;

/** The home's path: `COUNTERSIGN_HOME`, else `~/.countersign`. Throws `HomeError` for a relative one. */
export function locateHome(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['COUNTERSIGN_HOME'] ?? '';
  if (named === '') return join(homedir(), '.countersign');
  if (isAbsolute(named)) return named;
  throw new HomeError(
    'relative',
    `COUNTERSIGN_HOME is \`${named}\`; write an absolute path, or the home depends on where the gateway is started`,
  );
}

/**
 * Checks a home and answers its path; with `create`, makes what is missing first. Throws `HomeError` for a foreign
 * owner, for access by group or others, and for a symbolic link in its place or directly inside it. On Windows, which has
 * neither owners nor modes in this sense, only links are refused.
 */
export function openHome(directory: string, options: { readonly create?: boolean } = {}): string {
  if (!isAbsolute(directory)) throw new HomeError('relative', `the home \`${directory}\` is not an absolute path`);
  return attempt(directory, () => {
    if (options.create === true && statOf(directory) === null) mkdirSync(directory, { recursive: true, mode: 0o700 });
    checkHome(directory);
    for (const name of DIRECTORIES) prepare(join(directory, name), options.create === true);
    return directory;
  });
}

function attempt<T>(directory: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof HomeError) throw cause;
    const why = cause instanceof Error ? cause.message : 'unknown';
    throw new HomeError('unusable', `the home \`${directory}\` cannot be used: ${why}`, { cause });
  }
}

function statOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function checkHome(directory: string): void {
  const stats = statOf(directory);
  if (stats === null) {
    throw new HomeError(
      'missing',
      `there is no home \`${directory}\`; set COUNTERSIGN_HOME, or run: mkdir -m 700 ${quoted(directory)}`,
    );
  }
  checkEntry(directory, stats);
  if (!stats.isDirectory()) throw new HomeError('not_a_directory', `the home \`${directory}\` is not a directory`);
  checkMode(directory, stats);
  for (const entry of readdirSync(directory)) {
    const path = join(directory, entry);
    const inner = statOf(path);
    // A database keeps side files that come and go.
    if (inner !== null) checkEntry(path, inner);
  }
}

/** No link, and ours: another user's entry could be changed by him, and a link leads to where others decide. */
function checkEntry(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) {
    throw new HomeError('symlink', `\`${path}\` is a symbolic link; put the real thing in its place`);
  }
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    throw new HomeError(
      'foreign_owner',
      `\`${path}\` belongs to the user ${stats.uid}, not to you (${uid}); run: chown -R ${uid} ${quoted(path)}`,
    );
  }
}

function checkMode(path: string, stats: Stats): void {
  if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  throw new HomeError(
    'open_to_others',
    `\`${path}\` is open to other users (mode ${mode}); run: chmod 700 ${quoted(path)}`,
  );
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function prepare(path: string, create: boolean): void {
  const stats = statOf(path);
  if (stats === null) {
    if (create) mkdirSync(path, { mode: 0o700 });
    return;
  }
  if (!stats.isDirectory()) throw new HomeError('not_a_directory', `\`${path}\` is not a directory; move it away`);
}
