/** What the agent's user can tell of a guarded gateway: that it is another user's, and lets this one in. */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isOurs, type Launch, type Machine } from '../../clients/index.ts';
import { survey } from '../clients/survey.ts';
import type { Environment } from '../compose.ts';
import { othersFolder } from '../guarded/address.ts';
import { opens } from '../guarded/probe.ts';
import { Exit } from '../report.ts';
import { readToken } from '../token-source.ts';
import { failed, type Finding, passed, shellWord, warned, wordsOf } from './finding.ts';

/** A gateway on a socket, and the environment from which the connector takes its token. */
export interface Connector {
  readonly socket: string;
  readonly env: Environment;
}

/** The sockets that the clients of this user connect to. */
export async function connectorsOf(machine: Machine): Promise<readonly Connector[]> {
  const servers = (await survey(machine, null)).flatMap((one) => one.servers);
  return servers.filter(isOurs).flatMap(({ launch }) => connectorOf(launch));
}

function connectorOf(launch: Launch): readonly Connector[] {
  if (launch.via !== 'stdio' || !launch.args.includes('connect')) return [];
  const { args, env } = launch;
  const option = args.findIndex((word) => word === '--socket' || word.startsWith('--socket='));
  const word = args[option];
  const socket = word === '--socket' ? args[option + 1] : word?.slice('--socket='.length);
  return option === -1 || socket === undefined ? [] : [{ socket: resolve(socket), env }];
}

/** True for a home that is not there, or that this user may not look into because it is another's. */
export function isAnothers(home: string): boolean {
  try {
    const stats = lstatSync(home, { throwIfNoEntry: false });
    return stats === undefined || stats.uid !== process.getuid?.();
  } catch {
    return true;
  }
}

/** The socket, a session through it, the token, and the home if it is known where that is. */
export async function examineAgentSide(
  { socket, env }: Connector,
  home: string,
  offline: boolean,
): Promise<readonly Finding[]> {
  const found = socketFinding(socket);
  const session = offline || found.status === 'fail' ? [] : [await sessionFinding(socket, env)];
  return [found, ...session, ...tokenFinding(env), ...homeFinding(home)];
}

function socketFinding(socket: string): Finding {
  const fault = (message: string, fix: string): Finding => failed('guarded.socket', message, fix, Exit.unavailable);
  const stats = statsOf(socket);
  if (stats?.isSocket() !== true)
    return fault(`no gateway listens on \`${socket}\``, `as the gateway's user: countersign serve --socket ${socket}`);
  const own = process.getuid?.();
  if (stats.uid === own)
    return fault(
      `the gateway on \`${socket}\` runs as this user (${own}), who can read its keys`,
      'run it as a user that no agent runs as: docs/guarded.md',
    );
  const folder = dirname(socket);
  const open = othersFolder(folder, stats.uid) ?? othersFolder(realpathSync(folder), stats.uid);
  if (open !== null)
    return fault(
      `others than the gateway's user can put another socket in place of \`${socket}\`, because of \`${open}\``,
      'use a directory of the gateway’s own, such as /run/countersign with mode 0755',
    );
  return passed(
    'guarded.socket',
    `the gateway on \`${socket}\` belongs to the user ${stats.uid}, not to you (${own}), and you cannot replace it`,
  );
}

async function sessionFinding(socket: string, env: Environment): Promise<Finding> {
  const fix = 'ask for a new token, as the gateway’s user: countersign grant issue NAME';
  try {
    const refusal = await opens(socket, readToken(env));
    if (refusal === null) return passed('guarded.session', 'it opens a session with your token');
    return failed('guarded.session', `it opens no session: ${refusal}`, fix);
  } catch (error) {
    return failed('guarded.session', wordsOf(error), fix, Exit.unavailable);
  }
}

/** Whoever reads the token has the grant. */
function tokenFinding(env: Environment): readonly Finding[] {
  const file = env['COUNTERSIGN_TOKEN_FILE'];
  const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === undefined || stats === undefined || (stats.mode & 0o077) === 0) return [];
  return [warned('guarded.token', `the token file \`${file}\` is open to other users`, `chmod 600 ${shellWord(file)}`)];
}

function homeFinding(home: string): readonly Finding[] {
  const stats = statsOf(home);
  if (stats === undefined) return [];
  if ((stats.mode & 0o077) === 0)
    return [passed('guarded.home', `its home \`${home}\` is the user ${stats.uid}'s, and closed to you`)];
  return [failed('guarded.home', `its home \`${home}\` is open to other users`, `chmod 700 ${shellWord(home)}`)];
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
