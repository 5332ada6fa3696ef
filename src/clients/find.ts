/** Which of a client's places hold a file on this machine. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CLIENTS, type Client } from './clients.ts';
import { type Machine, type Place, projectPlace, userPlaces } from './places.ts';

/** Whose servers a file lists: a person's everywhere, or those of one project. */
export type Scope = 'user' | 'project';

/** A configuration file of a client, which may not be there yet. */
export interface ClientFile {
  readonly client: Client;
  readonly scope: Scope;
  readonly path: string;
}

/** The files of the person that are there, of every client. A client may have several of which it reads one. */
export function userFiles(machine: Machine): readonly ClientFile[] {
  return CLIENTS.flatMap((client) =>
    pathsOf(client, machine)
      .filter((path) => existsSync(path))
      .map((path) => ({ client, scope: 'user' as const, path })),
  );
}

/** The files of the project in a directory that are there. */
export function projectFiles(machine: Machine, directory: string): readonly ClientFile[] {
  return CLIENTS.flatMap((client) => {
    const path = projectPlace(client, machine, directory);
    return path !== null && existsSync(path) ? [{ client, scope: 'project' as const, path }] : [];
  });
}

/** The file that a client reads: the newest that is there, else where it would stand; null for a scope it has not. */
export function fileOf(client: Client, scope: Scope, machine: Machine, directory: string): ClientFile | null {
  if (scope === 'project') {
    const path = projectPlace(client, machine, directory);
    return path === null ? null : { client, scope, path };
  }
  const paths = pathsOf(client, machine);
  const [newest] = paths.filter((path) => existsSync(path)).sort((a, b) => changedMs(b) - changedMs(a));
  // A client that was installed and never configured has its folder.
  const path = newest ?? paths.find((one) => existsSync(dirname(one))) ?? paths[0];
  return path === undefined ? null : { client, scope, path };
}

function pathsOf(client: Client, machine: Machine): readonly string[] {
  return userPlaces(client, machine).flatMap(expanded);
}

function expanded(place: Place): readonly string[] {
  if (place.is === 'file') return [place.path];
  return namesIn(place.folder)
    .filter((name) => name.startsWith(place.prefix))
    .sort()
    .map((name) => join(place.folder, name, place.rest));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
