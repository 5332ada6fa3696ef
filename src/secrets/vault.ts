/** Sealed secrets in `keys/secrets/`, a file for each version, so that a version exists once whoever writes it. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SecretName, UpstreamName } from '../core/ids.ts';
import { SecretError } from './error.ts';
import { ensureMasterKey, findMasterKey, type KeyPlaces } from './keyring.ts';
import { seal, type SealedSecret, type SecretHeader, unseal } from './seal.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const FILE = /^([a-z0-9][a-z0-9._-]{0,63})@([1-9]\d{0,8})\.json$/;
const MAX_VALUE_BYTES = 64 * 1024;

/** The sealed secrets of one home. */
export interface Vault {
  /** Seals a value as the next version and destroys the older ones. */
  set(
    name: SecretName,
    value: string,
    upstreams: readonly UpstreamName[] | null,
  ): Promise<{ readonly name: SecretName; readonly version: number }>;
  /** The current version of every secret, without values. */
  list(): Promise<readonly SecretHeader[]>;
  /** Destroys every version. Throws `missing` if there is none. */
  remove(name: SecretName): Promise<{ readonly version: number }>;
  /** The value, for one upstream. */
  open(name: SecretName, upstream: UpstreamName): Promise<string>;
}

/** Opens the vault of a home. Every method throws `SecretError`. */
export function openVault(places: KeyPlaces): Vault {
  const directory = join(places.keysDirectory, 'secrets');
  const vault = new FileVault(directory, places);
  return {
    set: (name, value, upstreams) => vault.set(name, value, upstreams),
    list: async () => Promise.resolve(vault.headers()),
    remove: async (name) => Promise.resolve(vault.remove(name)),
    open: (name, upstream) => vault.open(name, upstream),
  };
}

class FileVault {
  readonly #directory: string;
  readonly #places: KeyPlaces;

  constructor(directory: string, places: KeyPlaces) {
    this.#directory = directory;
    this.#places = places;
  }

  async set(
    name: SecretName,
    value: string,
    upstreams: readonly UpstreamName[] | null,
  ): Promise<{ name: SecretName; version: number }> {
    checkName(name);
    checkValue(name, value);
    const key = await ensureMasterKey(this.#places);
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (;;) {
      const version = (this.#versions(name)[0] ?? 0) + 1;
      if (!this.#place(seal(value, { name, version, upstreams }, key))) continue;
      for (const older of this.#versions(name)) if (older < version) this.#destroy(name, older);
      return { name, version };
    }
  }

  headers(): readonly SecretHeader[] {
    const names = [...new Set(this.#files().map(({ name }) => name))].sort();
    return names.map((name) => {
      const { version, upstreams } = this.#read(name);
      return { name, version, upstreams };
    });
  }

  remove(name: SecretName): { version: number } {
    checkName(name);
    const versions = this.#versions(name);
    const [newest] = versions;
    if (newest === undefined) throw missing(name);
    for (const version of versions) this.#destroy(name, version);
    this.#syncDirectory();
    return { version: newest };
  }

  async open(name: SecretName, upstream: UpstreamName): Promise<string> {
    checkName(name);
    const sealed = this.#read(name);
    if (sealed.upstreams !== null && !sealed.upstreams.includes(upstream)) {
      throw new SecretError(
        'not_for_upstream',
        `secret \`${name}\` is not sealed for upstream \`${upstream}\`; seal it for that one with --for ${upstream}`,
      );
    }
    const key = await findMasterKey(this.#places);
    if (key === null)
      throw new SecretError(
        'no_master_key',
        `the master key that sealed \`${name}\` is gone; seal it again: countersign secret set ${name}`,
      );
    return unseal(sealed, key);
  }

  #files(): readonly { readonly name: SecretName; readonly version: number }[] {
    try {
      return readdirSync(this.#directory).flatMap((file) => {
        const [, name, version] = FILE.exec(file) ?? [];
        return name === undefined ? [] : [{ name: name as SecretName, version: Number(version) }];
      });
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
      throw new SecretError('unusable', `\`${this.#directory}\` cannot be read`, { cause });
    }
  }

  /** Newest first. */
  #versions(name: SecretName): readonly number[] {
    return this.#files()
      .flatMap((file) => (file.name === name ? [file.version] : []))
      .sort((a, b) => b - a);
  }

  #path(name: SecretName, version: number): string {
    return join(this.#directory, `${name}@${version}.json`);
  }

  #read(name: SecretName): SealedSecret {
    const [version] = this.#versions(name);
    if (version === undefined) throw missing(name);
    const path = this.#path(name, version);
    checkMode(path);
    const sealed = parseSealed(readFileSync(path, 'utf8'));
    if (sealed?.name === name && sealed.version === version) return sealed;
    throw new SecretError(
      'tampered',
      `\`${path}\` is not the sealed secret it should be; seal it again: countersign secret set ${name}`,
    );
  }

  /** The whole file appears at once. False if the version exists. */
  #place(sealed: SealedSecret): boolean {
    const draft = join(this.#directory, `.draft-${randomUUID()}`);
    writeFileSync(draft, `${JSON.stringify(sealed)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, this.#path(sealed.name, sealed.version));
      return true;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
      throw new SecretError('unusable', `secret \`${sealed.name}\` cannot be written`, { cause });
    } finally {
      unlinkSync(draft);
      this.#syncDirectory();
    }
  }

  #destroy(name: SecretName, version: number): void {
    try {
      unlinkSync(this.#path(name, version));
    } catch (cause) {
      // Another process destroyed it first.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    }
  }

  #syncDirectory(): void {
    if (process.platform === 'win32') return;
    const fd = openSync(this.#directory, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

function missing(name: SecretName): SecretError {
  return new SecretError('missing', `secret \`${name}\` is not set; run: countersign secret set ${name}`);
}

function checkName(name: SecretName): void {
  if (!NAME.test(name))
    throw new SecretError(
      'bad_name',
      `\`${name.slice(0, 80)}\` is no name for a secret: up to 64 of a-z 0-9 . _ -, the first a letter or a digit`,
    );
}

function checkValue(name: SecretName, value: string): void {
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > MAX_VALUE_BYTES)
    throw new SecretError(
      'bad_value',
      `the value of \`${name}\` has ${bytes} bytes; 1 to ${MAX_VALUE_BYTES} are accepted`,
    );
  if (value.includes('\0'))
    throw new SecretError('bad_value', `the value of \`${name}\` holds a NUL, which no environment can carry`);
}

function checkMode(path: string): void {
  const stats = lstatSync(path);
  const uid = process.getuid?.();
  if (!stats.isFile() || (uid !== undefined && stats.uid !== uid))
    throw new SecretError('unusable', `\`${path}\` is not a file of yours`);
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)
    throw new SecretError('unusable', `\`${path}\` is open to other users; run: chmod 600 ${path}`);
}

function parseSealed(text: string): SealedSecret | null {
  try {
    const value: unknown = JSON.parse(text);
    return isSealed(value) ? value : null;
  } catch {
    return null;
  }
}

function isSealed(value: unknown): value is SealedSecret {
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== 1) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  const texts = ['name', 'keyId', 'nonce', 'ciphertext', 'tag'].every((key) => typeof members.get(key) === 'string');
  const upstreams = members.get('upstreams');
  return (
    texts &&
    Number.isSafeInteger(members.get('version')) &&
    (upstreams === null || (Array.isArray(upstreams) && upstreams.every((one) => typeof one === 'string')))
  );
}
