/**
 * What has to hold for the level `guarded`, looked at by the gateway's own user: a socket that others can use and cannot
 * replace, a home and a program that others cannot change, and no client of this user. Access lists beyond owner and mode
 * are not seen, nor who may become this user.
 */
import { existsSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { LoadedConfig } from '../../config/types.ts';
import { machineOf } from '../clients/machine.ts';
import { survey } from '../clients/survey.ts';
import type { Environment } from '../compose.ts';
import { answers, othersFolder } from '../guarded/address.ts';
import { notedSocket } from '../guarded/note.ts';

interface Parts {
  readonly home: string;
  readonly config: LoadedConfig;
  readonly env: Environment;
  /** `--socket`; left out, the one that the gateway noted. */
  readonly socket: string | undefined;
}

/** The first thing that keeps an installation from being guarded, in words; null where it is proven to be. */
export async function guardedGap({ home, config, env, socket }: Parts): Promise<string | null> {
  const uid = process.getuid?.();
  const path = socket ?? notedSocket(home);
  if (uid === undefined || path === null) return 'run the gateway as a user that no agent runs as: docs/guarded.md';
  if (uid === 0) return 'the gateway runs as root, and so do the payment servers: give it a user of its own';
  return (
    socketGap(path, uid) ??
    (await silentGap(path)) ??
    filesGap([home, ...config.files, ...programs(config)], uid) ??
    (await clientGap(env))
  );
}

function socketGap(path: string, uid: number): string | null {
  const stats = statsOf(path);
  if (stats?.isSocket() !== true) return `\`${path}\` is no socket: countersign serve --socket ${path}`;
  if (stats.uid !== uid) return `\`${path}\` belongs to the user ${stats.uid}, not to this one (${uid})`;
  const open = othersFolder(dirname(path)) ?? othersFolder(realpathSync(dirname(path)));
  if (open !== null) return `others can replace \`${path}\`: \`${open}\` is not this user's alone to write`;
  if ((stats.mode & 0o022) === 0)
    return `nobody but this user can connect to \`${path}\`, so the agent runs as this user: serve with --mode 0660`;
  return null;
}

async function silentGap(path: string): Promise<string | null> {
  return (await answers(path)) ? null : `no gateway listens on \`${path}\`: countersign serve --socket ${path}`;
}

/** Everything that decides what runs: the gateway, Node, and the programs of the payment servers. */
function programs({ upstreams }: LoadedConfig): readonly string[] {
  const words = [...upstreams.values()].flatMap((one) => (one.via === 'stdio' ? [one.command, ...one.args] : []));
  return [process.execPath, ...ourFiles(process.argv[1] ?? ''), ...words.filter((word) => isAbsolute(word))];
}

/** What beside its own package the gateway loads. */
const LOADED = ['@photostructure/sqlite', 'node-gyp-build', '@napi-rs'];

function ourFiles(script: string): readonly string[] {
  const root = dirname(dirname(realpathSync(script)));
  const around = [join(root, 'node_modules'), dirname(root)];
  const packages = around.flatMap((folder) => LOADED.map((name) => join(folder, name)));
  return [script, join(root, 'package.json'), ...[join(root, 'bin'), join(root, 'dist'), ...packages].flatMap(below)];
}

function below(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [folder, ...names.map((name) => join(folder, name))];
}

function filesGap(paths: readonly string[], uid: number): string | null {
  for (const path of paths.filter((one) => existsSync(one))) {
    const place = realpathSync(path);
    const folder = othersFolder(dirname(path)) ?? othersFolder(dirname(place));
    const open = folder ?? (isOthers(statSync(place), uid) ? path : null);
    if (open !== null) return `others can change \`${path}\`: \`${open}\` is not this user's alone to write`;
  }
  return null;
}

function isOthers({ uid: owner, mode }: Stats, uid: number): boolean {
  return (owner !== uid && owner !== 0) || (mode & 0o022) !== 0;
}

/** A client of this user runs its agent as this user. */
async function clientGap(env: Environment): Promise<string | null> {
  const machine = machineOf(env);
  const homes = new Set([machine.home, ...passwdHome()]);
  for (const home of homes) {
    const [found] = await survey({ ...machine, home }, null);
    if (found !== undefined)
      return `${found.file.client.title} is set up for this user (\`${found.file.path}\`): run agents as another`;
  }
  return null;
}

/** The variable `HOME` may be somebody else's; a user of a container has no entry at all. */
function passwdHome(): readonly string[] {
  try {
    return [userInfo().homedir];
  } catch {
    return [];
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
