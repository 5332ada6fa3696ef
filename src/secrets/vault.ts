/** Sealed secrets of a home: one file per version under `keys/secrets`, of which the newest counts. */
import { hkdfSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { brandAs, type SecretName } from '../core/ids.ts';
import { SecretError } from './errors.ts';
import { checkDirectory, createPrivate, hasCode, privateDirectory, readPrivate, removePrivate } from './files.ts';
import { Keyring, type KeyPlace, type KeyringOptions } from './keyring.ts';
import { parseSealed, seal, sealedText, tampered, unseal, wrongKey, type MasterKey, type Sealed } from './seal.ts';

/** A secret without its value. Nothing here is proven until it is opened. */
export interface SecretEntry {
  readonly name: SecretName;
  readonly version: number;
  /** Null: any upstream that names it. */
  readonly upstreams: readonly string[] | null;
  /** `damaged`: the file is not a sealed value. */
  readonly state: 'sealed' | 'damaged';
}

export interface SecretVersion {
  readonly name: SecretName;
  readonly version: number;
}

/** Every method throws `SecretError`. */
export interface Vault {
  /** Seals a value as the next version of a name, and removes the versions before it. */
  set(name: string, value: string, upstreams: readonly string[] | null): Promise<SecretVersion>;
  list(): Promise<readonly SecretEntry[]>;
  /** Removes a secret and answers its last version, which is never given out again. */
  remove(name: string): Promise<SecretVersion>;
  /** Where master keys are; new secrets are sealed with the first. */
  keyPlaces(): Promise<readonly KeyPlace[]>;
  /**
   * The value, for one of the upstreams it was sealed for. A receiver `state:<url>` is a state store; it gets only what
   * was sealed for it by name, because who may edit the configuration decides which store that is.
   */
  open(name: string, upstream: string): Promise<string>;
  /** A key of this home for one purpose (RFC 5869), the same for every process that can open its secrets. Makes the master key if there is none. */
  keyFor(purpose: string): Promise<Buffer>;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** `gone` marks the last version of a removed name, so that approvals of it never fit a new value. */
const FILE = /^([a-z0-9][a-z0-9._-]{0,63})@([1-9][0-9]{0,9})\.(json|gone)$/;
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 20;
const KEY_BYTES = 32;

interface VersionFile {
  readonly name: string;
  readonly version: number;
  readonly gone: boolean;
  readonly file: string;
}

/** Opens the vault of a home. Nothing is read or made before the first call. */
export function openVault(options: KeyringOptions): Vault {
  return new FileVault(join(options.keysDirectory, 'secrets'), options.keysDirectory, new Keyring(options));
}

class FileVault implements Vault {
  readonly #directory: string;
  readonly #keysDirectory: string;
  readonly #keyring: Keyring;

  constructor(directory: string, keysDirectory: string, keyring: Keyring) {
    this.#directory = directory;
    this.#keysDirectory = keysDirectory;
    this.#keyring = keyring;
  }

  async set(name: string, value: string, upstreams: readonly string[] | null): Promise<SecretVersion> {
    checkName(name);
    checkValue(value);
    await privateDirectory(this.#keysDirectory);
    await privateDirectory(this.#directory);
    const key = await this.#keyring.forSealing();
    const allowed = upstreams === null ? null : [...new Set(upstreams)].sort();
    const version = await this.#place(name, value, allowed, key);
    await this.#checkKey(key, `${name}@${version}.json`);
    await this.#removeBefore(name, version);
    return { name: brandAs<SecretName>(name), version };
  }

  /** Two first sealings at once may both make a key, of which the keyring keeps one. */
  async #checkKey({ id }: MasterKey, file: string): Promise<void> {
    if (typeof (await this.#keyring.find(id)) === 'object') return;
    await removePrivate(join(this.#directory, file));
    throw new SecretError('keyring_unavailable', 'the keyring did not keep the master key; set the secret again');
  }

  async list(): Promise<readonly SecretEntry[]> {
    const newest = new Map<string, VersionFile>();
    for (const file of await this.#files()) {
      if (file.version > (newest.get(file.name)?.version ?? 0)) newest.set(file.name, file);
    }
    const kept = [...newest.values()].filter(({ gone }) => !gone);
    return Promise.all(kept.map((file) => this.#entry(file)));
  }

  async remove(name: string): Promise<SecretVersion> {
    const newest = await this.#newest(name);
    await createPrivate(join(this.#directory, `${name}@${newest.version + 1}.gone`), '');
    await this.#removeBefore(name, newest.version + 1);
    return { name: brandAs<SecretName>(name), version: newest.version };
  }

  keyPlaces(): Promise<readonly KeyPlace[]> {
    return this.#keyring.places();
  }

  async open(name: string, upstream: string): Promise<string> {
    const newest = await this.#newest(name);
    const sealed = await this.#read(newest);
    if (sealed === undefined) throw tampered(name);
    const value = unseal(sealed, await this.#keyFor(sealed));
    // Only now are the upstreams proven to be those it was sealed for.
    const store = storeUrl(upstream);
    if (sealed.upstreams === null ? store === undefined : sealed.upstreams.includes(upstream)) return value;
    const message =
      store === undefined
        ? `the secret \`${name}\` is not sealed for the upstream \`${upstream}\`; set it again for that one`
        : `the secret \`${name}\` is not sealed for the state store \`${store}\`; run: countersign secret set ${name} --for-state '${store}'`;
    throw new SecretError('not_for_upstream', message);
  }

  async keyFor(purpose: string): Promise<Buffer> {
    await privateDirectory(this.#keysDirectory);
    const { key, id } = await this.#keyring.forSealing();
    // Two first uses at once may both make a key, of which the keyring keeps one.
    if (typeof (await this.#keyring.find(id)) !== 'object')
      throw new SecretError('keyring_unavailable', 'the keyring did not keep the master key; try again');
    return Buffer.from(hkdfSync('sha256', key, '', `countersign/${purpose}/v1`, KEY_BYTES));
  }

  async #keyFor(sealed: Sealed): Promise<MasterKey> {
    const key = await this.#keyring.find(sealed.keyId);
    if (key === 'other') throw wrongKey(sealed);
    if (key !== 'none') return key;
    const places = 'neither in the keyring, nor in `keys/master.key`, nor in `COUNTERSIGN_MASTER_KEY`';
    throw new SecretError('keyring_unavailable', `the master key is ${places}; bring it back or set the secrets again`);
  }

  /** Takes the next version number that nobody else took. */
  async #place(name: string, value: string, upstreams: readonly string[] | null, key: MasterKey): Promise<number> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const version = 1 + Math.max(0, ...(await this.#versions(name)).map((file) => file.version));
      const sealed = sealedText(seal(value, { name, version, upstreams }, key));
      if (await createPrivate(join(this.#directory, `${name}@${version}.json`), sealed)) return version;
    }
    throw new SecretError('unwritable', `the secret \`${name}\` is being set by others at the same time; try again`);
  }

  async #removeBefore(name: string, version: number): Promise<void> {
    for (const file of await this.#versions(name)) {
      if (file.version < version) await removePrivate(join(this.#directory, file.file));
    }
  }

  async #newest(name: string): Promise<VersionFile> {
    checkName(name);
    const newest = (await this.#versions(name)).sort((a, b) => b.version - a.version)[0];
    if (newest !== undefined && !newest.gone) return newest;
    throw new SecretError('missing', `there is no secret \`${name}\`; set it with \`countersign secret set ${name}\``);
  }

  async #versions(name: string): Promise<VersionFile[]> {
    return (await this.#files()).filter((file) => file.name === name);
  }

  async #files(): Promise<readonly VersionFile[]> {
    try {
      await checkDirectory(this.#directory);
      return (await readdir(this.#directory)).flatMap(versionFile);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      if (error instanceof SecretError) throw error;
      throw new SecretError('unsafe_file', `\`${this.#directory}\` cannot be read`, { cause: error });
    }
  }

  /** The sealed value of a file; undefined if it is none, or one of another name or version. */
  async #read({ name, version, file }: VersionFile): Promise<Sealed | undefined> {
    const text = await readPrivate(join(this.#directory, file));
    const sealed = text === undefined ? undefined : parseSealed(text);
    return sealed?.name === name && sealed.version === version ? sealed : undefined;
  }

  async #entry(file: VersionFile): Promise<SecretEntry> {
    const sealed = await this.#read(file);
    const state = sealed === undefined ? 'damaged' : 'sealed';
    return { name: brandAs<SecretName>(file.name), version: file.version, upstreams: sealed?.upstreams ?? null, state };
  }
}

/** The store that a receiver is; nothing for an upstream, whose name holds no colon. */
function storeUrl(receiver: string): string | undefined {
  return receiver.startsWith('state:') ? receiver.slice('state:'.length) : undefined;
}

function versionFile(file: string): readonly VersionFile[] {
  const [, name, version, ending] = FILE.exec(file) ?? [];
  if (name === undefined || version === undefined) return [];
  return [{ name, version: Number(version), gone: ending === 'gone', file }];
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  const grammar = 'lower-case letters, digits, `.`, `_` and `-`, at most 64, the first a letter or a digit';
  throw new SecretError('bad_name', `a secret's name has ${grammar}`);
}

function checkValue(value: string): void {
  const problem = valueProblem(value);
  if (problem !== undefined) throw new SecretError('bad_value', `the value ${problem}`);
}

function valueProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (value.includes('\0')) return 'holds a NUL character, which no environment can carry';
  if (/\p{Surrogate}/u.test(value)) return 'is not well-formed text';
  return Buffer.byteLength(value) > MAX_VALUE_BYTES ? 'is longer than 64 KiB' : undefined;
}
