/**
 * `countersign serve --socket`: the gateway under an operating-system user of its own. Every connection gets a process of
 * its own, which takes the connection over unread, so that no session can harm another and no token passes through here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { CommandError, Exit, type ExitCode, hint, say } from '../report.ts';
import { grantTold } from './hello.ts';
import { locateHome } from '../../config/home.ts';
import { forgetSocket, noteSocket } from './note.ts';
import { makeWay, socketMode, socketPath } from './address.ts';

const DEFAULT_SESSIONS = 64;
const MOST_SESSIONS = 1_000;
/** One grant may have a quarter of them, or its agent could keep all others out. */
const SHARE = 4;
/** Sessions that are told to end have this long for the calls under way. */
const DRAIN_MS = 15_000;

export interface ListenOptions {
  readonly socket: string;
  readonly mode: string;
  readonly sessions?: string;
  readonly perGrant?: string;
  readonly config?: string | undefined;
}

/** Serves until a signal comes. Throws `CommandError` if it cannot listen. */
export async function listen(options: ListenOptions): Promise<ExitCode> {
  const path = socketPath(options.socket);
  const mode = socketMode(options.mode);
  const limit = limitOf('--sessions', options.sessions, DEFAULT_SESSIONS);
  const perGrant = limitOf('--per-grant', options.perGrant, Math.ceil(limit / SHARE));
  const sessions = new Sessions({ limit, perGrant, config: options.config });
  await makeWay(path);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => sessions.take(socket));
  const stopped = signalled();
  await bind(server, path, mode);
  const home = locateHome(process.env);
  await noteSocket(home, path).catch(() => say(`where it listens could not be noted in \`${home}\`; doctor --socket`));
  say(`serving on ${path}`);
  hint(`clients launch: countersign connect --socket ${path}`);
  const signal = await stopped;
  server.close();
  forgetSocket(home, path);
  say(`ending on ${signal}; ${sessions.count} session(s) finish the calls under way`);
  await sessions.end();
  return Exit.ok;
}

/** The socket is nobody else's until it has its mode. */
async function bind(server: Server, path: string, mode: number): Promise<void> {
  const before = process.umask(0o177);
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'unknown error';
    throw new CommandError(Exit.unavailable, `cannot listen on \`${path}\`: ${detail}`, undefined, { cause });
  } finally {
    process.umask(before);
  }
  server.on('error', (error) => say(`a connection could not be taken: ${error.message}`));
  chmodSync(path, mode);
}

function limitOf(option: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const limit = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (limit <= MOST_SESSIONS) return limit;
  throw new CommandError(Exit.usage, `\`${option} ${text}\` is not a number from 1 to ${MOST_SESSIONS}`);
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
}

interface SessionLimits {
  readonly limit: number;
  readonly perGrant: number;
  readonly config: string | undefined;
}

class Sessions {
  readonly #limit: number;
  readonly #perGrant: number;
  readonly #config: string | undefined;
  /** The oldest first, each with its grant once it was opened with a good token. */
  readonly #running = new Map<ChildProcess, string | null>();
  #isEnding = false;

  constructor({ limit, perGrant, config }: SessionLimits) {
    this.#limit = limit;
    this.#perGrant = perGrant;
    this.#config = config;
  }

  get count(): number {
    return this.#running.size;
  }

  take(socket: Socket): void {
    socket.on('error', () => undefined);
    if (!this.#isEnding && this.count >= this.#limit) this.#makeRoom();
    if (this.#isEnding || this.count >= this.#limit) {
      if (!this.#isEnding) say(`a client was turned away: ${this.#limit} sessions are open (--sessions)`);
      socket.destroy();
      return;
    }
    const session = this.#start(socket);
    this.#running.set(session, null);
    session.on('message', (told) => this.#opened(session, told));
    session.once('exit', () => this.#running.delete(session));
    session.once('error', (error) => {
      this.#running.delete(session);
      say(`a session could not be started: ${error.message}`);
    });
    // The session has the connection now; this end of it would keep it open.
    socket.destroy();
  }

  /** A connection that opened no session yet gives its place to the next one: whoever has no token holds none for long. */
  #makeRoom(): void {
    for (const [session, grant] of this.#running) {
      if (grant !== null) continue;
      say('a connection that had opened no session was ended: another came, and there was no place left (--sessions)');
      this.#running.delete(session);
      session.kill('SIGKILL');
      return;
    }
  }

  #opened(session: ChildProcess, told: unknown): void {
    const grant = grantTold(told);
    if (grant === null || !this.#running.has(session)) return;
    const others = [...this.#running.values()].filter((other) => other === grant).length;
    this.#running.set(session, grant);
    if (others < this.#perGrant) return;
    say(`a session of grant \`${grant}\` was ended: it has ${this.#perGrant} already (--per-grant)`);
    session.kill('SIGTERM');
  }

  #start(socket: Socket): ChildProcess {
    const env = { ...process.env, COUNTERSIGN_TOKEN: undefined, COUNTERSIGN_TOKEN_FILE: undefined };
    const program = process.argv[1] ?? '';
    const config = this.#config === undefined ? [] : ['--config', this.#config];
    return spawn(process.execPath, [program, 'session', ...config], { env, stdio: [socket, socket, 'inherit', 'ipc'] });
  }

  /** Tells every session to end, and waits for them. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const gone = [...this.#running.keys()].map((session) => {
      session.kill('SIGTERM');
      return once(session, 'exit');
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
    await Promise.race([Promise.all(gone), late]);
    clearTimeout(timer);
    for (const session of this.#running.keys()) session.kill('SIGKILL');
  }
}
