/** The MCP clients that are known: one entry holds all that is known of each. */
import type { DocumentPath } from '../config/tree.ts';

/** How a client's configuration is written. */
export type Format = 'jsonc' | 'toml';

export interface Client {
  readonly name: ClientName;
  readonly title: string;
  readonly format: Format;
  /** Where in the file the servers stand, by their names. */
  readonly table: DocumentPath;
  /** True: an entry says that it is started as a process, `"type": "stdio"`. */
  readonly isTyped: boolean;
  /** True: a project may have a file of its own. */
  readonly hasProjects: boolean;
  /** What makes the client read its file again. */
  readonly restart: string;
}

const COMMON = {
  format: 'jsonc',
  table: ['mcpServers'],
  isTyped: false,
  hasProjects: true,
} as const satisfies Partial<Client>;

const TABLE = {
  'claude-desktop': {
    ...COMMON,
    title: 'Claude Desktop',
    hasProjects: false,
    restart: 'quit Claude Desktop wholly and open it again',
  },
  'claude-code': { ...COMMON, title: 'Claude Code', isTyped: true, restart: 'start a new session of Claude Code' },
  cursor: { ...COMMON, title: 'Cursor', restart: 'restart Cursor, or switch the server off and on in its settings' },
  vscode: {
    ...COMMON,
    title: 'VS Code',
    table: ['servers'],
    isTyped: true,
    restart: 'run the command `MCP: List Servers` in VS Code, and restart the server',
  },
  codex: {
    ...COMMON,
    title: 'Codex',
    format: 'toml',
    table: ['mcp_servers'],
    restart: 'start a new session of Codex',
  },
  'gemini-cli': { ...COMMON, title: 'Gemini CLI', restart: 'start a new session of Gemini CLI' },
  windsurf: {
    ...COMMON,
    title: 'Windsurf',
    hasProjects: false,
    restart: 'refresh the servers in the settings of Windsurf',
  },
  zed: {
    ...COMMON,
    title: 'Zed',
    table: ['context_servers'],
    restart: 'nothing: Zed reads its settings when they change',
  },
  cline: {
    ...COMMON,
    title: 'Cline',
    hasProjects: false,
    restart: 'nothing: Cline reads its settings when they change',
  },
} as const satisfies Record<string, Omit<Client, 'name'>>;

export type ClientName = keyof typeof TABLE;

/** Every client, in the order in which they are listed. */
export const CLIENTS: readonly Client[] = (Object.keys(TABLE) as ClientName[]).map((name) => ({
  name,
  ...TABLE[name],
}));

/** The client of that name; undefined for one that is not known. */
export function clientNamed(name: string): Client | undefined {
  return CLIENTS.find((client) => client.name === name);
}
