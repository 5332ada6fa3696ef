/** The one place that chooses the parts of an installation: its home, store, log and secrets. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Registry, RequestSealer } from '../approvals/index.ts';
import type {
  Actor,
  AdminLog,
  ArgumentDigests,
  CallFrame,
  ExportedCheckpoint,
  PrunedFile,
  SegmentedCallLog,
  VerifyOptions,
} from '../audit/index.ts';
import type { Whereabouts } from '../config/find.ts';
import { locateHome, openHome } from '../config/home.ts';
import type { LoadedConfig, StateConfig } from '../config/types.ts';
import { brandAs, type RequestId } from '../core/ids.ts';
import type { Vault } from '../secrets/index.ts';
import type { LocalStore, RemoteStoreOptions, SharedStore, Store } from '../state/index.ts';
import { digestNow, isSqliteBefore, note } from './config-hint.ts';
import { activationFile, activationText, activeConfigFile } from './trust/place.ts';
import { VERSION } from './version.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface InstallationOptions {
  readonly configFile?: string | undefined;
  /** True: makes the home if there is none. False: makes nothing. Left out: makes what a home that is there lacks. */
  readonly create?: boolean;
  /** True: the configuration as it is edited, whether or not it is in force. */
  readonly edited?: boolean;
  /** True: where the state is kept may be taken from a note until the configuration itself was read, which checks it. */
  readonly quick?: boolean;
}

type RemoteState = Exclude<StateConfig, { readonly is: 'sqlite' }>;

const CLOCK = { nowMs: Date.now };

/** The parts of one home, each opened when it is first needed. */
export class Installation {
  /** The home directory, absolute and checked. */
  readonly home: string;
  readonly #env: Environment;
  readonly #configFile: string | undefined;
  readonly #isEdited: boolean;
  readonly #isQuick: boolean;
  #local: Promise<Store> | undefined;
  #shared: Promise<SharedStore> | undefined;
  #store: Promise<Store> | undefined;
  /** What was read before the configuration as a whole. */
  #stateRead: Promise<StateConfig> | undefined;
  #config: Promise<LoadedConfig> | undefined;
  #vault: Promise<Vault> | undefined;
  #sealer: Promise<RequestSealer> | undefined;

  /** Throws `HomeError` if the home is missing or open to others. */
  constructor(env: Environment, options: InstallationOptions = {}) {
    const directory = locateHome(env);
    this.home = openHome(directory, { create: options.create ?? existsSync(directory) });
    this.#env = env;
    this.#configFile = options.configFile;
    this.#isEdited = options.edited === true;
    this.#isQuick = options.quick === true;
  }

  get auditDirectory(): string {
    return join(this.home, 'audit');
  }

  /** What never leaves the machine: where the audit log stands. Needs no configuration. Throws `StateError`. */
  local(): Promise<LocalStore> {
    return this.#sqlite();
  }

