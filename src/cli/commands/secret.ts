/** `countersign secret set|list|remove`. Values come from a hidden prompt or from stdin, and leave only sealed. */
import { readStateAddress, stateSubject } from '../../config/index.ts';
import { brandAs, type SecretName } from '../../core/index.ts';
import { Installation } from '../compose.ts';
import { acting, type ActingOptions, actingOnStore } from '../operators/acting.ts';
import { readValue } from '../read-value.ts';
import { CommandError, Exit, type ExitCode, printJson, printTable, say } from '../report.ts';

interface Options {
  readonly config?: string | undefined;
  readonly json?: boolean;
}

/** Who may receive the value. */
interface Receivers {
  readonly for?: readonly string[];
  readonly forState?: string;
}

/** Null: every upstream, and no state store. */
function receiversOf({ for: upstreams, forState }: Receivers): readonly string[] | null {
  if (forState === undefined) return upstreams ?? null;
  if (upstreams !== undefined)
    throw new CommandError(
      Exit.usage,
      '`--for` and `--for-state` exclude each other',
      'a state store is no upstream; seal it one password of its own',
    );
  const read = readStateAddress(forState);
  if (read.ok) return [stateSubject(read.address)];
  throw new CommandError(
    Exit.usage,
    `the URL behind \`--for-state\` is not one of a state store: ${read.code === 'plain_secret' ? 'it holds a password' : read.message}`,
    'write the URL of the configuration, with its `username` before the host: redis://acme@host:6379/0',
  );
}

/** More than any provider's key; a whole file piped in by mistake is refused. */
const MAX_INPUT_BYTES = 64 * 1024;

/** Seals a value under a name; a name that exists gets a new version. */
export async function set(name: string, options: Options & Receivers & ActingOptions): Promise<ExitCode> {
  const receivers = receiversOf(options);
  const installation = new Installation(process.env, { configFile: options.config, create: true });
  try {
    const act = { does: 'secret set', to: name };
    const { actor } = await (options.forState === undefined ? acting : actingOnStore)(installation, act, options);
    const value = await readValue({
      message: `value of ${name}`,
      cancelled: 'nothing was sealed',
      maxBytes: MAX_INPUT_BYTES,
    });
    if (value === '')
      throw new CommandError(
        Exit.usage,
        `the value of \`${name}\` is empty`,
        `pipe it in: pass show key | countersign secret set ${name}`,
      );
    const vault = await installation.vault();
    const { version } = await vault.set(brandAs<SecretName>(name), value, receivers);
    const admin = await installation.adminLog();
    await admin.write({ kind: 'secret_sealed', actor, secret: brandAs<SecretName>(name), version });
    if (options.json === true) printJson({ name, version });
    else say(`sealed \`${name}\`, version ${version}`);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** Lists names, versions and dates. There is no command that prints a value. */
export async function list(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env);
  const secrets = await (await installation.vault()).list();
  if (options.json === true) printJson(secrets);
  else
    printTable(
      ['SECRET', 'VERSION', 'FOR'],
      secrets.map(({ name, version, upstreams }) => [
        name,
        String(version),
        upstreams?.map(receiverWords).join(' ') ?? 'every upstream that names it',
      ]),
    );
  await installation.close();
  return Exit.ok;
}

function receiverWords(receiver: string): string {
  return receiver.replace(/^state:/, 'the state store ');
}

/** Destroys every version of a secret. */
export async function remove(name: string, options: Options & ActingOptions): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const { actor } = await acting(installation, { does: 'secret remove', to: name }, options);
    const vault = await installation.vault();
    const { version } = await vault.remove(brandAs<SecretName>(name));
    const admin = await installation.adminLog();
    await admin.write({ kind: 'secret_removed', actor, secret: brandAs<SecretName>(name), version });
    if (options.json === true) printJson({ name, version });
    else say(`removed \`${name}\`; upstreams that name it will not start`);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}
