/**
 * Where the server is, read from the URL of the configuration. The driver's own reading of URLs, environment variables
 * and password files is not used: what a process inherits must not decide which server counts the money.
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { type RemoteStoreOptions, StateError } from '../port.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Undefined: the first schema of the role's own search path. */
  readonly schema: string | undefined;
  readonly tls: ConnectionOptions | false;
  /** The URL without credentials, for people. */
  readonly words: string;
}

const PROTOCOLS = ['postgres:', 'postgresql:'];
const PARAMETERS = ['schema', 'sslmode', 'sslrootcert'];
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Throws `StateError` `unavailable` for a URL that does not say plainly where the store is. */
export function readAddress({ url, username, password }: RemoteStoreOptions): Address {
  const parsed = parse(url);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const database = decoded(parsed.pathname.slice(1));
  const words = `${parsed.protocol}//${parsed.host}/${database}${parsed.search}`;
  const say = (what: string): StateError => new StateError('unavailable', `the state URL \`${words}\` ${what}`);
  if (parsed.password !== '') throw say('holds a password; seal it as a secret and name it in the configuration');
  if (host === '' || database === '') throw say('must name a host and a database: `postgres://HOST:5432/DATABASE`');
  const user = username ?? decoded(parsed.username);
  if (user === '') throw say('names no user, and no username is configured');
  for (const name of parsed.searchParams.keys())
    if (!PARAMETERS.includes(name)) throw say(`has the parameter \`${name}\`; it may have ${PARAMETERS.join(', ')}`);
  const schema = parsed.searchParams.get('schema') ?? undefined;
  if (schema !== undefined && !SCHEMA.test(schema))
    throw say('names a schema that is not lower-case letters, digits and underscores');
  const tls = readTls(parsed.searchParams, host, say);
  return {
    ...{ host, database, user, schema, tls, words },
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    password: password ?? '',
  };
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && PROTOCOLS.includes(parsed.protocol)) return parsed;
  throw new StateError('unavailable', 'the state URL is not of the form `postgres://HOST:5432/DATABASE`');
}

/** A text that is not what `encodeURIComponent` makes is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * `verify-full` is what to use, and what is used for every server that is not on this machine: it proves that the
 * server is the one named. `verify-ca` proves that its certificate is from the authority, `require` only hides the
 * traffic, and `disable` must be asked for. Modes that fall back to plain text when told to are not offered.
 */
function readTls(
  parameters: URLSearchParams,
  host: string,
  say: (what: string) => StateError,
): ConnectionOptions | false {
  const mode = parameters.get('sslmode') ?? (LOOPBACK.test(host) ? 'disable' : 'verify-full');
  const file = parameters.get('sslrootcert');
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...authority(file, say), rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...authority(file, say), rejectUnauthorized: true };
    default:
      throw say('has an `sslmode` that is not disable, require, verify-ca or verify-full');
  }
}

function authority(file: string | null, say: (what: string) => StateError): ConnectionOptions {
  if (file === null) return {};
  try {
    return { ca: readFileSync(file) };
  } catch (error) {
    throw say(`names an \`sslrootcert\` that cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}
