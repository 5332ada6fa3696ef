/** The payment server of `countersign sandbox`: a real MCP server on standard input and output, money of nobody. */
import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Ledger, SandboxError } from './ledger.ts';
import type { Recorder } from './ledger.ts';
import { addTools } from './tools.ts';

/** Appends each operation as a JSON line to `file`; without a file nothing is kept outside the process. */
function recorderFor(file: string | undefined): Recorder {
  if (file === undefined || file === '') return () => undefined;
  return (operation) => {
    try {
      appendFileSync(file, `${JSON.stringify(operation)}\n`, { mode: 0o600 });
    } catch (cause) {
      throw new SandboxError('record_failed', `the ledger file \`${file}\` cannot be written; nothing was done`, {
        cause,
      });
    }
  };
}

/**
 * Serves until standard input ends. `SANDBOX_LEDGER_FILE` names a file that takes each executed operation. Resolves
 * when every call that was read has been answered and standard output is flushed.
 */
export async function runSandbox(): Promise<void> {
  const server = new McpServer({ name: 'countersign-sandbox', version: '1' });
  addTools(server, new Ledger(recorderFor(process.env['SANDBOX_LEDGER_FILE'])));
  const ended = new Promise<void>((resolve) => {
    // The transport takes no notice of the end of its input.
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    // The client is gone: there is nobody left to answer.
    process.stdout.once('error', () => resolve());
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await settled();
  await server.close();
}

/** Every tool answers without waiting for anything outside, so that a few turns of the loop write all answers. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}
