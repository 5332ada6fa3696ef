/** The SDK's own client on a child's standard input and output. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { LaunchSpec } from './servers.ts';

/** Starts the server and initializes it. `close` on the client ends the child. */
export async function connectTo(spec: LaunchSpec): Promise<Client> {
  const client = new Client({ name: 'countersign-tests', version: '1' });
  const { command, args, env } = spec;
  await client.connect(new StdioClientTransport({ command, args: [...args], env: { ...env }, stderr: 'ignore' }));
  return client;
}

/** The text of a tool's answer, and whether it was an error. */
export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const result = await client.callTool({ name, arguments: args });
  const content = result.content as readonly { readonly text?: string }[];
  return { text: content.map(({ text }) => text ?? '').join(''), isError: result.isError === true };
}
