/**
 * Where each client keeps its configuration, as a function of platform, home and environment, so that the paths of
 * every platform are tested on any. Nothing is read here.
 */
import { posix, win32 } from 'node:path';
import type { Client, ClientName } from './clients.ts';

export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The person's home directory, absolute. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A file, or one below whichever directories of a folder begin with a prefix (packaged apps are called after a hash). */
export type Place =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'below'; readonly folder: string; readonly prefix: string; readonly rest: string };

/** Roots that clients build their paths on. */
interface Roots {
  readonly join: (...parts: string[]) => string;
  readonly home: string;
  /** Where desktop programs keep their settings. */
  readonly applications: string;
  /** `$XDG_CONFIG_HOME`, `~/.config`; on Windows `%APPDATA%`. */
  readonly config: string;
  /** `%LOCALAPPDATA%`; null elsewhere. */
  readonly local: string | null;
  /** A variable; undefined if it is unset or empty. */
  readonly variable: (name: string) => string | undefined;
}

function rootsOf({ platform, home, env }: Machine): Roots {
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  if (platform === 'win32') {
    const join = (...parts: string[]): string => win32.join(...parts);
    const roaming = variable('APPDATA') ?? join(home, 'AppData', 'Roaming');
    const local = variable('LOCALAPPDATA') ?? join(home, 'AppData', 'Local');
    return { join, home, applications: roaming, config: roaming, local, variable };
  }
  const join = (...parts: string[]): string => posix.join(...parts);
  const config = variable('XDG_CONFIG_HOME') ?? join(home, '.config');
  const applications = platform === 'darwin' ? join(home, 'Library', 'Application Support') : config;
  return { join, home, applications, config, local: null, variable };
}

/** Every place of the person's own file, the one for a new file first. */
export function userPlaces(client: Client, machine: Machine): readonly Place[] {
  return PLACES[client.name](rootsOf(machine), machine.platform);
}

const file = (path: string): Place => ({ is: 'file', path });

const PLACES: Readonly<Record<ClientName, (roots: Roots, platform: NodeJS.Platform) => readonly Place[]>> = {
  'claude-desktop': ({ join, applications, local }) => {
    const name = 'claude_desktop_config.json';
    const plain = file(join(applications, 'Claude', name));
    if (local === null) return [plain];
    const roaming = join('LocalCache', 'Roaming', 'Claude', name);
    return [
      plain,
      { is: 'below', folder: join(local, 'Packages'), prefix: 'Claude_', rest: roaming },
      { is: 'below', folder: join(local, 'Claude-Data'), prefix: 'claude_', rest: name },
    ];
  },
  'claude-code': ({ join, home, variable }) => [file(join(variable('CLAUDE_CONFIG_DIR') ?? home, '.claude.json'))],
  cursor: ({ join, home }) => [file(join(home, '.cursor', 'mcp.json'))],
  vscode: (roots) => [file(roots.join(codeUser(roots), 'mcp.json'))],
  codex: ({ join, home, variable }) => [file(join(variable('CODEX_HOME') ?? join(home, '.codex'), 'config.toml'))],
  'gemini-cli': ({ join, home }) => [file(join(home, '.gemini', 'settings.json'))],
  windsurf: ({ join, home }) => [file(join(home, '.codeium', 'windsurf', 'mcp_config.json'))],
  zed: ({ join, home, config }, platform) => [
    file(
      platform === 'win32'
        ? join(config, 'Zed', 'settings.json')
        : join(zedFolder(platform, home, config), 'settings.json'),
    ),
  ],
  cline: (roots) => {
    const { join, home, variable } = roots;
    const data = variable('CLINE_DATA_DIR') ?? join(variable('CLINE_DIR') ?? join(home, '.cline'), 'data');
    const name = 'cline_mcp_settings.json';
    const old = join(codeUser(roots), 'globalStorage', 'saoudrizwan.claude-dev', 'settings', name);
    return [file(join(data, 'settings', name)), file(old)];
  },
};

/** The folder of VS Code's user; a portable one carries its own. */
function codeUser({ join, applications, variable }: Roots): string {
  const portable = variable('VSCODE_PORTABLE');
  return portable === undefined ? join(applications, 'Code', 'User') : join(portable, 'user-data', 'User');
}

/** On macOS Zed keeps to `~/.config`. */
function zedFolder(platform: NodeJS.Platform, home: string, config: string): string {
  return platform === 'darwin' ? posix.join(home, '.config', 'zed') : posix.join(config, 'zed');
}

const PROJECT: Readonly<Record<ClientName, readonly string[] | null>> = {
  'claude-desktop': null,
  'claude-code': ['.mcp.json'],
  cursor: ['.cursor', 'mcp.json'],
  vscode: ['.vscode', 'mcp.json'],
  codex: ['.codex', 'config.toml'],
  'gemini-cli': ['.gemini', 'settings.json'],
  windsurf: null,
  zed: ['.zed', 'settings.json'],
  cline: null,
};

/** The file of a project, in its directory; null for a client that has none. */
export function projectPlace(client: Client, machine: Machine, directory: string): string | null {
  const parts = PROJECT[client.name];
  return parts === null ? null : (machine.platform === 'win32' ? win32 : posix).join(directory, ...parts);
}
