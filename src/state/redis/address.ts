/** Where the server is, read from the URL that the configuration names. */
import { StateError } from '../port.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly database: number;
  /** Installations that share a server differ in it. */
  readonly namespace: string;
  /** What every key begins with. The braces keep them on one node of a cluster, where a script reaches them all. */
  readonly keys: string;
  /** For people: the URL without what could be a secret. */
  readonly name: string;
}

const DEFAULT_NAMESPACE = 'countersign';
const NAMESPACE = /^[a-z0-9-]{1,32}$/;
const DATABASE = /^\/?$|^\/\d{1,4}$/;

/** Throws `StateError` `unavailable` that never repeats the URL, in case a secret is in it. */
export function readAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw refused('it is no `redis://host:port` or `rediss://host:port`', 'correct `state`');
  if (url.username !== '' || url.password !== '')
    throw refused('it holds credentials', 'seal the password as a secret and name that beside the URL');
  if (!DATABASE.test(url.pathname) || url.hash !== '')
    throw refused('after the port it may only say the number of a database', 'correct `state`');
  const { port, hostname, protocol } = url;
  const database = Number(url.pathname.slice(1));
  const namespace = namespaceOf(url.searchParams);
  const base = `${protocol}//${hostname}:${port === '' ? '6379' : port}`;
  return {
    // A socket wants an IPv6 address without its brackets.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    tls: protocol === 'rediss:',
    database,
    namespace,
    keys: `{${namespace}}:`,
    name: database === 0 ? base : `${base}/${database}`,
  };
}

function namespaceOf(query: URLSearchParams): string {
  const names = [...query.keys()];
  if (names.some((name) => name !== 'namespace') || names.length > 1)
    throw refused('`namespace` is the only option that it may have, once', 'correct `state`');
  const namespace = query.get('namespace') ?? DEFAULT_NAMESPACE;
  if (!NAMESPACE.test(namespace))
    throw refused('`namespace` takes 1 to 32 lower-case letters, digits and hyphens', 'correct `state`');
  return namespace;
}

function refused(why: string, step: string): StateError {
  return new StateError('unavailable', `the URL of the state server cannot be used: ${why}; ${step}`);
}
