/** The stores that races and benches run on: a file of their own, or a server of their own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresStore } from '../../src/state/postgres.ts';
import { openRedisStore } from '../../src/state/redis.ts';
import type { SharedStore } from '../../src/state/port.ts';
import { openSqliteStore } from '../../src/state/sqlite.ts';
import { postgresBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { redisBinary, type RedisServer, startRedis } from '../support/redis-server.ts';

export const DRIVERS = ['sqlite', 'redis', 'postgres'] as const;
export type Driver = (typeof DRIVERS)[number];

/** Where a store is, in words that another process opens it by. */
export interface StoreAddress {
  readonly driver: Driver;
  /** A file, or a URL. */
  readonly at: string;
  readonly username?: string;
}

/** Makes empty stores of one driver. */
export interface StoreYard {
  readonly driver: Driver;
  readonly server: RedisServer | PostgresServer | undefined;
  /** A store that nobody has used. */
  fresh(): StoreAddress;
  end(): Promise<void>;
}

/** Why a driver cannot be tried here; null if it can. */
export function missing(driver: Driver): string | null {
  if (driver === 'redis' && redisBinary() === undefined) return 'redis-server is not on the PATH';
  if (driver === 'postgres' && postgresBinaries() === undefined) return 'PostgreSQL is not installed';
  return null;
}

export function openAt({ driver, at, username }: StoreAddress): Promise<SharedStore> {
  if (driver === 'sqlite') return openSqliteStore(at);
  return driver === 'redis' ? openRedisStore({ url: at, username }) : openPostgresStore({ url: at, username });
}

/** Starts what the driver needs. */
export async function openYard(driver: Driver): Promise<StoreYard> {
  if (driver === 'redis') return redisYard(await startRedis());
  // As many clients as a small fleet has: each gateway holds up to four connections.
  if (driver === 'postgres') return postgresYard(await startPostgres({ settings: { max_connections: '100' } }));
  const folder = mkdtempSync(join(tmpdir(), 'countersign-yard-'));
  return {
    ...{ driver, server: undefined },
    fresh: () => ({ driver, at: join(folder, `${name()}.db`) }),
    end: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

function redisYard(server: RedisServer): StoreYard {
  const fresh = (): StoreAddress => ({ driver: 'redis', at: `${server.url}?namespace=${name()}` });
  return { driver: 'redis', server, fresh, end: () => server.stop() };
}

function postgresYard(server: PostgresServer): StoreYard {
  const { username } = server;
  const fresh = (): StoreAddress => ({ driver: 'postgres', at: `${server.url}?schema=${name()}`, username });
  return { driver: 'postgres', server, fresh, end: () => server.stop() };
}

function name(): string {
  return `s${randomBytes(6).toString('hex')}`;
}
