/** A PostgreSQL server of one's own for a test: in a temporary directory, on a free port of the loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface PostgresOptions {
  /** Settings of `postgresql.conf`; they win over those of the harness. `fsync` is on unless told. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The password of the user; without one the loopback is trusted. */
  readonly password?: string;
}

export interface PostgresServer {
  /** `postgres://127.0.0.1:PORT/postgres`, without credentials. */
  readonly url: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly port: number;
  readonly directory: string;
  /** The postmaster's; another one after a restart. */
  readonly pid: number;
  /** The same address with another database. */
  urlOf(database: string): string;
  /** Runs statements as the superuser; answers the rows of the last. */
  sql(text: string, database?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends every connection but its own; answers how many. */
  cutConnections(): Promise<number>;
  /** Ends the postmaster with SIGKILL; what it had not written is lost. */
  kill(): Promise<void>;
  /** Starts it again, after ending it if it runs. With `settings`, these from now on. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

const USER = 'countersign';
const READY_MS = 30_000;
const POLL_MS = 20;

/** Small, so that many may run beside each other. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '16MB',
  max_connections: '60',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  autovacuum_naptime: '10min',
};

/** The folder of `initdb` and `postgres`; undefined where PostgreSQL is not installed. */
export function postgresBinaries(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...onPath, ...versions.map((version) => join(root, version, 'bin'))];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  // What is on PATH may be links to two programs of a folder that has more.
  return found === undefined ? undefined : dirname(realpathSync(join(found, 'initdb')));
}

/** The engine refuses to run as root: then it runs as the user that its package made. */
function identity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error('PostgreSQL is not installed');
  const server = new Server(binaries, options);
  try {
    await server.initialise();
    await server.restart();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class Server implements PostgresServer {
  readonly username = USER;
  readonly password: string | undefined;
  readonly directory: string;
  readonly #binaries: string;
  readonly #identity = identity();
  #settings: Readonly<Record<string, string>>;
  #port = 0;
  #process: ChildProcess | undefined;
  /** Ends the postmaster when this process is gone, however it went: its end of the pipe closes then. */
  #watchdog: ChildProcess | undefined;

  constructor(binaries: string, { settings = {}, password }: PostgresOptions) {
    this.#binaries = binaries;
    this.#settings = settings;
    this.password = password;
    this.directory = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
    const { uid, gid } = this.#identity;
    if (uid !== undefined && gid !== undefined) chownSync(this.directory, uid, gid);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return this.urlOf('postgres');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get #data(): string {
    return join(this.directory, 'data');
  }

  get #log(): string {
    return join(this.directory, 'server.log');
  }

  urlOf(database: string): string {
    return `postgres://127.0.0.1:${this.#port}/${database}`;
  }

  async initialise(): Promise<void> {
    const method = this.password === undefined ? 'trust' : 'scram-sha-256';
    const flags = [
      '-D',
      this.#data,
      '-U',
      USER,
      '-A',
      method,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ];
    if (this.password !== undefined) {
      const file = join(this.directory, 'password');
      writeFileSync(file, `${this.password}\n`);
      flags.push(`--pwfile=${file}`);
    }
    const child = spawn(join(this.#binaries, 'initdb'), flags, {
      ...this.#identity,
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors}`);
  }

  async restart(settings?: Readonly<Record<string, string>>): Promise<void> {
    await this.#end('SIGINT');
    if (settings !== undefined) this.#settings = settings;
    const untilMs = performance.now() + READY_MS;
    while (!(await this.#start())) {
      // The processes of a killed postmaster hold its memory until they have noticed, and a port may be taken meanwhile.
      if (performance.now() > untilMs) throw new Error(`PostgreSQL does not start: ${readFileSync(this.#log, 'utf8')}`);
      await pause(POLL_MS);
    }
  }

  /** True when it accepts connections, false if it ended before. */
  async #start(): Promise<boolean> {
    if (this.#port === 0) this.#port = await freePort();
    const settings = { ...SETTINGS, ...this.#settings, port: String(this.#port) };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = openSync(this.#log, 'a');
    const child = spawn(join(this.#binaries, 'postgres'), ['-D', this.#data, ...flags], {
      ...this.#identity,
      cwd: this.directory,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = child;
    this.#watchdog = spawn('sh', ['-c', 'read _ || kill -QUIT "$1"', 'sh', String(child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    while (child.exitCode === null && child.signalCode === null) {
      if (await this.#answers()) return true;
      await pause(POLL_MS);
    }
    this.#forget();
    return false;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.sql('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  async sql(text: string, database = 'postgres'): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: this.#port, user: USER, database, ssl: false },
      password: () => this.password ?? '',
      connectionTimeoutMillis: READY_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      // With several statements the driver answers a list.
      const answers = [await client.query<Record<string, unknown>>(text)].flat();
      return answers.at(-1)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  async cutConnections(): Promise<number> {
    const others = `FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    return (await this.sql(`SELECT pg_terminate_backend(pid) ${others}`)).length;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGQUIT');
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** SIGINT writes everything down first, SIGQUIT nothing; both end its other processes as well. */
  async #end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    this.#forget();
  }

  #forget(): void {
    // A line lets the watchdog go without its kill: the number may belong to another process by now.
    this.#watchdog?.stdin?.end('\n');
    this.#watchdog = undefined;
    this.#process = undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
