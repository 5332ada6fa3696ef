/**
 * The master key: in the keyring of the operating system where that works, else in a file of mode 0600, else given by
 * `COUNTERSIGN_MASTER_KEY`. A key file beside the sealed values protects backups and screenshots, not against a program
 * of the same user. Only sealing makes a key.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SecretError } from './errors.ts';
import { createPrivate, privateDirectory, readPrivate } from './files.ts';
import { loadPasswordService, type PasswordService } from './os-keyring.ts';
import { masterKey, type MasterKey } from './seal.ts';

export interface KeyringOptions {
  /** The home's `keys` directory. */
  readonly keysDirectory: string;
  /** The home, absolute: the account name in the system's keyring. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For tests: the system's keyring. */
  readonly loadService?: () => Promise<PasswordService | undefined>;
}

/** Where a master key is kept: the system's keyring, the key file, or `COUNTERSIGN_MASTER_KEY`. */
export type KeyPlace = 'keyring' | 'file' | 'environment';

interface KeptKey {
  readonly place: KeyPlace;
  readonly key: MasterKey;
}

export class Keyring {
  readonly #options: KeyringOptions;
  #service: Promise<PasswordService | undefined> | undefined;

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** The key of that id, wherever it is kept; `'none'` if there is no key at all, `'other'` if there are only others. */
  async find(id: string): Promise<MasterKey | 'none' | 'other'> {
    let answer: 'none' | 'other' = 'none';
    for await (const { key } of this.#existing()) {
      if (key.id === id) return key;
      answer = 'other';
    }
    return answer;
  }

  /** The key to seal with: the first that exists, else a new one. Throws `SecretError`. */
  async forSealing(): Promise<MasterKey> {
    for await (const { key } of this.#existing()) return key;
    return (await this.#makeInService()) ?? (await this.#makeInFile());
  }

  /** Where keys are, in the order in which they are asked. Throws `SecretError`. */
  async places(): Promise<readonly KeyPlace[]> {
    const places: KeyPlace[] = [];
    for await (const { place } of this.#existing()) places.push(place);
    return places;
  }

  async *#existing(): AsyncGenerator<KeptKey> {
    const kept = await this.#fromService();
    if (kept !== undefined) yield { place: 'keyring', key: kept };
    const text = await readPrivate(this.#file);
    if (text !== undefined) yield { place: 'file', key: decodeKey(text, `the key file \`${this.#file}\``) };
    const given = this.#options.env['COUNTERSIGN_MASTER_KEY'];
    if (given !== undefined && given !== '')
      yield { place: 'environment', key: decodeKey(given, '`COUNTERSIGN_MASTER_KEY`') };
  }

  get #file(): string {
    return join(this.#options.keysDirectory, 'master.key');
  }

  #loadService(): Promise<PasswordService | undefined> {
    if (this.#options.env['COUNTERSIGN_KEYRING'] === 'off') return Promise.resolve(undefined);
    this.#service ??= (this.#options.loadService ?? loadPasswordService)();
    return this.#service;
  }

  /** A failing keyring is the same as none: the other places are asked, and a key of the wrong id opens nothing. */
  async #fromService(): Promise<MasterKey | undefined> {
    try {
      const text = await (await this.#loadService())?.get(this.#options.home);
      return text === null || text === undefined ? undefined : decodeKey(text, 'the entry in the keyring');
    } catch {
      return undefined;
    }
  }

  async #makeInService(): Promise<MasterKey | undefined> {
    const service = await this.#loadService();
    if (service === undefined || !(await works(service))) return undefined;
    const key = randomBytes(32);
    try {
      await service.set(this.#options.home, key.toString('base64'));
      // What another process may have kept in the same moment counts for both.
      const kept = await service.get(this.#options.home);
      return kept === null ? undefined : decodeKey(kept, 'the entry in the keyring');
    } catch {
      return undefined;
    }
  }

  async #makeInFile(): Promise<MasterKey> {
    await privateDirectory(this.#options.keysDirectory);
    await createPrivate(this.#file, `${randomBytes(32).toString('base64')}\n`);
    const text = await readPrivate(this.#file);
    if (text === undefined) throw new SecretError('keyring_unavailable', `the key file \`${this.#file}\` vanished`);
    return decodeKey(text, `the key file \`${this.#file}\``);
  }
}

/** True if the service keeps what it is given; some answer nothing where they should fail. */
async function works(service: PasswordService): Promise<boolean> {
  const account = `probe-${randomUUID()}`;
  try {
    await service.set(account, account);
    const kept = await service.get(account);
    await service.remove(account);
    return kept === account;
  } catch {
    return false;
  }
}

/** 32 bytes in hexadecimal or base64. */
function decodeKey(text: string, where: string): MasterKey {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return masterKey(Buffer.from(trimmed, 'hex'));
  if (/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) return masterKey(Buffer.from(trimmed, 'base64'));
  throw new SecretError('keyring_unavailable', `${where} is not a key: 32 bytes in base64 or hexadecimal are expected`);
}
