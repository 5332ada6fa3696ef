import { describe, expect, it } from 'vitest';
import { CLIENTS, clientNamed, type Machine, projectPlace, userPlaces } from '../../src/clients/index.ts';

const MAC: Machine = { platform: 'darwin', home: '/Users/ada', env: {} };
const LINUX: Machine = { platform: 'linux', home: '/home/ada', env: {} };
const WINDOWS: Machine = {
  platform: 'win32',
  home: 'C:\\Users\\ada',
  env: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming', LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' },
};

function placesOf(name: string, machine: Machine): string[] {
  const client = clientNamed(name);
  if (client === undefined) throw new Error(`there is no client ${name}`);
  return userPlaces(client, machine).map((place) =>
    place.is === 'file' ? place.path : `${place.folder}|${place.prefix}*|${place.rest}`,
  );
}

describe('when the configuration of a client is looked for', () => {
  it('knows the place of each on macOS', () => {
    expect(Object.fromEntries(CLIENTS.map(({ name }) => [name, placesOf(name, MAC)]))).toEqual({
      'claude-desktop': ['/Users/ada/Library/Application Support/Claude/claude_desktop_config.json'],
      'claude-code': ['/Users/ada/.claude.json'],
      cursor: ['/Users/ada/.cursor/mcp.json'],
      vscode: ['/Users/ada/Library/Application Support/Code/User/mcp.json'],
      codex: ['/Users/ada/.codex/config.toml'],
      'gemini-cli': ['/Users/ada/.gemini/settings.json'],
      windsurf: ['/Users/ada/.codeium/windsurf/mcp_config.json'],
      zed: ['/Users/ada/.config/zed/settings.json'],
      cline: [
        '/Users/ada/.cline/data/settings/cline_mcp_settings.json',
        '/Users/ada/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
      ],
    });
  });

  it('knows the place of each on Linux', () => {
    expect(Object.fromEntries(CLIENTS.map(({ name }) => [name, placesOf(name, LINUX)[0]]))).toEqual({
      'claude-desktop': '/home/ada/.config/Claude/claude_desktop_config.json',
      'claude-code': '/home/ada/.claude.json',
      cursor: '/home/ada/.cursor/mcp.json',
      vscode: '/home/ada/.config/Code/User/mcp.json',
      codex: '/home/ada/.codex/config.toml',
      'gemini-cli': '/home/ada/.gemini/settings.json',
      windsurf: '/home/ada/.codeium/windsurf/mcp_config.json',
      zed: '/home/ada/.config/zed/settings.json',
      cline: '/home/ada/.cline/data/settings/cline_mcp_settings.json',
    });
  });

  it('knows the place of each on Windows, packaged ones of Claude Desktop too', () => {
    expect(placesOf('claude-desktop', WINDOWS)).toEqual([
      'C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
      'C:\\Users\\ada\\AppData\\Local\\Packages|Claude_*|LocalCache\\Roaming\\Claude\\claude_desktop_config.json',
      'C:\\Users\\ada\\AppData\\Local\\Claude-Data|claude_*|claude_desktop_config.json',
    ]);
    expect(Object.fromEntries(CLIENTS.slice(1).map(({ name }) => [name, placesOf(name, WINDOWS)[0]]))).toEqual({
      'claude-code': 'C:\\Users\\ada\\.claude.json',
      cursor: 'C:\\Users\\ada\\.cursor\\mcp.json',
      vscode: 'C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\mcp.json',
      codex: 'C:\\Users\\ada\\.codex\\config.toml',
      'gemini-cli': 'C:\\Users\\ada\\.gemini\\settings.json',
      windsurf: 'C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json',
      zed: 'C:\\Users\\ada\\AppData\\Roaming\\Zed\\settings.json',
      cline: 'C:\\Users\\ada\\.cline\\data\\settings\\cline_mcp_settings.json',
    });
  });

  it('follows the variables by which people move them', () => {
    const env = (variables: Record<string, string>): Machine => ({ ...LINUX, env: variables });
    expect(placesOf('claude-desktop', env({ XDG_CONFIG_HOME: '/x' }))).toEqual([
      '/x/Claude/claude_desktop_config.json',
    ]);
    expect(placesOf('zed', env({ XDG_CONFIG_HOME: '/x' }))).toEqual(['/x/zed/settings.json']);
    expect(placesOf('codex', env({ CODEX_HOME: '/c' }))).toEqual(['/c/config.toml']);
    expect(placesOf('claude-code', env({ CLAUDE_CONFIG_DIR: '/cc' }))).toEqual(['/cc/.claude.json']);
    expect(placesOf('vscode', env({ VSCODE_PORTABLE: '/p' }))).toEqual(['/p/user-data/User/mcp.json']);
    expect(placesOf('cline', env({ CLINE_DIR: '/d' }))[0]).toBe('/d/data/settings/cline_mcp_settings.json');
    expect(placesOf('cline', env({ CLINE_DIR: '/d', CLINE_DATA_DIR: '/e' }))[0]).toBe(
      '/e/settings/cline_mcp_settings.json',
    );
    expect(placesOf('codex', env({ CODEX_HOME: '' }))).toEqual(['/home/ada/.codex/config.toml']);
  });

  it('knows the file of a project, where the client has one', () => {
    const of = (machine: Machine, directory: string): (string | null)[] =>
      CLIENTS.map((client) => projectPlace(client, machine, directory));
    expect(of(LINUX, '/p')).toEqual([
      null,
      '/p/.mcp.json',
      '/p/.cursor/mcp.json',
      '/p/.vscode/mcp.json',
      '/p/.codex/config.toml',
      '/p/.gemini/settings.json',
      null,
      '/p/.zed/settings.json',
      null,
    ]);
    expect(of(WINDOWS, 'C:\\p')[2]).toBe('C:\\p\\.cursor\\mcp.json');
    for (const client of CLIENTS)
      expect(client.hasProjects, client.name).toBe(projectPlace(client, LINUX, '/p') !== null);
  });
});
