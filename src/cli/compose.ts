/** The one place that chooses the parts of an installation: its home, store, log and secrets. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Actor, AdminLog, CallFrame, SegmentedCallLog } from '../audit/index.ts';
import type { Whereabouts } from '../config/find.ts';
import { locateHome, openHome } from '../config/home.ts';
import type { LoadedConfig } from '../config/types.ts';
import { brandAs, type RequestId } from '../core/ids.ts';
import type { Vault } from '../secrets/index.ts';
import type { Store } from '../state/index.ts';
import { note } from './config-hint.ts';
import { VERSION } from './version.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface InstallationOptions {
  readonly configFile?: string | undefined;
  /** True: makes the home if there is none. False: makes nothing. Left out: makes what a home that is there lacks. */
  readonly create?: boolean;
}

const CLOCK = { nowMs: Date.now };

/** The parts of one home, each opened when it is first needed. */
export class Installation {
  /** The home directory, absolute and checked. */
  readonly home: string;
  readonly #env: Environment;
  readonly #configFile: string | undefined;
  #store: Promise<Store> | undefined;
  #config: Promise<LoadedConfig> | undefined;
  #vault: Promise<Vault> | undefined;

  /** Throws `HomeError` if the home is missing or open to others. */
  constructor(env: Environment, options: InstallationOptions = {}) {
    const directory = locateHome(env);
    this.home = openHome(directory, { create: options.create ?? existsSync(directory) });
    this.#env = env;
    this.#configFile = options.configFile;
  }

  get auditDirectory(): string {
    return join(this.home, 'audit');
  }

  /** Throws `StateError`. */
  store(): Promise<Store> {
    this.#store ??= import('../state/index.ts').then(({ openSqliteStore }) =>
      openSqliteStore(join(this.home, 'state.db')),
    );
    return this.#store;
  }

  /** Where the configuration is looked for. */
  get whereabouts(): Whereabouts {
    return { home: this.home, file: this.#configFile, env: this.#env };
  }

  /** Throws `ConfigError` with every fault and its place. */
  config(): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig();
    return this.#config;
  }

  async #loadConfig(): Promise<LoadedConfig> {
    const { loadConfig } = await import('../config/index.ts');
    const config = await loadConfig(this.whereabouts);
    note(this.home, config);
    return config;
  }

  /** Throws `SecretError`. */
  vault(): Promise<Vault> {
    this.#vault ??= import('../secrets/index.ts').then(({ openVault }) =>
      openVault({ keysDirectory: join(this.home, 'keys'), home: this.home, env: this.#env }),
    );
    return this.#vault;
  }

  /** The admin stream of the log. */
  async adminLog(): Promise<AdminLog> {
    const { openAdminLog } = await import('../audit/index.ts');
    return openAdminLog(await this.#logParts());
  }

  /** The calls log of this process, ready for its first record. Throws `AuditError`. */
  async callLog(): Promise<SegmentedCallLog> {
    const { openCallLog } = await import('../audit/index.ts');
    const { audit } = await this.config();
    const { segments } = await this.store();
    const { durability, rotateBytes } = audit;
    const log = openCallLog({ ...(await this.#logParts()), segments, durability, rotateBytes });
    await log.ready();
    return log;
  }

  /** Closes the segments of processes that died, and records that nobody saw the end of their calls. */
  async recover(log: SegmentedCallLog): Promise<void> {
    const { closeAbandoned } = await import('../audit/index.ts');
    const { segments } = await this.store();
    const ending = { kind: 'outcome', outcome: 'in-doubt', code: 'gateway_died', latencyMs: 0 } as const;
    const record = (frame: CallFrame): Promise<void> => log.writeDurable({ ...frame, ...ending });
    await closeAbandoned({ ...(await this.#logParts()), segments, record });
  }

  async #logParts() {
    const { heads } = await this.store();
    return { directory: this.auditDirectory, heads, clock: CLOCK, installId: installId(this.home), version: VERSION };
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const store = await this.#store?.catch(() => undefined);
    await store?.close();
  }
}

/** Who runs the command; without operators it is the OS user. */
export function actor(): Actor {
  return { by: 'os-user', name: userInfo().username };
}

/** An id that pairs the records of one request, over all processes. */
export function newRequestId(): RequestId {
  return brandAs<RequestId>(randomUUID());
}

/** Names the installation in its log, so that two logs cannot be mixed up. Made once. */
function installId(home: string): string {
  const file = join(home, 'keys', 'install.id');
  try {
    writeFileSync(file, randomBytes(16).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(file, 'utf8');
}
