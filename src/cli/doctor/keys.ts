/** The master key, and the sealed secrets that upstreams need. */
import { stateUrl, subjectOf } from '../../config/index.ts';
import type { LoadedConfig, UpstreamConfig } from '../../config/types.ts';
import type { KeyPlace, SecretEntry, Vault } from '../../secrets/index.ts';
import { Exit } from '../report.ts';
import { counted, failed, failure, type Finding, passed, shellWord, warned, wordsOf } from './finding.ts';
import { modeOf } from './key-look.ts';
import type { Site } from './site.ts';

/** Checks where the master key is, and every secret: sealed, opening, live or test. No value is shown. */
export async function examineKeys({ installation, config }: Site): Promise<readonly Finding[]> {
  if (installation === null) return [];
  try {
    const vault = await installation.vault();
    const sealed = await vault.list();
    const keyring = keyringFinding(await vault.keyPlaces(), sealed.length);
    return [keyring, ...(config === null ? [] : await secrets(vault, sealed, config))];
  } catch (error) {
    return [failure('keyring', wordsOf(error), Exit.unavailable)];
  }
}

const PLACES: Readonly<Record<KeyPlace, string>> = {
  keyring: 'in the keyring of the operating system',
  file: 'in `keys/master.key`, beside what it seals: a backup of the whole home holds both',
  environment: 'in the variable `COUNTERSIGN_MASTER_KEY`',
};

function keyringFinding([first, ...others]: readonly KeyPlace[], sealed: number): Finding {
  if (first !== undefined) {
    const more = others.map((place) => `; another is ${PLACES[place]}`).join('');
    return passed('keyring', `the master key is ${PLACES[first]}${more}`);
  }
  if (sealed === 0) return passed('keyring', 'there is no master key yet; the first sealed secret makes one');
  const message = `there is no master key, and ${counted(sealed, 'secret')} that only it can open`;
  return failed('keyring', message, 'bring the key back, or seal the secrets again', Exit.unavailable);
}

/** Who needs a secret. */
interface Receiver {
  /** As the vault knows it. */
  readonly subject: string;
  readonly words: string;
  /** How it is sealed for this one. */
  readonly option: string;
}

/** The upstreams that name each secret, and the state store if it has a password. */
function needs({ upstreams, state }: LoadedConfig): ReadonlyMap<string, readonly Receiver[]> {
  const needed = new Map<string, Receiver[]>();
  const add = (secret: string, receiver: Receiver): unknown =>
    needed.set(secret, [...(needed.get(secret) ?? []), receiver]);
  for (const upstream of upstreams.values())
    for (const secret of secretsOf(upstream))
      add(secret, { subject: upstream.name, words: `\`${upstream.name}\``, option: '' });
  if (state.is !== 'sqlite' && state.password !== null)
    add(state.password, {
      subject: subjectOf(state),
      words: `the state store \`${stateUrl(state)}\``,
      option: ` --for-state ${shellWord(stateUrl(state))}`,
    });
  return needed;
}

function secretsOf(upstream: UpstreamConfig): ReadonlySet<string> {
  const values = upstream.via === 'stdio' ? upstream.env : upstream.headers;
  return new Set([...values.values()].flatMap((value) => (value.is === 'secret' ? [value.secret] : [])));
}

async function secrets(
  vault: Vault,
  sealed: readonly SecretEntry[],
  config: LoadedConfig,
): Promise<readonly Finding[]> {
  const needed = needs(config);
  const findings = [...needed].map(([name, receivers]) =>
    secretFinding(
      vault,
      sealed.find((entry) => entry.name === name),
      name,
      receivers,
    ),
  );
  const idle = sealed.filter(({ name }) => !needed.has(name)).map(({ name }) => name);
  const unneeded = idle.map((name) =>
    warned(`secret.${name}`, `\`${name}\` is sealed, and no upstream names it`, `countersign secret remove ${name}`),
  );
  return [...(await Promise.all(findings)), ...unneeded];
}

async function secretFinding(
  vault: Vault,
  entry: SecretEntry | undefined,
  name: string,
  receivers: readonly Receiver[],
): Promise<Finding> {
  const store = receivers.map(({ option }) => option).join('');
  const [id, set] = [`secret.${name}`, `countersign secret set ${name}${store}`];
  const users = receivers.map(({ words }) => words).join(', ');
  if (entry === undefined) return failed(id, `\`${name}\`, which ${users} needs, is not sealed`, set, Exit.unavailable);
  try {
    const [value = ''] = await Promise.all(receivers.map(({ subject }) => vault.open(name, subject)));
    return sealedFinding(id, entry, modeOf(value), users, set);
  } catch (error) {
    const [message = ''] = wordsOf(error).split('; ');
    return failed(id, message, set, Exit.unavailable);
  }
}

function sealedFinding(id: string, { name, version }: SecretEntry, mode: string, users: string, set: string): Finding {
  const message = `\`${name}\` holds ${mode}, version ${version}, for ${users}`;
  const isLive = mode.includes('live key');
  const misnamed = isLive ? /test|sandbox/.test(name) : mode.includes('test key') && name.includes('live');
  if (!misnamed && !mode.includes('publishable')) return passed(id, message);
  return warned(id, misnamed ? `${message}: its name says otherwise` : message, set);
}
