/** An upstream as it is written on the command line, and as it stands in the configuration. */
import type { Plain } from '../config/text-edit.ts';
import { type Credential, credentialsOf, placeWords } from './clients/credentials.ts';
import { looksLikeKey } from './doctor/key-look.ts';
import { CommandError, Exit } from './report.ts';

/** What may be said of an upstream beside its command. */
export interface EntryOptions {
  readonly url?: string;
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly provider?: string;
  readonly prefix?: string;
}

type Entry = Readonly<Record<string, Plain>>;

const SECRET = 'secret:';

/** The entry for the configuration. Throws `CommandError` for options that do not go together. */
export function entryOf([command, ...args]: readonly string[], options: EntryOptions): Entry {
  const { url, env = [], header = [], provider, prefix } = options;
  const more = { ...(provider === undefined ? {} : { provider }), ...(prefix === undefined ? {} : { prefix }) };
  if ((command === undefined) === (url === undefined))
    throw new CommandError(
      Exit.usage,
      'an upstream is either a command or an address',
      'countersign upstream add NAME -- COMMAND ARGS…, or countersign upstream add NAME --url https://…',
    );
  if (url !== undefined) {
    if (env.length > 0) throw new CommandError(Exit.usage, '--env is for commands; an address takes --header');
    return { url, ...valuesOf('headers', '--header', header), ...more };
  }
  if (header.length > 0) throw new CommandError(Exit.usage, '--header is for addresses; a command takes --env');
  return { command: command ?? '', ...(args.length === 0 ? {} : { args }), ...valuesOf('env', '--env', env), ...more };
}

/** `KEY=VALUE`, and `KEY=secret:NAME` for a sealed one. */
function valuesOf(member: string, option: string, pairs: readonly string[]): Entry {
  const values: Record<string, Plain> = {};
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    // What stands there may be a credential: it is not repeated.
    if (key === '')
      throw new CommandError(
        Exit.usage,
        `what stands behind ${option} is not NAME=VALUE`,
        `${option} NAME=secret:SECRET`,
      );
    if (Object.hasOwn(values, key)) throw new CommandError(Exit.usage, `${option} names \`${key}\` twice`);
    values[key] = value.startsWith(SECRET) ? { secret: value.slice(SECRET.length) } : value;
  }
  return pairs.length === 0 ? {} : { [member]: values };
}

/** Throws `CommandError` for an entry that holds a credential; the words say where it stands and nothing of it. */
export function refuseCredentials(name: string, entry: Entry): void {
  const [found] = credentialsIn(entry);
  if (found === undefined) return;
  const option = found.place.is === 'header' ? '--header' : '--env';
  const key = found.place.is === 'arg' ? 'NAME' : found.place.name;
  throw new CommandError(
    Exit.usage,
    `${placeWords(found)} of \`${name}\` looks like a credential, and none belongs into the configuration or on a command line`,
    `seal it: countersign secret set ${name}-key; and name it: ${option} ${key}=secret:${name}-key. It was seen by your shell: replace it`,
  );
}

function credentialsIn(entry: Entry): readonly Credential[] {
  const { command, args, env, headers, url } = entry;
  if (typeof url !== 'string') {
    const given = Array.isArray(args) ? (args as readonly string[]) : [];
    return credentialsOf({
      via: 'stdio',
      command: typeof command === 'string' ? command : '',
      args: given,
      env: plainOf(env),
      cwd: null,
    });
  }
  return [...credentialsOf({ via: 'http', url, headers: plainOf(headers) }), ...inAddress(url)];
}

function plainOf(values: Plain | undefined): Readonly<Record<string, string>> {
  const pairs = typeof values === 'object' && values !== null ? Object.entries(values) : [];
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function inAddress(url: string): readonly Credential[] {
  const query = URL.canParse(url) ? [...new URL(url).searchParams] : [];
  return query
    .filter(([key, value]) => looksLikeKey(key, value))
    .map(([key, value]) => ({ place: { is: 'header', name: key }, value }));
}
