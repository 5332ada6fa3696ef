/**
 * The master key, 256 bits: in the OS keyring when that works, else in a key file, else in the environment. A key that
 * exists is looked for in this order; only sealing makes one, so that a keyring that is locked today never leads to a
 * second key beside the first.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, lstatSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SecretError } from './error.ts';

const KEY_BYTES = 32;
const SERVICE = 'countersign';

/** Where a master key may be. */
export interface KeyPlaces {
  /** `keys/` of the home, mode 0700. */
  readonly keysDirectory: string;
  /** The home's path, which names the entry in the keyring: two homes have two keys. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The part of an OS keyring that is used. */
export interface Keyring {
  get(account: string): string | null;
  set(account: string, value: string): void;
  remove(account: string): void;
}

/** The master key that exists, or null. Throws `SecretError` for one that cannot be used. */
export async function findMasterKey(places: KeyPlaces, ring = openKeyring): Promise<Buffer | null> {
  const keyring = await ring(places.env);
  const kept = keyring?.get(places.home) ?? null;
  if (kept !== null) return decode(kept, 'the OS keyring');
  return readKeyFile(places) ?? keyOfEnvironment(places);
}

/** The master key; makes one if there is none, in the keyring if that works, else in `keys/master.key`. */
export async function ensureMasterKey(places: KeyPlaces, ring = openKeyring): Promise<Buffer> {
  const found = await findMasterKey(places, ring);
  if (found !== null) return found;
  const key = randomBytes(KEY_BYTES);
  const keyring = await ring(places.env);
  if (keyring === null) return createKeyFile(places, key);
  keyring.set(places.home, key.toString('base64'));
  if (keyring.get(places.home) === key.toString('base64')) return key;
  throw new SecretError(
    'unusable',
    'the OS keyring did not keep the master key; COUNTERSIGN_KEYRING=off uses a key file',
  );
}

/**
 * The OS keyring, or null where it does not work. It is tried with an entry of its own first, because without a session
 * some platforms answer "no such entry" instead of an error.
 */
export async function openKeyring(env: KeyPlaces['env']): Promise<Keyring | null> {
  if (env['COUNTERSIGN_KEYRING'] === 'off') return null;
  try {
    const { Entry } = await import('@napi-rs/keyring');
    const keyring: Keyring = {
      get: (account) => new Entry(SERVICE, account).getPassword(),
      set: (account, value) => new Entry(SERVICE, account).setPassword(value),
      remove: (account) => void new Entry(SERVICE, account).deletePassword(),
    };
    return works(keyring) ? keyring : null;
  } catch {
    return null;
  }
}

function works(keyring: Keyring): boolean {
  const account = `probe-${randomUUID()}`;
  keyring.set(account, account);
  const kept = keyring.get(account) === account;
  keyring.remove(account);
  return kept;
}

function keyFile({ keysDirectory }: KeyPlaces): string {
  return join(keysDirectory, 'master.key');
}

function readKeyFile(places: KeyPlaces): Buffer | null {
  const file = keyFile(places);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  const uid = process.getuid?.();
  if (!stats.isFile() || (uid !== undefined && stats.uid !== uid))
    throw new SecretError('unusable', `\`${file}\` is not a file of yours`);
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw new SecretError('unusable', `\`${file}\` is open to other users; run: chmod 600 ${file}`);
  }
  return decode(readFileSync(file, 'utf8').trim(), file);
}

/** The whole file appears at once, and only if there is none yet. */
function createKeyFile(places: KeyPlaces, key: Buffer): Buffer {
  const file = keyFile(places);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
    return key;
  } catch (cause) {
    const other = readKeyFile(places);
    if (other === null) throw new SecretError('unusable', `\`${file}\` cannot be written`, { cause });
    return other;
  } finally {
    unlinkSync(draft);
  }
}

function keyOfEnvironment({ env }: KeyPlaces): Buffer | null {
  const text = env['COUNTERSIGN_MASTER_KEY'];
  return text === undefined || text === '' ? null : decode(text, 'COUNTERSIGN_MASTER_KEY');
}

/** 32 bytes as hexadecimal or base64 text. */
function decode(text: string, where: string): Buffer {
  const key = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length === KEY_BYTES && /^[0-9a-zA-Z+/]+={0,2}$/.test(text)) return key;
  throw new SecretError('unusable', `the master key in ${where} is not 32 bytes of hexadecimal or base64`);
}
