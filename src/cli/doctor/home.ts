/** The home: there, ours, and closed to others down to its files. */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { locateHome, openHome } from '../../config/home.ts';
import { type Environment, Installation } from '../compose.ts';
import { Exit } from '../report.ts';
import { counted, failed, failure, type Finding, passed, shellWord, warned, wordsOf } from './finding.ts';

/** Where the home is, opened if it may be used. */
export interface HomeExamined {
  /** Empty where it is not even said. */
  readonly directory: string;
  readonly installation: Installation | null;
  readonly findings: readonly Finding[];
}

/** Checks the home. It makes no home, and changes no mode. */
export function examineHome(env: Environment, configFile: string | undefined): HomeExamined {
  let directory = '';
  try {
    directory = locateHome(env);
    openHome(directory);
    const installation = new Installation(env, { configFile, create: false });
    return { directory, installation, findings: insideOf(directory) };
  } catch (error) {
    return { directory, installation: null, findings: [failure('home', wordsOf(error), Exit.usage)] };
  }
}

/** What the vault and the store refuse to read if others could have touched it. */
const REFUSED = ['keys', 'state.db', 'state.db-wal', 'state.db-shm'];

function insideOf(directory: string): readonly Finding[] {
  const refused = REFUSED.flatMap((name) => openEntries(directory, name));
  const readable = openEntries(directory, 'audit');
  if (refused.length + readable.length === 0)
    return [passed('home', `the home \`${directory}\`, its keys, its log and its state are yours alone`)];
  const words = (paths: readonly string[]): string =>
    `${counted(paths.length, 'file')} in the home open to other users, or not yours: \`${paths[0] ?? ''}\``;
  const fix = (paths: readonly string[]): string => `chmod go= ${paths.slice(0, 20).map(shellWord).join(' ')}`;
  return [
    ...(refused.length === 0 ? [] : [failed('home.keys', words(refused), fix(refused), Exit.usage)]),
    ...(readable.length === 0 ? [] : [warned('home.audit', words(readable), fix(readable))]),
  ];
}

/** The entry and all below it that another user can use, that is another user's, or that leads elsewhere. */
function openEntries(directory: string, name: string): readonly string[] {
  const root = join(directory, name);
  if (!existsSync(root) || process.platform === 'win32') return [];
  const below = lstatSync(root).isDirectory() ? readdirSync(root, { recursive: true, encoding: 'utf8' }) : [];
  return [root, ...below.map((path) => join(root, path))].filter(isOpen);
}

function isOpen(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  return stats.isSymbolicLink() || stats.uid !== process.getuid?.() || (stats.mode & 0o077) !== 0;
}
