/** The scripted agent: a real MCP client that launches the gateway over stdio, as Claude Desktop or Cursor would. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { VERSION } from '../version.ts';
import { type DemoHome, launcher } from './home.ts';

/** What the agent got back from a call. */
export interface Told {
  readonly denied: boolean;
  readonly rule: string | null;
  readonly text: string;
}

export interface Agent {
  tools(): Promise<readonly string[]>;
  call(tool: string, args: Record<string, unknown>): Promise<Told>;
  close(): Promise<void>;
}

/** Connects an agent that holds `token` to a gateway of its own. */
export async function connectAgent(home: DemoHome, name: string, token: string): Promise<Agent> {
  const client = new Client({ name, version: VERSION });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [launcher()],
    env: { ...home.env, COUNTERSIGN_TOKEN: token },
    stderr: 'inherit',
  });
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (tool, args) => told(await client.callTool({ name: tool, arguments: args })),
    close: () => client.close(),
  };
}

function told(result: Awaited<ReturnType<Client['callTool']>>): Told {
  const content: unknown = result['content'];
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  const decision: unknown = result._meta?.['countersign/decision'];
  return {
    denied: decision !== undefined,
    rule: textOf(decision, 'rule'),
    text: textOf(first, 'text') ?? '',
  };
}

function textOf(value: unknown, key: string): string | null {
  const member: unknown =
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;
  return typeof member === 'string' ? member : null;
}
