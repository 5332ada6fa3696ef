/**
 * `countersign connect --socket`: what a client launches in guarded mode. It holds the grant token and nothing else, and
 * passes bytes on; the gateway at the other end runs as another user.
 */
import { connect as dial, type Socket } from 'node:net';
import { CommandError, Exit, type ExitCode, reportError } from '../report.ts';
import { readToken } from '../token-source.ts';
import { socketPath } from './address.ts';
import { helloLine } from './hello.ts';

/** Passes on until either side ends. Throws `CommandError` if no gateway can be reached. */
export async function connect(options: { readonly socket: string }): Promise<ExitCode> {
  const path = socketPath(options.socket);
  const token = readToken(process.env);
  const socket = await reach(path);
  socket.write(helloLine(token));
  try {
    return await passOn(socket, path);
  } finally {
    // Whatever is still open on this side must not keep the process.
    socket.destroy();
    process.stdin.destroy();
  }
}

/** The same, as a whole process: nothing of the command line is loaded for it. */
export async function run(socket: string): Promise<void> {
  process.exitCode = await connect({ socket }).catch(reportError);
}

/** A connection to a gateway. Throws `CommandError` for one that cannot be reached. */
export function reach(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial({ path, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => reject(unreachable(path, error)));
  });
}

function unreachable(path: string, error: Error): CommandError {
  const code = 'code' in error ? error.code : '';
  const [message, advice] =
    code === 'EACCES'
      ? [`this user may not connect to \`${path}\``, 'ask the operator to add it to the group of the socket']
      : [`no gateway listens on \`${path}\``, 'ask the operator to start `countersign serve --socket`'];
  return new CommandError(Exit.unavailable, message, advice, { cause: error });
}

/** Resolves when everything that came has been written. */
function passOn(socket: Socket, path: string): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    let hasAnswered = false;
    socket.once('data', () => (hasAnswered = true));
    // A session that ends before it said anything was turned away.
    socket.once('end', () => {
      if (hasAnswered || process.stdin.readableEnded) process.stdout.write('', () => resolve(Exit.ok));
      else reject(turnedAway(path));
    });
    socket.once('error', () => reject(turnedAway(path)));
    process.stdout.once('error', () => resolve(Exit.ok));
    socket.pipe(process.stdout, { end: false });
    process.stdin.pipe(socket);
  });
}

function turnedAway(path: string): CommandError {
  const advice = 'its journal says why: it was stopped, or too many sessions are open';
  return new CommandError(Exit.unavailable, `the gateway on \`${path}\` closed the connection`, advice);
}
