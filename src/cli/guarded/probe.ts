/** Whether a gateway on a socket opens a session: what a connector and its client say first, and nothing after it. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CommandError, Exit } from '../report.ts';
import { VERSION } from '../version.ts';
import { reach } from './connect.ts';
import { helloLine } from './hello.ts';

const PATIENCE_MS = 10_000;
/** An answer to `initialize` is far shorter. */
const MAX_ANSWER_BYTES = 256 * 1024;

const INITIALIZE = `${JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'countersign doctor', version: VERSION },
  },
})}\n`;

/** Null if it opens one with this token, else why not. Throws `CommandError` if nothing answers. */
export async function opens(path: string, token: string | undefined): Promise<string | null> {
  const socket = await reach(path);
  try {
    socket.write(helloLine(token) + INITIALIZE);
    return refusalIn(await firstLine(socket, path));
  } finally {
    socket.destroy();
  }
}

async function firstLine(socket: Socket, path: string): Promise<string> {
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  let text = '';
  try {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n') || text.length > MAX_ANSWER_BYTES) socket.destroy();
    });
    await once(socket, 'close');
  } finally {
    clearTimeout(timer);
  }
  const end = text.indexOf('\n');
  if (end !== -1) return text.slice(0, end);
  throw new CommandError(Exit.unavailable, `the gateway on \`${path}\` did not answer`, 'its journal says why');
}

/** The words are the gateway's, which is another user's program. */
function refusalIn(line: string): string | null {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== 'object' || answer === null) return 'it answers no JSON-RPC';
    if ('result' in answer) return null;
    const error: unknown = 'error' in answer ? answer.error : null;
    const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : null;
    return typeof message === 'string' ? message.slice(0, 500) : 'it answers no JSON-RPC';
  } catch {
    return 'it answers no JSON-RPC';
  }
}
