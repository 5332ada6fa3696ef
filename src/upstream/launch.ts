/** Starting the program of a server. */
import { mkdir, stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { UpstreamName } from '../core/ids.ts';
import { childEnvironment } from './environment.ts';
import { UpstreamError } from './error.ts';
import { argumentFault } from './windows.ts';

/** What to start, with every secret in place. */
export interface LaunchSpec {
  readonly name: UpstreamName;
  readonly command: string;
  readonly args: readonly string[];
  /** The operator's `env`, resolved; the safelist is added here. */
  readonly env: Readonly<Record<string, string>>;
  /** The server's own home directory; made if it is missing. */
  readonly home: string;
  /** Null: its home. */
  readonly cwd: string | null;
}

/** A running program, as far as we use it. */
export interface Running {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Tells once when the process is gone; its output may still be in the pipe. */
  onExit(listener: (exitCode: number | null, signal: string | null) => void): void;
}

/**
 * Starts the program in a process group of its own, without a shell; `variables` are put into its environment. `arrange` is called before anything it writes can be
 * read. Throws `UpstreamError` `spawn_failed` with words that name the command.
 */
export async function launch<T>(
  spec: LaunchSpec,
  variables: Readonly<Record<string, string>>,
  arrange: (running: Running) => T,
): Promise<T> {
  const fault = argumentFault(spec.command, spec.args, process.platform);
  if (fault !== null) throw new UpstreamError('spawn_failed', fault);
  const cwd = await prepareDirectories(spec);
  const { execa } = await import('execa');
  const subprocess = execa(spec.command, spec.args, {
    cwd,
    env: { ...environmentOf(spec), ...variables },
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cleanup: false,
    detached: process.platform !== 'win32',
  });
  const spawned = new Promise<undefined>((resolve) => subprocess.once('spawn', () => resolve(undefined)));
  const failure = await Promise.race([spawned, subprocess]);
  const { pid, stdin, stdout, stderr } = subprocess;
  if (failure?.failed === true || pid === undefined) throw spawnError(spec.command, failure?.code, failure?.cause);
  return arrange({ pid, stdin, stdout, stderr, onExit: (listener) => void subprocess.once('exit', listener) });
}

function environmentOf({ env, home }: LaunchSpec): Record<string, string> {
  return childEnvironment({ parent: process.env, configured: env, home, platform: process.platform });
}

/** Answers the working directory. A missing one would be told as a missing command otherwise. */
async function prepareDirectories(spec: LaunchSpec): Promise<string> {
  try {
    await mkdir(spec.home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UpstreamError('spawn_failed', `its home directory \`${spec.home}\` cannot be made`, { cause });
  }
  const cwd = spec.cwd ?? spec.home;
  const found = await stat(cwd).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new UpstreamError('spawn_failed', `its working directory \`${cwd}\` is not there`);
  }
  return cwd;
}

function spawnError(command: string, code: string | undefined, cause: unknown): UpstreamError {
  return new UpstreamError('spawn_failed', spawnWords(command, code), { cause });
}

function spawnWords(command: string, code: string | undefined): string {
  if (code === 'ENOENT') return `the command \`${command}\` was not found; give its full path, or check PATH`;
  if (code === 'EACCES') return `the command \`${command}\` may not be executed; check its permissions`;
  return `the command \`${command}\` could not be started${code === undefined ? '' : ` (${code})`}`;
}
