/** What the server is and how it is set up, judged by the promises of the port. */
import { StateError, type StoreFinding, type StoreReport } from '../port.ts';
import type { RedisAddress } from './address.ts';
import type { Sender } from './dial.ts';
import { PROBE, SCHEMA } from './probe.ts';
import { fieldsOf, textOf } from './replies.ts';

/** Scripts that begin with `#!lua` came with it. */
const OLDEST = 7;
const SETTINGS = ['appendonly', 'appendfsync'] as const;

export async function examine(send: Sender, { namespace }: RedisAddress): Promise<StoreReport> {
  const info = linesOf(textOf(await send('INFO'), 'its own state'));
  const settings = await settingsOf(send);
  const role = info.get('role') === 'master' ? 'primary' : 'replica';
  return {
    about: `${productOf(info)}, ${role}, schema ${SCHEMA}, namespace ${namespace}`,
    findings: [...aboutServer(info), ...aboutMemory(info), ...aboutFiles(settings), ...aboutReplicas(info)],
  };
}

/** Throws `StateError` for a server on which a count could be lost: a lost count is an overspent cap. */
export async function refuseUnsafe(send: Sender, address: RedisAddress): Promise<void> {
  // A node of a cluster that has not our keys answers this with the name of the one that has.
  await send('EXISTS', `${address.keys}tokens`);
  const { findings } = await examine(send, address);
  const faults = findings.filter(({ status }) => status === 'fail');
  if (faults.length > 0) {
    const words = faults.map(({ message, fix }) => `${message}; ${fix}`).join('. ');
    throw new StateError('unavailable', `the state server \`${address.name}\` cannot be relied on: ${words}`);
  }
  const schema = textOf(await send('EVAL', PROBE.text, '1', address.keys), 'its schema');
  if (schema === String(SCHEMA)) return;
  const words = `has schema ${schema} in namespace ${address.namespace}, this release knows ${SCHEMA}`;
  throw new StateError('unavailable', `the state server \`${address.name}\` ${words}; start the release that it is of`);
}

function linesOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Nothing where the server does not tell. */
async function settingsOf(send: Sender): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return fieldsOf(await send('CONFIG', 'GET', ...SETTINGS), 'its settings');
  } catch (error) {
    const isRefused = error instanceof Error && /^(NOPERM|ERR)\b/.test(error.message);
    if (isRefused) return undefined;
    throw error;
  }
}

/** Valkey says for Redis' sake which version of that it is like. */
function productOf(info: ReadonlyMap<string, string>): string {
  const valkey = info.get('valkey_version');
  return valkey === undefined ? `Redis ${info.get('redis_version') ?? '?'}` : `Valkey ${valkey}`;
}

function aboutServer(info: ReadonlyMap<string, string>): readonly StoreFinding[] {
  const findings: StoreFinding[] = [];
  if (info.get('role') !== 'master')
    findings.push({ status: 'fail', message: 'it is a replica', fix: 'name the primary in `state`' });
  if (!(Number.parseInt(info.get('redis_version') ?? '', 10) >= OLDEST))
    findings.push({ status: 'fail', message: `it is older than Redis ${OLDEST}`, fix: 'install a newer one' });
  return findings;
}

function aboutMemory(info: ReadonlyMap<string, string>): readonly StoreFinding[] {
  const policy = info.get('maxmemory_policy') ?? 'an unknown policy';
  if (info.get('maxmemory') === '0' || policy === 'noeviction') return [];
  const message = `it forgets counters when its memory is full (maxmemory-policy is ${policy})`;
  return [{ status: 'fail', message, fix: 'set `maxmemory-policy noeviction`' }];
}

function aboutFiles(settings: ReadonlyMap<string, string> | undefined): readonly StoreFinding[] {
  const sync = settings?.get('appendfsync');
  if (settings?.get('appendonly') === 'no')
    return [
      {
        status: 'fail',
        message: 'it forgets what was spent when it restarts (appendonly is no)',
        fix: 'set `appendonly yes`',
      },
    ];
  if (settings === undefined || sync === undefined)
    return [
      {
        status: 'warn',
        message: 'it does not tell how it keeps its data (CONFIG is refused)',
        fix: 'see in the console of its provider that every write is kept before it is answered',
      },
    ];
  if (sync === 'always') return [];
  return [
    {
      status: 'warn',
      message: `a power cut may take the last second of what was spent (appendfsync is ${sync})`,
      fix: 'set `appendfsync always`',
    },
  ];
}

/** A primary answers before its replicas have the write. */
function aboutReplicas(info: ReadonlyMap<string, string>): readonly StoreFinding[] {
  const replicas = info.get('connected_slaves') ?? '0';
  if (replicas === '0') return [];
  return [
    {
      status: 'warn',
      message: `a failover may take the last writes with it, and a cap be passed by as much (replicas: ${replicas})`,
      fix: 'promote a replica only when it has caught up, or freeze before and look at what was spent after',
    },
  ];
}
