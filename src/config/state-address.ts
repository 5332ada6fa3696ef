/** The address of a store for many machines, as a URL says it. Whoever may edit the configuration controls all of it. */

/** Where a store is. */
export interface StateAddress {
  readonly is: 'redis' | 'postgres';
  /**
   * The server, the database and how they are reached, in one form for every way to write them: what a password is
   * sealed for. Namespaces and schemas are no part of it.
   */
  readonly target: string;
  /** The URL without a user. */
  readonly url: string;
  /** From the URL; empty if it names none. */
  readonly username: string;
  /** False: what is sent to the store, a password too, can be read on the way. */
  readonly isEncrypted: boolean;
  readonly isLoopback: boolean;
}

export type ReadAddress =
  | { readonly ok: true; readonly address: StateAddress }
  | { readonly ok: false; readonly code: 'wrong_value' | 'plain_secret'; readonly message: string };

/** What is known of a scheme. */
interface Scheme {
  readonly is: StateAddress['is'];
  /** The form that means the same. */
  readonly canonical: string;
  readonly port: string;
  readonly path: RegExp;
  readonly pathWords: string;
  readonly query: ReadonlyMap<string, RegExp>;
}

const REDIS = {
  is: 'redis',
  port: '6379',
  path: /^\/?$|^\/\d{1,4}$/,
  pathWords: 'nothing or the number of a database, like `/0`',
  query: new Map([['namespace', /^[a-z0-9-]{1,32}$/]]),
} as const;

const POSTGRES = {
  is: 'postgres',
  canonical: 'postgres',
  port: '5432',
  path: /^\/[A-Za-z0-9_$.-]{1,63}$/,
  pathWords: 'the name of a database, like `/countersign`',
  // Any other member could name another host or a password: drivers take both from there.
  query: new Map([
    ['schema', /^[a-z_][a-z0-9_]{0,62}$/],
    ['sslmode', /^(?:disable|require|verify-ca|verify-full)$/],
    ['sslrootcert', /^\/\P{C}{1,1024}$/u],
  ]),
} as const;

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['redis:', { ...REDIS, canonical: 'redis' }],
  ['rediss:', { ...REDIS, canonical: 'rediss' }],
  ['postgres:', POSTGRES],
  ['postgresql:', POSTGRES],
]);

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const STATE_WORDS = '`sqlite`, or an address like `rediss://host:6379/0` or `postgres://host/database`';

/** Reads the URL of a store. The words of a refusal never repeat it, because a password may stand in it. */
export function readStateAddress(text: string): ReadAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url === undefined ? undefined : SCHEMES.get(url.protocol);
  if (url === undefined || scheme === undefined) return refused(`expected ${STATE_WORDS}`);
  const host = url.hostname.toLowerCase();
  const why = addressFault(url, host, scheme);
  if (why !== undefined) return why;
  const port = url.port === '' ? scheme.port : url.port;
  const path = scheme.is === 'redis' ? `/${Number(url.pathname.slice(1))}` : url.pathname;
  const isLoopback = LOOPBACK.test(host);
  const { isEncrypted, words } = scheme.is === 'redis' ? redisTls(scheme) : postgresTls(url.searchParams, isLoopback);
  const target = `${scheme.canonical}://${host}:${port}${path}${words}`;
  const username = decodeURIComponent(url.username);
  return {
    ok: true,
    address: { is: scheme.is, target, url: withoutUser(url, text), username, isEncrypted, isLoopback },
  };
}

function withoutUser(url: URL, text: string): string {
  if (url.username === '') return text;
  url.username = '';
  return url.href;
}

interface Tls {
  readonly isEncrypted: boolean;
  /** What it adds to the target: who may switch the encryption off, or its proof of the server, may read the password. */
  readonly words: string;
}

function redisTls({ canonical }: Scheme): Tls {
  return { isEncrypted: canonical === 'rediss', words: '' };
}

/** The server's identity is proven unless the URL says otherwise; on this machine nothing is encrypted unless it says so. */
function postgresTls(query: URLSearchParams, isLoopback: boolean): Tls {
  const usual = isLoopback ? 'disable' : 'verify-full';
  const mode = query.get('sslmode') ?? usual;
  const authority = query.get('sslrootcert');
  const words = [
    ...(mode === usual ? [] : [`sslmode=${mode}`]),
    ...(authority === null ? [] : [`sslrootcert=${authority}`]),
  ].join('&');
  return { isEncrypted: mode !== 'disable', words: words === '' ? '' : `?${words}` };
}

function addressFault(url: URL, host: string, { path, pathWords, query }: Scheme): ReadAddress | undefined {
  if (url.password !== '')
    return {
      ok: false,
      code: 'plain_secret',
      message:
        'config holds no secret: seal the password with `countersign secret set NAME --for-state URL`, and write `{ "url": "…", "username": "…", "password": { "secret": "NAME" } }`',
    };
  if (!HOST.test(host)) return refused('expected the name or the address of one host');
  if (!path.test(url.pathname) || url.hash !== '') return refused(`expected ${pathWords} after the host`);
  if (!/^(?:[A-Za-z0-9._~@-]|%40)*$/.test(url.username))
    return refused('expected a user name out of `A-Z a-z 0-9 . _ ~ @ -`');
  const keys = [...url.searchParams.keys()];
  const known = [...query.keys()].map((key) => `\`${key}\``).join(', ');
  if (keys.some((key) => !query.has(key)) || new Set(keys).size < keys.length)
    return refused(`expected at most ${known} behind the \`?\`, each once`);
  const wrong = keys.find((key) => query.get(key)?.test(url.searchParams.get(key) ?? '') !== true);
  return wrong === undefined ? undefined : refused(`the value of \`${wrong}\` is not one that it can have`);
}

function refused(message: string): ReadAddress {
  return { ok: false, code: 'wrong_value', message };
}

/** What a password is sealed for: this very store, as this user. No upstream can have such a name. */
export function stateSubject({ target, username }: Pick<StateAddress, 'target' | 'username'>): string {
  const [scheme = '', rest = ''] = target.split('://');
  return `state:${scheme}://${username === '' ? '' : `${encodeURIComponent(username)}@`}${rest}`;
}