  #sqlite(): Promise<Store> {
    this.#local ??= import('../state/index.ts').then(({ openSqliteStore }) =>
      openSqliteStore(join(this.home, 'state.db')),
    );
    return this.#local;
  }

  /**
   * The store that the configuration names. It is never another one: where the configuration does not say which, this
   * throws its `ConfigError`. Throws `StateError`, and `SecretError` for the store's password.
   */
  store(): Promise<Store> {
    this.#store ??= this.#openStore();
    return this.#store;
  }

  async #openStore(): Promise<Store> {
    if ((await this.#stateConfig()).is === 'sqlite') return this.#sqlite();
    return combined(await this.shared(), await this.#sqlite());
  }

  /** The same without what this machine keeps for itself; of a store on a server, it makes no file here. */
  shared(): Promise<SharedStore> {
    this.#shared ??= this.#openShared();
    return this.#shared;
  }

  async #openShared(): Promise<SharedStore> {
    const state = await this.#stateConfig();
    if (state.is === 'sqlite') return this.#sqlite();
    const { url, username } = state;
    return openRemote(state.is, { url, username: username ?? undefined, password: await this.#passwordOf(state) });
  }

  /** Where the state is kept. */
  async #stateConfig(): Promise<StateConfig> {
    if (this.#stateRead === undefined && this.#config !== undefined) return (await this.#config).state;
    this.#stateRead ??= this.#readState();
    return this.#stateRead;
  }

  /** To validate a configuration costs more than all the rest of a start; one that was found good is not read twice. */
  async #readState(): Promise<StateConfig> {
    if (this.#isQuick && isSqliteBefore(this.whereabouts)) return { is: 'sqlite' };
    const { loadState } = await import('../config/loading.ts');
    return loadState(this.whereabouts);
  }

  async #passwordOf(state: RemoteState): Promise<string | undefined> {
    if (state.password === null) return undefined;
    const { subjectOf } = await import('../config/loading.ts');
    return (await this.vault()).open(state.password, subjectOf(state));
  }

  /**
   * What an operator should know of the store before gateways rely on it, to be said once at the start. Throws
   * `StateError` for a store that breaks its promises as it is set up.
   */
  async storeWarnings(): Promise<readonly string[]> {
    const store = await this.store();
    if ((await this.#stateConfig()).is === 'sqlite') return [];
    const { findings } = await store.examine();
    const broken = findings.find(({ status }) => status === 'fail');
    if (broken === undefined) return findings.map(({ message, fix }) => `${message}; ${fix}`);
    const { StateError } = await import('../state/index.ts');
    throw new StateError('unavailable', `${broken.message}; ${broken.fix}`);
  }

  /** Where the configuration is looked for: once operators sign it, what they signed, whatever else a caller names. */
  get whereabouts(): Whereabouts {
    const active = this.#isEdited ? null : activeConfigFile(this.home);
    return { home: this.home, file: active ?? this.#configFile, env: this.#env };
  }

  /** Throws `ConfigError` with every fault and its place. */
  config(): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig();
    return this.#config;
  }

  async #loadConfig(): Promise<LoadedConfig> {
    const digest = digestNow(this.whereabouts);
    const config = await this.freshConfig();
    note(this.whereabouts, config, digest);
    await this.#checkState(config);
    return config;
  }

  /** The configuration as its files are now. Throws `ConfigError`, also for one that operators have not signed as they must. */
  async freshConfig(): Promise<LoadedConfig> {
    const { loadConfig } = await import('../config/loading.ts');
    const config = await loadConfig(this.whereabouts);
    if (this.#isEdited) return config;
    await this.#checkSigned(config);
    // Once operators sign it, a gateway that started before follows what they signed.
    return { ...config, files: [...config.files, activationFile(this.home)] };
  }

  async #checkSigned(config: LoadedConfig): Promise<void> {
    if (config.trustRoot === null && activationText(this.home) === null) return;
    // The operators are in the store that it names itself; they count by the root that this home has pinned.
    this.#stateRead ??= Promise.resolve(config.state);
    const { checkSigned } = await import('./trust/check.ts');
    await checkSigned(this, config);
  }

  /** The store may have been opened by what the file said a moment before. */
  async #checkState(config: LoadedConfig): Promise<void> {
    if (this.#stateRead === undefined || isDeepStrictEqual(await this.#stateRead, config.state)) return;
    const { ConfigError } = await import('../config/loading.ts');
    const words = `\`state\` of the configuration \`${config.file}\` changed while it was being read; start again`;
    throw new ConfigError('unreadable', words);
  }

  /** Throws `SecretError`. */
  vault(): Promise<Vault> {
    this.#vault ??= import('../secrets/index.ts').then(({ openVault }) =>
      openVault({ keysDirectory: this.keysDirectory, home: this.home, env: this.#env }),
    );
    return this.#vault;
  }

  /** Encrypts requests for approval: for this home, or for everybody who has the password of the shared store. Throws `SecretError`. */
  sealer(): Promise<RequestSealer> {
    this.#sealer ??= this.#openSealer();
    return this.#sealer;
  }

  async #openSealer(): Promise<RequestSealer> {
    const { requestSealer } = await import('../approvals/index.ts');
    const state = await this.#stateConfig();
    if (state.is === 'sqlite') return requestSealer(await (await this.vault()).keyFor('approvals'));
    const password = await this.#passwordOf(state);
    if (password !== undefined) return requestSealer(password);
    const { SecretError } = await import('../secrets/index.ts');
    throw new SecretError(
      'missing',
      'requests in a shared store are encrypted with its password, and `state` names none; give the store a password',
    );
  }

  /** The operators that the pinned root vouches for, as they are now; nobody before a root is pinned. Throws `StateError`. */
  async registry(): Promise<Registry> {
    const [{ readRegistry }, { readRoot }] = await Promise.all([
      import('../approvals/index.ts'),
      import('./operators/root.ts'),
    ]);
    const { operators } = await this.shared();
    return readRegistry(await operators.list(), (await readRoot(this.home)) ?? '');
  }

  /** Names the installation, in its log and in what is signed. */
  installId(): string {
    return installId(this.home);
  }

  /** The admin stream of the log. */
  async adminLog(): Promise<AdminLog> {
    const { openAdminLog } = await import('../audit/writing.ts');
    return openAdminLog(await this.#logParts());
  }

  /** Where the keys of the home are. */
  get keysDirectory(): string {
    return join(this.home, 'keys');
  }

  /** Hashes argument values for the calls log. */
  async digests(): Promise<ArgumentDigests> {
    const { openDigests } = await import('../audit/writing.ts');
    return openDigests({ keysDirectory: this.keysDirectory, clock: CLOCK });
  }

  /** The calls log of this process, ready for its first record; `revealed` as its segments begin. Throws `AuditError`. */
  async callLog(revealed: () => readonly string[]): Promise<SegmentedCallLog> {
    const { openCallLog } = await import('../audit/writing.ts');
    const { audit } = await this.config();
    const { segments } = await this.local();
    const { durability, rotateBytes } = audit;
    const log = openCallLog({ ...(await this.#logParts()), segments, durability, rotateBytes, revealed });
    await log.ready();
    return log;
  }

  /** Closes the segments of processes that died, and records that nobody saw the end of their calls. */
  async recover(log: SegmentedCallLog): Promise<void> {
    const { closeAbandoned } = await import('../audit/writing.ts');
    const { segments } = await this.local();
    const ending = { kind: 'outcome', outcome: 'in-doubt', code: 'gateway_died', latencyMs: 0 } as const;
    const record = (frame: CallFrame): Promise<void> => log.writeDurable({ ...frame, ...ending });
    await closeAbandoned({ ...(await this.#logParts()), segments, record });
  }

  /** What the log is verified against: the store's heads, and the keys in the home. Throws `StateError`, `AuditError`. */
  async verifyParts(): Promise<Pick<VerifyOptions, 'directory' | 'heads' | 'segments' | 'keys'>> {
    const { AuditKeys } = await import('../audit/index.ts');
    const { heads, segments } = await this.local();
    const keys = new AuditKeys(join(this.home, 'keys')).publicKeys();
    return { directory: this.auditDirectory, heads, segments, keys };
  }

  /** A signed checkpoint of the whole log. Throws `AuditError`. */
  async checkpoint(): Promise<ExportedCheckpoint> {
    const { exportCheckpoint } = await import('../audit/index.ts');
    const { segments } = await this.local();
    return exportCheckpoint({ ...(await this.#logParts()), segments });
  }

  /** Deletes the calls files that are older than so many days, or only says which. Throws `AuditError`. */
  async prune(retainDays: number, by: Actor, dryRun: boolean): Promise<readonly PrunedFile[]> {
    const { pruneLog } = await import('../audit/index.ts');
    return pruneLog({ ...(await this.#logParts()), retainDays, actor: by, dryRun });
  }

  async #logParts() {
    const { heads } = await this.local();
    const keysDirectory = join(this.home, 'keys');
    const place = { directory: this.auditDirectory, keysDirectory };
    return { ...place, heads, clock: CLOCK, installId: installId(this.home), version: VERSION };
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    await this.#store?.catch(() => undefined);
    const shared = await this.#shared?.catch(() => undefined);
    const local = await this.#local?.catch(() => undefined);
    if (shared !== local) await shared?.close().catch(() => undefined);
    await local?.close();
  }
}

async function openRemote(is: RemoteState['is'], options: RemoteStoreOptions): Promise<SharedStore> {
  const { openPostgresStore, openRedisStore } = await import('../state/index.ts');
  return is === 'redis' ? openRedisStore(options) : openPostgresStore(options);
}

/** What is one value for every machine from the shared store, and the rest from this machine. */
function combined(shared: SharedStore, local: LocalStore): Store {
  const { tokens, freezes, pins, quota, approvals, operators } = shared;
  const { heads, segments } = local;
  return {
    ...{ tokens, freezes, pins, quota, approvals, operators, heads, segments },
    gate: (tokenHash) => shared.gate(tokenHash),
    examine: () => shared.examine(),
    close: async () => {
      await Promise.allSettled([shared.close(), local.close()]);
    },
  };
}

/** Who runs the command; without operators it is the OS user. */
export function actor(): Actor {
  return { by: 'os-user', name: userName() };
}

/** A user of a container often has no entry that names it. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
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
