/** Real Redis servers for tests: on a loopback port, with their files in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 20_000;

export interface RedisOptions {
  /** Words for the server's command line, after our own, so that they win. */
  readonly args?: readonly string[];
  /** Where its files lie; without it a folder that is removed at the end. */
  readonly directory?: string;
  readonly port?: number;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Ends it politely, for good. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL; its files stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files, after `kill` or instead of the one that runs. */
  restart(): Promise<void>;
}

/** The `redis-server` on the PATH, or nothing. */
export function redisBinary(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'redis-server'));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Resolves when the server answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = redisBinary();
  if (binary === undefined) throw new Error('redis-server is not on the PATH');
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'countersign-redis-'));
  const port = options.port ?? (await freePort());
  const args = [...settings(port, directory), ...(options.args ?? [])];
  let child = await launch(binary, args);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    directory,
    get pid() {
      return child.pid ?? 0;
    },
    async stop() {
      await end(child, 'SIGTERM');
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGTERM');
      child = await launch(binary, args);
    },
  };
}

/** A server that keeps every acknowledged write, as a production one should. */
function settings(port: number, directory: string): string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ];
}

/** A port that nothing listens on now. Whoever takes it in between makes the start fail, not the test pass. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function launch(binary: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-8_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const startedMs = Date.now();
  // Its own word, because somebody else may answer on the port. It says so when it has read its files.
  while (!said.includes('Ready to accept connections')) {
    if (hasEnded(child) || Date.now() - startedMs > READY_WITHIN_MS) {
      await end(child, 'SIGKILL');
      throw new Error(`redis-server did not start with ${args.join(' ')}:\n${said}`);
    }
    await delay(5);
  }
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const killing = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killing);
}
