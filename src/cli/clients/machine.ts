/** The machine as clients see it, and the client that a person named. */
import { homedir } from 'node:os';
import {
  type Client,
  type ClientFile,
  ClientFileError,
  clientNamed,
  CLIENTS,
  fileOf,
  type Machine,
  type Scope,
} from '../../clients/index.ts';
import type { Environment } from '../compose.ts';
import { CommandError, Exit } from '../report.ts';

export function machineOf(env: Environment): Machine {
  const home = env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME'] ?? '';
  return { platform: process.platform, home: home === '' ? homedir() : home, env };
}

/** Throws `CommandError` with the clients there are. */
export function clientOf(name: string): Client {
  const client = clientNamed(name);
  if (client !== undefined) return client;
  throw new CommandError(
    Exit.usage,
    `no client \`${name}\` is known`,
    `known are ${CLIENTS.map((one) => `\`${one.name}\``).join(', ')}; for any other: countersign client install --print json`,
  );
}

/** The file of a client. Throws `CommandError` for a scope that it has not. */
export function clientFile(name: string, scope: string | undefined): ClientFile {
  const client = clientOf(name);
  const file = fileOf(client, scopeOf(scope), machineOf(process.env), process.cwd());
  if (file !== null) return file;
  throw new CommandError(Exit.usage, `${client.title} has no configuration of its own in a project`, '--scope user');
}

function scopeOf(text: string | undefined): Scope {
  if (text === undefined || text === 'user' || text === 'project') return text ?? 'user';
  throw new CommandError(Exit.usage, `\`${text}\` behind --scope is none`, '--scope user, or --scope project');
}

/** Runs work on a client's file, with its faults as those of a command. */
export async function onClientFile<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ClientFileError)) throw error;
    throw new CommandError(Exit.usage, error.message, HINTS[error.code], { cause: error });
  }
}

const HINTS: Readonly<Record<ClientFileError['code'], string>> = {
  unreadable: 'nothing was changed',
  syntax: 'nothing was changed; mend the file first, the client cannot read it either',
  not_editable: 'nothing was changed; put the entry in by hand: countersign client install --print json',
  unsafe_file: 'nothing was changed; put a file of your own in its place',
  changed_meanwhile: 'nothing was changed; close the client, and do it again',
  unwritable: 'nothing was changed',
};
