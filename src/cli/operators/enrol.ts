/** New records of operators: who they are, what they may sign, and who vouches for it. */
import { readFile } from 'node:fs/promises';
import {
  ApprovalError,
  fingerprint,
  type KnownOperator,
  makeOperatorKey,
  operatorMessage,
  type OperatorRecord,
  parsePublicKey,
  type PublicKey,
  type Registry,
  signedRecordText,
} from '../../approvals/index.ts';
import { brandAs, type OperatorName, parseMoney } from '../../core/index.ts';
import { CommandError, Exit } from '../report.ts';
import { newPassphrase } from './passphrase.ts';
import { ownSigner, type Signer, sshSigner } from './signer.ts';

export interface NewKeyOptions {
  readonly sshKey?: string;
  readonly verifyRequired?: boolean;
  readonly newPassphraseFd?: string;
}

/** A key that somebody signs with from now on. */
export interface NewKey {
  readonly publicKey: PublicKey;
  /** What has to be kept of it here; null for an SSH key, whose private half is its holder's. */
  readonly sealedText: string | null;
  /** Signs with the new key itself. */
  readonly signer: () => Promise<Signer>;
}

/** Takes an SSH key over, or makes a key that a passphrase seals. Throws `CommandError`. */
export async function newKey(name: string, options: NewKeyOptions, descriptorOption: string): Promise<NewKey> {
  if (options.sshKey !== undefined) return sshKeyOf(options.sshKey, options.verifyRequired ?? false);
  const passphrase = await newPassphrase(name, options.newPassphraseFd, descriptorOption);
  const { publicKey, sealedText } = await made(name, passphrase);
  return { publicKey, sealedText, signer: () => ownSigner(name, publicKey, sealedText, passphrase) };
}

async function made(name: string, passphrase: string): ReturnType<typeof makeOperatorKey> {
  try {
    return await makeOperatorKey(name, passphrase);
  } catch (error) {
    if (!(error instanceof ApprovalError)) throw error;
    throw new CommandError(Exit.usage, error.message, undefined, { cause: error });
  }
}

async function sshKeyOf(file: string, verifyRequired: boolean): Promise<NewKey> {
  const shown = file.endsWith('.pub') ? file : `${file}.pub`;
  const line = (await readFile(shown, 'utf8').catch(() => '')).trim();
  const publicKey = parsePublicKey({ type: 'ssh', line, verifyRequired });
  if (publicKey?.type !== 'ssh')
    throw new CommandError(
      Exit.usage,
      `\`${shown}\` holds no public key that may sign${verifyRequired ? ' and can ask for a PIN' : ''}`,
      'one Ed25519 key, of software or of a security key: ssh-keygen -t ed25519-sk -O verify-required',
    );
  const secret = file.endsWith('.pub') ? undefined : file;
  return { publicKey, sealedText: null, signer: () => Promise.resolve(sshSigner(publicKey, secret)) };
}

export interface WhoOptions {
  readonly person: string;
  readonly identity?: readonly string[];
  readonly role: readonly string[];
  readonly limit?: readonly string[];
}

/** The record of an operator. Throws `CommandError` for one that no registry would read. */
export function recordOf(
  name: string,
  { person, identity = [], role, limit }: WhoOptions,
  key: PublicKey,
  before: KnownOperator | undefined,
  nowMs: number,
): OperatorRecord {
  const record: OperatorRecord = {
    v: 1,
    name: brandAs<OperatorName>(name),
    person,
    identities: [...new Set(identity)],
    roles: [...new Set(role)],
    limits: limit === undefined || limit.length === 0 ? null : Object.fromEntries(limit.map(limitOf)),
    key,
    addedMs: nowMs,
    serial: (before?.record.serial ?? 0) + 1,
  };
  try {
    operatorMessage(record);
    return record;
  } catch (cause) {
    throw new CommandError(
      Exit.usage,
      `the record of \`${name}\` cannot be read by a registry`,
      'names are lower case; roles of a-z, 0-9 and -; persons and identities plain text without invisible characters',
      { cause },
    );
  }
}

function limitOf(text: string): readonly [currency: string, minor: string] {
  const money = parseMoney(text);
  if (money.ok) return [money.value.currency, String(money.value.minor)];
  throw new CommandError(
    Exit.usage,
    `\`${text}\` behind --limit is no amount: ${money.fault.message}`,
    '--limit "500 USD"',
  );
}

/** The text of a record that `signer` vouches for. */
export async function vouched(record: OperatorRecord, by: OperatorName, signer: Signer): Promise<string> {
  const signature = await signer.sign(operatorMessage(record));
  return signedRecordText({ record, signedBy: by, fingerprint: signer.fingerprint, signature });
}

/** Refuses a name that the registry would not take, before a person has typed two passphrases. */
export function checkName(registry: Registry, name: string, replace: boolean): void {
  const before = registry.find(name);
  if (before?.isRoot === true)
    throw new CommandError(
      Exit.usage,
      `\`${name}\` is the trust root, for whom nobody else speaks`,
      'register a new root, and trust it in every home: countersign operator trust',
    );
  if (before?.state !== 'active' || replace) return;
  throw new CommandError(
    Exit.usage,
    `there is an operator \`${name}\``,
    'with --replace, the new key and roles take the place of the old ones',
  );
}

/** Refuses a key that somebody else has. */
export function checkKey(registry: Registry, name: string, key: PublicKey): void {
  const holder = registry.byFingerprint(fingerprint(key));
  if (holder === undefined || holder.record.name === name) return;
  throw new CommandError(
    Exit.usage,
    `this key is that of \`${holder.record.name}\``,
    'every operator has a key of their own',
  );
}
