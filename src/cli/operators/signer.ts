/** Somebody who signs now: with a key sealed by a passphrase, or with an SSH key through `ssh-keygen`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApprovalError,
  fingerprint,
  type KnownOperator,
  type PublicKey,
  type Registry,
  SSH_NAMESPACE,
  unlockOperatorKey,
  verifySignature,
} from '../../approvals/index.ts';
import { CommandError, Exit } from '../report.ts';
import { readKey } from './keys.ts';
import { type PassphraseOptions, readPassphrase } from './passphrase.ts';

/** How a key is reached. */
export interface SigningOptions extends PassphraseOptions {
  /** The private half of an SSH key; without it, the agent has it. */
  readonly sshKey?: string;
}

/** A key that can sign. */
export interface Signer {
  readonly fingerprint: string;
  /** A signature as `verifySignature` takes it, and as it was found to fit. Throws `CommandError`. */
  sign(message: Buffer): Promise<string>;
  /** Lets go of the key. */
  forget(): void;
}

/** An active operator by name. Throws `CommandError` for anybody else. */
export function operatorNamed(registry: Registry, name: string): KnownOperator {
  const operator = registry.find(name);
  if (operator?.state === 'active') return operator;
  const active = registry.all().filter(({ state }) => state === 'active');
  throw new CommandError(
    Exit.usage,
    operator === undefined ? `there is no operator \`${name}\`` : `the key of \`${name}\` is revoked`,
    active.length === 0
      ? 'countersign operator add registers one'
      : `there is ${active.map(({ record }) => `\`${record.name}\``).join(', ')}`,
  );
}

/** Opens the key of an operator. Throws `CommandError`. */
export async function openSigner(
  home: string,
  { record }: Pick<KnownOperator, 'record'>,
  options: SigningOptions,
): Promise<Signer> {
  if (record.key.type === 'ssh') return sshSigner(record.key, options.sshKey);
  const sealed = await readKey(home, record.name);
  return ownSigner(record.name, record.key, sealed, await readPassphrase(record.name, options));
}

/** The signer of a sealed key. */
export async function ownSigner(name: string, key: PublicKey, sealed: string, passphrase: string): Promise<Signer> {
  const unlocked = await unlockOperatorKey(sealed, passphrase).catch((error: unknown) => {
    if (!(error instanceof ApprovalError)) throw error;
    throw new CommandError(
      Exit.usage,
      error.code === 'wrong_passphrase'
        ? `the passphrase does not open the key of \`${name}\``
        : `the key of \`${name}\` cannot be opened: ${error.message}`,
      undefined,
      { cause: error },
    );
  });
  if (fingerprint(unlocked.publicKey) !== fingerprint(key)) {
    unlocked.forget();
    throw new CommandError(
      Exit.usage,
      `the key of \`${name}\` on this machine is not the one that is registered`,
      `it is ${fingerprint(unlocked.publicKey)}, registered is ${fingerprint(key)}`,
    );
  }
  return {
    fingerprint: fingerprint(key),
    sign: (message) => Promise.resolve(unlocked.sign(message).toString('base64')),
    forget: () => unlocked.forget(),
  };
}

/** A person may have to find a security key first. */
const TOUCH_MS = 120_000;

/** The signer of an SSH key: `file` holds its private half, or the agent has it. */
export function sshSigner(key: Extract<PublicKey, { type: 'ssh' }>, file: string | undefined): Signer {
  return {
    fingerprint: fingerprint(key),
    sign: async (message) => {
      const signature = await sshSign(key, file, message);
      const check = verifySignature(key, message, signature);
      if (check.ok) return signature;
      throw new CommandError(
        Exit.usage,
        `ssh-keygen signed, and the signature does not count: ${check.why}`,
        file === undefined ? undefined : `\`${file}\` has to be the private half of the registered key`,
      );
    },
    forget: () => undefined,
  };
}

async function sshSign(
  { line }: { readonly line: string },
  file: string | undefined,
  message: Buffer,
): Promise<string> {
  const { execa } = await import('execa');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sign-'));
  try {
    const shown = join(folder, 'key.pub');
    await writeFile(shown, `${line}\n`, { mode: 0o600 });
    // The message comes on standard input; prompts for a touch or a passphrase go to the terminal by themselves.
    const { stdout, failed, stderr } = await execa(
      'ssh-keygen',
      ['-Y', 'sign', '-n', SSH_NAMESPACE, '-f', file ?? shown],
      { input: message, timeout: TOUCH_MS, reject: false, stripFinalNewline: false },
    );
    if (!failed) return stdout;
    throw new CommandError(
      Exit.unavailable,
      `ssh-keygen did not sign: ${stderr.trim().split('\n').at(-1) ?? 'it cannot be started'}`,
      file === undefined
        ? 'add the key to the SSH agent with ssh-add, or name its file with --ssh-key FILE'
        : undefined,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
