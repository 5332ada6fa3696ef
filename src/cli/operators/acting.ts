/**
 * Who does something that changes the installation. Before there are operators it is the OS user, whom nobody proves;
 * once there are, it is one of them with the role for it, by signature.
 */
import { randomBytes } from 'node:crypto';
import { type Act, actMessage, type KnownOperator, type Registry, signedActText } from '../../approvals/index.ts';
import type { Actor } from '../../audit/index.ts';
import { actor, type Installation } from '../compose.ts';
import { CommandError, Exit, say } from '../report.ts';
import { readRoot, refuseUntrusted } from './root.ts';
import { openSigner, operatorNamed, type Signer, type SigningOptions } from './signer.ts';

export interface ActingOptions extends SigningOptions {
  readonly as?: string;
}

/** Who acts, for the record and for whoever has to know the person. */
export interface Acting {
  readonly actor: Actor;
  /** Null for the OS user. */
  readonly operator: KnownOperator | null;
  readonly registry: Registry | null;
}

interface What {
  /** The command. */
  readonly does: string;
  readonly to: string;
  /** `admin`: that role is needed; `policy`: that or admin; `any`: every operator may. */
  readonly role?: 'admin' | 'policy' | 'any';
  /** The option that says who, if it is another than `--as`. */
  readonly option?: string;
}

/**
 * Lets somebody act, or throws `CommandError` with what is missing. Asks for a passphrase or a touch where the key wants
 * one. Throws `StateError` if the operators cannot be read: then nobody may.
 */
export async function acting(installation: Installation, what: What, options: ActingOptions): Promise<Acting> {
  const root = await readRoot(installation.home);
  if (root === null) return unproven(installation, options);
  const registry = await installation.registry();
  const operator = permitted(registry, what, options.as);
  const signer = await openSigner(installation.home, operator, options);
  try {
    return { actor: await signedBy(installation, operator, signer, what), operator, registry };
  } finally {
    signer.forget();
  }
}

/** The operator as who acts, proven by a signature of what is done. Throws `CommandError`. */
export async function signedBy(
  installation: Installation,
  { record: { name } }: KnownOperator,
  signer: Signer,
  { does, to }: Pick<What, 'does' | 'to'>,
): Promise<Actor & { readonly by: 'operator' }> {
  const { fingerprint } = signer;
  const act: Act = {
    ...{ v: 1, does, to, origin: installation.installId() },
    ...{ operator: name, fingerprint, signedMs: Date.now(), nonce: randomBytes(16).toString('hex') },
  };
  return { by: 'operator', name, fingerprint, signed: signedActText(act, await signer.sign(actMessage(act))) };
}

/** A home that trusts nobody, and whose store nobody else has operators in. */
async function unproven(installation: Installation, { as }: ActingOptions): Promise<Acting> {
  if (as !== undefined)
    throw new CommandError(
      Exit.usage,
      `\`${as}\` cannot be believed: this home trusts no operator`,
      'countersign operator add registers the first, countersign operator trust those of a shared store',
    );
  await refuseBeside(installation);
  return { actor: actor(), operator: null, registry: null };
}

const UNKNOWABLE: ReadonlySet<string> = new Set(['ConfigError', 'SecretError']);

/** Without a configuration that can be read, or the password of its store, nobody can do anything to what is shared. */
async function refuseBeside(installation: Installation): Promise<void> {
  try {
    await refuseUntrusted(await installation.shared());
  } catch (error) {
    if (!(error instanceof Error && UNKNOWABLE.has(error.name))) throw error;
  }
}

function permitted(
  registry: Registry,
  { does, role = 'admin', option = '--as' }: What,
  as: string | undefined,
): KnownOperator {
  const who = { admin: 'an admin', policy: 'an operator with the role policy or admin', any: 'an operator' }[role];
  if (as === undefined)
    throw new CommandError(
      Exit.usage,
      `\`${does}\` takes ${who}, by signature`,
      `say who with ${option} NAME; countersign operator list shows who there is`,
    );
  const operator = operatorNamed(registry, as);
  const { roles } = operator.record;
  if (role === 'any' || roles.includes('admin') || roles.includes(role)) return operator;
  throw new CommandError(Exit.usage, `\`${as}\` has not the role ${role}, which \`${does}\` takes`);
}

/**
 * The same for an act without which the operators could not be read: the password of the store they are in. A store that
 * does not let us in is no reason to keep the key to it out; the record says that nobody was proven.
 */
export async function actingOnStore(installation: Installation, what: What, options: ActingOptions): Promise<Acting> {
  try {
    return await acting(installation, what, options);
  } catch (error) {
    if (error instanceof CommandError || options.as !== undefined) throw error;
    say('the operators cannot be read without this store, so nobody is asked who does this');
    return { actor: actor(), operator: null, registry: null };
  }
}
