/**
 * The servers that a client's file lists, whatever words the client has for them. People and installers wrote the file:
 * what is not understood is passed over, and never changed.
 */
import type { DocumentPath } from '../config/tree.ts';
import type { Plain } from '../config/text-edit.ts';
import type { Client } from './clients.ts';

/** How a client reaches a server. */
export type Launch =
  | {
      readonly via: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
    }
  | { readonly via: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** An entry in words that are not known. */
  | { readonly via: 'other' };

/** One server of a client's file. */
export interface Server {
  readonly name: string;
  /** Where its entry stands, its name included. */
  readonly path: DocumentPath;
  readonly launch: Launch;
  readonly isDisabled: boolean;
  /** The entry as it stands there. */
  readonly value: Plain;
}

/** Every server of the data of a client's file. */
export function serversIn(client: Client, data: Plain): readonly Server[] {
  return tablesOf(client, data).flatMap((path) =>
    Object.entries(membersOf(at(data, path)) ?? {}).flatMap(([name, value]) => {
      const entry = membersOf(value);
      return entry === null
        ? []
        : [{ name, path: [...path, name], launch: launchOf(entry), isDisabled: isDisabled(entry), value }];
    }),
  );
}

/** Claude Code keeps what it runs in one project only beside the project's directory, in the person's own file. */
function tablesOf({ name, table }: Client, data: Plain): readonly DocumentPath[] {
  if (name !== 'claude-code') return [table];
  const projects = Object.keys(membersOf(at(data, ['projects'])) ?? {});
  return [table, ...projects.map((project) => ['projects', project, ...table])];
}

type Members = Readonly<Record<string, Plain>>;

function membersOf(value: Plain | undefined): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

/** What stands at a path; undefined where nothing does. */
export function at(data: Plain, path: DocumentPath): Plain | undefined {
  return path.reduce<Plain | undefined>((here, step) => {
    const members = membersOf(here);
    return members !== null && Object.hasOwn(members, String(step)) ? members[String(step)] : undefined;
  }, data);
}

function isDisabled(entry: Members): boolean {
  return entry['disabled'] === true || entry['enabled'] === false;
}

function launchOf(entry: Members): Launch {
  const url = ['url', 'serverUrl', 'httpUrl'].map((key) => entry[key]).find((value) => typeof value === 'string');
  if (url !== undefined) {
    const headers = { ...textsOf(entry['headers']), ...textsOf(entry['http_headers']) };
    return { via: 'http', url, headers };
  }
  // Zed once kept command, arguments and environment one level deeper.
  const nested = membersOf(entry['command']);
  const words: Members = nested === null ? entry : { ...entry, ...nested, command: nested['path'] ?? null };
  const { command, args, env, cwd } = words;
  if (typeof command !== 'string' || command === '') return { via: 'other' };
  const given = Array.isArray(args) ? (args as readonly Plain[]) : [];
  if (given.some((arg) => typeof arg === 'object')) return { via: 'other' };
  const texts = given.map(String);
  return { via: 'stdio', command, args: texts, env: textsOf(env), cwd: typeof cwd === 'string' ? cwd : null };
}

function textsOf(value: Plain | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(membersOf(value) ?? {}).flatMap(([key, text]) =>
      typeof text === 'string' || typeof text === 'number' || typeof text === 'boolean' ? [[key, String(text)]] : [],
    ),
  );
}

/** True for an entry that starts the gateway. */
export function isOurs({ launch }: Pick<Server, 'launch'>): boolean {
  if (launch.via !== 'stdio') return false;
  const { command, args, env } = launch;
  if (Object.keys(env).some((name) => name.startsWith('COUNTERSIGN_TOKEN'))) return true;
  return [command, ...args].some((word) => /(?:^|[\\/])countersign(?:\.(?:js|cmd|exe))?(?:@[\w.+-]+)?$/.test(word));
}
