import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { brandAs, type GrantName, type RequestId, type UpstreamName } from '../../src/core/ids.ts';
import { openPostgresStore } from '../../src/state/index.ts';
import type { RemoteStoreOptions, SharedStore } from '../../src/state/port.ts';
import { MAX_COUNT, type QuotaAnswer, type QuotaUse } from '../../src/state/quota.ts';
import { postgresBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { bundleWorker } from './bundle.ts';
import { storeContract } from './contract.ts';
import { ask, counter, DAY_MS, dayAt, NOON, OWNER, rolling, use } from './quota-build.ts';

const MISSING = postgresBinaries() === undefined;
const named = (what: string): string => (MISSING ? `${what} (skipped: no initdb and postgres on this machine)` : what);

const id = (request: string): RequestId => brandAs<RequestId>(request);
const daily = counter('daily', rolling(DAY_MS));
const containing = (words: string): unknown => expect.stringContaining(words);
/** The codes of a failure that is nobody's fault here. */
const PASSING: unknown = expect.stringMatching(/^(unavailable|busy)$/);

/** What an operation answered and how long it took; never a rejection. */
async function outcomeOf(operation: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const startedMs = performance.now();
  const error = await operation.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - startedMs };
}

/** Tries until the operation succeeds, which the test's own time limit bounds. */
async function whenBack<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      expect(error).toMatchObject({ name: 'StateError', code: PASSING });
    }
  }
}

describe('the URL of a store in PostgreSQL', () => {
  const refusal = async (options: RemoteStoreOptions): Promise<string> => {
    const { error } = await outcomeOf(openPostgresStore(options));
    expect(error).toMatchObject({ name: 'StateError', code: 'unavailable' });
    return error instanceof Error ? error.message : '';
  };

  it('is refused with a password in it, which is not repeated', async () => {
    const message = await refusal({ url: 'postgres://me:hunter2@127.0.0.1/db' });
    expect(message).toBe(
      'the state URL `postgres://127.0.0.1/db` holds a password; seal it as a secret and name it in the configuration',
    );
  });

  it.each([
    ['mysql://127.0.0.1/db', 'not of the form'],
    ['not a url', 'not of the form'],
    ['postgres://127.0.0.1', 'must name a host and a database'],
    ['postgres:///db', 'must name a host and a database'],
    ['postgres://127.0.0.1/db?schema=Robert%22%3B', 'a schema that is not lower-case letters'],
    ['postgres://127.0.0.1/db?schema=a,public', 'a schema that is not lower-case letters'],
    ['postgres://127.0.0.1/db?sslmode=prefer', 'an `sslmode` that is not'],
    ['postgres://127.0.0.1/db?options=-cfsync', 'has the parameter `options`'],
    ['postgres://127.0.0.1/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', 'cannot be read'],
  ])('is refused where it does not say plainly where the store is: %s', async (url, words) => {
    expect(await refusal({ url, username: 'me' })).toContain(words);
  });

  it('is refused without a user, whatever the environment says', async () => {
    vi.stubEnv('PGUSER', 'somebody');
    try {
      expect(await refusal({ url: 'postgres://127.0.0.1/db' })).toContain('names no user');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('a server that is not there', () => {
  it('is told of at once when the port is closed', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const url = `postgres://127.0.0.1:${port}/db`;
    const { error, ms } = await outcomeOf(openPostgresStore({ url, username: 'me', password: 'hunter2' }));
    expect(error).toMatchObject({
      name: 'StateError',
      code: 'unavailable',
      message:
        `the state store \`${url}\` cannot be reached; check that it runs and that the URL is right ` +
        `(connect ECONNREFUSED 127.0.0.1:${port})`,
    });
    expect(ms).toBeLessThan(1_000);
  });

  it('is told of in time when something listens that never answers', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const { error, ms } = await outcomeOf(
      openPostgresStore({ url: `postgres://127.0.0.1:${port}/db`, username: 'me' }),
    );
    expect(error).toMatchObject({ name: 'StateError', code: 'unavailable' });
    expect(ms).toBeLessThan(3_500);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe.skipIf(MISSING)(named('the store in PostgreSQL'), () => {
  let server: PostgresServer;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  const makeFactory = () => {
    const schema = `contract_${(schemas += 1)}`;
    return Promise.resolve({
      open: (clock?: () => number) =>
        openPostgresStore({ url: `${server.url}?schema=${schema}`, username: server.username, clock }),
      dispose: async () => {
        await server.sql(`DROP SCHEMA ${schema} CASCADE`);
      },
    });
  };
  storeContract('postgres', makeFactory);

  describe('with a schema of its own', () => {
    let schema: string;
    let store: SharedStore;
    let nowMs: number;
    const at = (): RemoteStoreOptions => ({ url: `${server.url}?schema=${schema}`, username: server.username });
    const reserve = (request: string, ...uses: QuotaUse[]): Promise<QuotaAnswer> =>
      store.quota.reserve(ask(request, uses));
    const sql = (text: string) => server.sql(`SET search_path = ${schema}; ${text}`);

    beforeEach(async () => {
      schema = `own_${(schemas += 1)}`;
      nowMs = NOON;
      store = await openPostgresStore(at());
    });
    afterEach(async () => {
      await store.close();
      await server.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    });

    it('says which server, database and schema it is', async () => {
      const { about, findings } = await store.examine();
      expect(about).toMatch(new RegExp(`^PostgreSQL \\d+.*, database \`postgres\`, schema \`${schema}\`, layout 5$`));
      expect(findings).toEqual([]);
    });

    it("counts by the server's clock", async () => {
      const [before, answer, after] = [Date.now(), await reserve('r1', use(daily, 1, 10)), Date.now()];
      expect(answer).toMatchObject({ is: 'held' });
      expect(answer.nowMs).toBeGreaterThanOrEqual(before - 5);
      expect(answer.nowMs).toBeLessThanOrEqual(after + 5);
    });

    it('is not led elsewhere by the environment', async () => {
      const foreign = { PGHOST: 'elsewhere', PGDATABASE: 'other', PGUSER: 'somebody', PGOPTIONS: '-c search_path=x' };
      const switches = { PGSSLMODE: 'require', PGSSLNEGOTIATION: 'direct', PGREPLICATION: 'database' };
      for (const [name, value] of Object.entries({ ...foreign, ...switches })) vi.stubEnv(name, value);
      try {
        const led = await openPostgresStore(at());
        expect((await led.examine()).about).toContain(`database \`postgres\`, schema \`${schema}\``);
        await led.close();
      } finally {
        vi.unstubAllEnvs();
      }
    });

    it('can be closed twice, and answers nothing after that', async () => {
      await Promise.all([store.close(), store.close()]);
      await expect(store.quota.requests()).rejects.toMatchObject({
        code: 'unavailable',
        message: 'the state store is closed',
      });
    });

    describe('when names are hostile', () => {
      const hostile = `'; DROP TABLE countersign_tokens; -- \\ " \u202e {1,2} $1 %s \u{1f4b8} \t\n\u0001`;

      it('keeps them as they are', async () => {
        const of = counter('hostile', rolling(DAY_MS), { rule: hostile, subject: hostile, unit: hostile });
        const whole = { ...OWNER, host: hostile, processStart: hostile };
        await store.quota.reserve(ask(hostile, [use(of, 1, 10)], { principal: hostile, owner: whole }));
        expect((await store.quota.counters())[0]?.counter).toEqual(of);
        expect(await store.quota.requests()).toMatchObject([{ request: hostile, principal: hostile, owner: whole }]);
        await store.freezes.freeze({ grant: brandAs<GrantName>(hostile), scope: 'all', atMs: 1, by: hostile });
        expect(await store.freezes.list()).toMatchObject([{ grant: hostile, by: hostile }]);
        expect(await store.quota.abandon(whole)).toEqual([hostile]);
        expect(await store.quota.settle({ request: id(hostile), outcome: 'ok', forwardedMs: null })).toBe(true);
      });

      it('refuses what PostgreSQL would keep as something else', async () => {
        for (const bad of ['a\0b', 'a\ud800b', '\udc00']) {
          const conflict = { name: 'StateError', code: 'conflict' };
          const subject = counter('bad', rolling(DAY_MS), { subject: bad });
          await expect(reserve('r1', use(subject, 1, 10))).rejects.toMatchObject(conflict);
          await expect(reserve(bad, use(daily, 1, 10))).rejects.toMatchObject(conflict);
          await expect(store.tokens.find(bad)).rejects.toMatchObject(conflict);
        }
        expect(await store.quota.requests()).toEqual([]);
      });
    });

    describe('when sums pass what can be counted', () => {
      it('refuses more, and keeps telling where the counter stands', async () => {
        const closing = use(daily, 0, 10, { over: 'admit', closes: true });
        for (const request of ['r1', 'r2']) {
          await reserve(request, closing);
          await store.quota.settle({ request: id(request), outcome: 'ok', forwardedMs: null });
          expect(await store.quota.enter(id(request), 'USD', MAX_COUNT)).toBe('done');
        }
        expect(await store.quota.counters()).toMatchObject([{ used: MAX_COUNT }]);
        const answer = await reserve('r3', use(daily, 1, MAX_COUNT, { over: 'admit' }));
        expect(answer).toMatchObject({
          is: 'refused',
          refusals: [{ why: 'too_large', standing: { used: MAX_COUNT } }],
        });
        expect(await store.quota.reset(daily.id)).toBe(true);
        expect(await store.quota.reset(daily.id)).toBe(false);
        expect(await store.quota.counters()).toEqual([]);
      });
    });

    describe('when the clock stepped back a little', () => {
      it('gives a use whose instant nobody names back no sooner than its counter allows', async () => {
        const stepped = await openPostgresStore({ ...at(), clock: () => nowMs });
        const span = counter('span', rolling(60_000));
        await stepped.quota.reserve(ask('r1', [use(span, 1, 10)]));
        nowMs -= 2_000;
        await stepped.quota.settle({ request: id('r1'), outcome: 'ok', forwardedMs: null });
        nowMs = NOON + 60_000 - 1;
        expect(await stepped.quota.counters()).toMatchObject([{ used: 1 }]);
        await stepped.close();
      });
    });

    describe('when many leases have ended', () => {
      it('moves all of them into doubt', async () => {
        const held = await openPostgresStore({ ...at(), clock: () => nowMs });
        const requests = Array.from({ length: 230 }, (_, n) => `r${String(n).padStart(3, '0')}`);
        await Promise.all(requests.map((request) => held.quota.reserve(ask(request, [use(daily, 1, 1_000)]))));
        nowMs += 60_000;
        const states = (await held.quota.requests()).map(({ request, state }) => `${request} ${state}`);
        expect(states).toEqual(requests.map((request) => `${request} in-doubt`));
        await held.close();
      });
    });

    describe('when nobody asks about a counter any more', () => {
      it('forgets it after 35 days if it is one of many and holds nothing', async () => {
        const keyed = (name: string) => counter(name, dayAt(nowMs), { keyed: true });
        const old = await openPostgresStore({ ...at(), clock: () => nowMs });
        await old.quota.reserve(ask('r1', [use(keyed('over'), 1, 1)]));
        await old.quota.settle({ request: id('r1'), outcome: 'ok', forwardedMs: null });
        await old.quota.reserve(ask('r2', [use(keyed('held'), 1, 1)]));
        await old.close();
        nowMs += 37 * DAY_MS;
        const later = await openPostgresStore({ ...at(), clock: () => nowMs });
        await later.quota.reserve(ask('r3', [use(counter('other', dayAt(nowMs)), 1, 1)]));
        const left = async () =>
          (await sql('SELECT rule FROM countersign_quota_counters ORDER BY rule')).map(({ rule }) => rule);
        await expect.poll(left).toEqual(['held', 'other']);
        await later.close();
      });
    });

    describe('when what is kept is damaged', () => {
      it.each([
        ['a window', `UPDATE countersign_quota_counters SET window_text = '{}'`],
        ['a count', 'UPDATE countersign_quota_counters SET cap = 9007199254740993'],
        ['a word', `UPDATE countersign_quota_counters SET scope = 'planet'`],
        ['a counter', 'DELETE FROM countersign_quota_counters'],
        ['a table', 'DROP TABLE countersign_quota_slots'],
        ['a function', 'DROP FUNCTION countersign_doubt_many'],
      ])('calls it corrupt, never absent: %s', async (_what, damage) => {
        await reserve('r1', use(daily, 1, 10));
        await sql(damage);
        await expect(store.quota.counters()).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
      });

      it('says so of tokens and acceptances as well', async () => {
        const stripe = brandAs<UpstreamName>('stripe');
        await store.pins.accept(stripe, { pairing: 'p', tools: [], acceptedMs: 1, acceptedBy: 'me' });
        await sql(`UPDATE countersign_key_values SET value = '{"value":{"pairing":1}}'`);
        await expect(store.pins.get(stripe)).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
        await sql(
          `INSERT INTO countersign_tokens VALUES (repeat('a', 64), 'g', 9007199254740993, NULL, NULL, NULL, 0)`,
        );
        await expect(store.gate('a'.repeat(64))).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
        await expect(store.tokens.list()).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
      });
    });

    describe('when the schema is older', () => {
      it('brings it forward, and what it held stands', async () => {
        await reserve('r1', use(daily, 1, 10));
        await store.close();
        await sql(`CREATE OR REPLACE FUNCTION countersign_reset(p_counter text, p_clock_ms bigint) RETURNS boolean
          LANGUAGE sql AS 'SELECT NULL::boolean'; UPDATE countersign_schema SET version = 1;
          DROP TABLE countersign_verdicts, countersign_approvals, countersign_operators;
          DROP FUNCTION countersign_expire, countersign_standing, countersign_open, countersign_add_verdict,
            countersign_claim, countersign_end_approval, countersign_add_operator, countersign_standings`);
        store = await openPostgresStore(at());
        expect(await sql('SELECT version FROM countersign_schema')).toEqual([{ version: 5 }]);
        expect(await store.quota.counters()).toMatchObject([{ reserved: 1 }]);
        expect(await reserve('r2', use(daily, 1, 10))).toMatchObject({ is: 'held', standings: [{ reserved: 1 }] });
        expect(await store.quota.reset(daily.id)).toBe(true);
      });
    });

    describe('when the schema is not ours', () => {
      it('refuses one that a newer release made, and leaves it as it is', async () => {
        await store.close();
        await sql('UPDATE countersign_schema SET version = 99');
        await expect(openPostgresStore(at())).rejects.toMatchObject({
          name: 'StateError',
          code: 'unavailable',
          message: `the state store \`${server.url}?schema=${schema}\` has schema 99, this release knows 5; start a newer release`,
        });
        expect(await sql('SELECT version FROM countersign_schema')).toEqual([{ version: 99 }]);
      });

      it('refuses one that has tables of that name already', async () => {
        await store.close();
        await sql('DROP TABLE countersign_schema');
        await expect(openPostgresStore(at())).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
      });

      it('refuses to go on in another database that answers at the same address', async () => {
        await reserve('r1', use(daily, 1, 10));
        await server.sql(`DROP SCHEMA ${schema} CASCADE`);
        await (await openPostgresStore(at())).close();
        await server.cutConnections();
        await expect(store.quota.requests()).rejects.toMatchObject({
          name: 'StateError',
          code: 'unavailable',
          message: containing('was emptied or replaced while in use'),
        });
      });
    });

    describe('when a transaction is not READ COMMITTED', () => {
      it('does not count in it, because what others committed would not be seen', async () => {
        const inside = sql(`BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT countersign_settle('r1', 'ok', NULL, NULL)`);
        await expect(inside).rejects.toMatchObject({ code: '25000' });
      });
    });

    describe('when others are at the same counters', () => {
      it('bears asks that name them in opposite orders', async () => {
        const other = await openPostgresStore(at());
        const [a, b] = ['a', 'b'].map((name) => counter(name, rolling(DAY_MS)));
        const both = [use(a!, 1, 1_000), use(b!, 1, 1_000)];
        const asks = Array.from({ length: 120 }, (_, n) =>
          (n % 2 === 0 ? store : other).quota.reserve(ask(`r${n}`, n % 4 < 2 ? both : [...both].reverse())),
        );
        expect((await Promise.all(asks)).filter(({ is }) => is === 'held')).toHaveLength(120);
        const ends = Array.from({ length: 120 }, (_, n) =>
          (n % 3 === 0 ? store : other).quota.settle({ request: id(`r${n}`), outcome: 'ok', forwardedMs: null }),
        );
        expect((await Promise.all(ends)).every(Boolean)).toBe(true);
        expect(await store.quota.counters()).toMatchObject([
          { used: 120, reserved: 0 },
          { used: 120, reserved: 0 },
        ]);
        const [{ deadlocks } = {}] = await server.sql(`SELECT sum(deadlocks)::int AS deadlocks FROM pg_stat_database`);
        expect(deadlocks).toBe(0);
        await other.close();
      });

      it('reserves one request once, however often it is asked for at the same time', async () => {
        const other = await openPostgresStore(at());
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            (n % 2 === 0 ? store : other).quota.reserve(ask('r', [use(daily, 7, 7)])),
          ),
        );
        expect(answers.every(({ is }) => is === 'held')).toBe(true);
        expect(await store.quota.counters()).toMatchObject([{ reserved: 7 }]);
        await other.close();
      });

      it('waits for a counter that somebody holds, says `busy` in time, and counts under others meanwhile', async () => {
        const holder = new pg.Client({
          host: '127.0.0.1',
          port: server.port,
          user: server.username,
          database: 'postgres',
        });
        await holder.connect();
        await holder.query(`SET search_path = ${schema}; BEGIN`);
        await holder.query('SELECT countersign_lock_counters(ARRAY[$1])', [daily.id]);
        const waiting = outcomeOf(reserve('r1', use(daily, 1, 10)));
        expect((await reserve('r2', use(counter('other', rolling(DAY_MS)), 1, 10))).is).toBe('held');
        const { error, ms } = await waiting;
        expect(error).toMatchObject({ name: 'StateError', code: 'busy' });
        expect(ms).toBeLessThan(3_500);
        await holder.end();
        expect((await reserve('r1', use(daily, 1, 10))).is).toBe('held');
      });
    });

    describe('when several processes open an empty database', () => {
      it('is set up once, and one cap holds for all of them', async () => {
        const worker = await bundleWorker(new URL('workers/postgres-reserve.ts', import.meta.url));
        await store.close();
        await server.sql(`DROP SCHEMA ${schema} CASCADE`);
        const { url } = at();
        const held = await Promise.all(
          Array.from({ length: 5 }, async () => {
            const child = spawn(process.execPath, [worker, url, server.username, '40', '100'], {
              stdio: ['ignore', 'pipe', 'inherit'],
            });
            let text = '';
            child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
            const [code] = (await once(child, 'close')) as [number | null];
            expect(code).toBe(0);
            return Number(text);
          }),
        );
        expect(held.reduce((sum, one) => sum + one, 0)).toBe(100);
        store = await openPostgresStore(at());
        expect(await store.quota.counters()).toMatchObject([{ reserved: 100 }]);
      });
    });

    describe('when connections are cut', () => {
      it('goes on by itself, and counts every reservation once', async () => {
        const over = new AbortController();
        const cutting = (async () => {
          while (!over.signal.aborted) await server.cutConnections();
        })();
        const held: string[] = [];
        const thrown: string[] = [];
        await Promise.all(
          Array.from({ length: 4 }, async (_, k) => {
            for (let n = 0; n < 40; n += 1) {
              const request = `r${k}-${n}`;
              const { error } = await outcomeOf(reserve(request, use(daily, 1, 1_000)));
              if (error !== undefined) expect(error).toMatchObject({ name: 'StateError' });
              (error === undefined ? held : thrown).push(request);
            }
          }),
        );
        over.abort();
        await cutting;
        const kept = (await whenBack(() => store.quota.requests())).map(({ request }) => String(request));
        expect(kept).toEqual(expect.arrayContaining(held));
        expect([...held, ...thrown]).toEqual(expect.arrayContaining(kept));
        expect(await store.quota.counters()).toMatchObject([{ reserved: kept.length }]);
      });
    });

    describe('when the server stands still', () => {
      it('refuses in time and goes on when it does', async () => {
        await reserve('r1', use(daily, 1, 10));
        const pids = await server.sql(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'countersign' AND pid <> pg_backend_pid()`,
        );
        for (const { pid } of pids) process.kill(Number(pid), 'SIGSTOP');
        try {
          const { error, ms } = await outcomeOf(reserve('r2', use(daily, 1, 10)));
          expect(error).toMatchObject({ name: 'StateError', code: 'unavailable' });
          expect(ms).toBeLessThan(3_500);
        } finally {
          for (const { pid } of pids) process.kill(Number(pid), 'SIGCONT');
        }
        await whenBack(() => reserve('r2', use(daily, 1, 10)));
        expect(await store.quota.counters()).toMatchObject([{ reserved: 2 }]);
      });
    });
  });

  describe('when the server is killed', () => {
    it('keeps every reservation that was acknowledged, and goes on by itself when the server is back', async () => {
      const schema = `killed_${(schemas += 1)}`;
      const store = await openPostgresStore({ url: `${server.url}?schema=${schema}`, username: server.username });
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        let running = true;
        const reserving = Array.from({ length: 4 }, async (_, k) => {
          for (let n = 0; running; n += 1) {
            const request = `r${round}-${k}-${n}`;
            const { error, ms } = await outcomeOf(store.quota.reserve(ask(request, [use(daily, 1, 1_000_000)])));
            expect(ms).toBeLessThan(3_500);
            if (error === undefined) acknowledged.push(request);
            else {
              expect(error).toMatchObject({ name: 'StateError', code: PASSING });
              break;
            }
          }
        });
        await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(40 * (round + 1));
        await server.kill();
        running = false;
        await Promise.all(reserving);
        const { error } = await outcomeOf(store.gate('a'.repeat(64)));
        expect(error).toMatchObject({ name: 'StateError' });
        await server.restart();
        const kept = new Set((await whenBack(() => store.quota.requests())).map(({ request }) => String(request)));
        expect(acknowledged.filter((request) => !kept.has(request))).toEqual([]);
        expect(await store.quota.counters()).toMatchObject([{ reserved: kept.size }]);
      }
      await store.close();
    });
  });
});

describe.skipIf(MISSING)(named('a server that PostgreSQL lets be set up badly'), () => {
  const PASSWORD = 'correct horse';
  const RECEIVER = join(postgresBinaries() ?? '', 'pg_receivewal');
  const OPENSSL = 'openssl';
  let server: PostgresServer;
  const at = (over: Partial<RemoteStoreOptions> = {}): RemoteStoreOptions => ({
    ...{ url: server.url, username: server.username, password: PASSWORD },
    ...over,
  });

  beforeAll(async () => {
    server = await startPostgres({ password: PASSWORD });
  });
  afterAll(async () => {
    await server.stop();
  });

  it('is not entered with a wrong password or none, whatever the environment says, and the password is not told', async () => {
    vi.stubEnv('PGPASSWORD', PASSWORD);
    try {
      for (const password of ['hunter2', undefined]) {
        const { error } = await outcomeOf(openPostgresStore(at({ password })));
        expect(error).toMatchObject({ name: 'StateError', code: 'unavailable' });
        const { message } = error as Error;
        expect(message).toContain('does not let us in; check the user name and the password secret');
        expect(message).not.toContain('hunter2');
      }
    } finally {
      vi.unstubAllEnvs();
    }
    await (await openPostgresStore(at())).close();
  });

  it('says what is missing when the database or a privilege is', async () => {
    await expect(openPostgresStore(at({ url: server.urlOf('nowhere') }))).rejects.toMatchObject({
      code: 'unavailable',
      message: containing('is missing; create the database'),
    });
    await server.sql(`CREATE ROLE stranger LOGIN PASSWORD 'p'`);
    await expect(
      openPostgresStore(at({ url: `${server.url}?schema=strange`, username: 'stranger', password: 'p' })),
    ).rejects.toMatchObject({ code: 'unavailable', message: containing('denies the role a privilege') });
  });

  it('is refused if the database cannot hold every name', async () => {
    await server.sql(`CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'`);
    await expect(openPostgresStore(at({ url: server.urlOf('ascii') }))).rejects.toMatchObject({
      code: 'unavailable',
      message: containing('not encoded in UTF8'),
    });
  });

  it('is refused if it does not write to the disk what it acknowledges', async () => {
    await (await openPostgresStore(at())).close();
    await server.restart({ fsync: 'off' });
    await expect(openPostgresStore(at())).rejects.toMatchObject({
      name: 'StateError',
      code: 'unavailable',
      message:
        `the state store \`${server.url}\` cannot be trusted: \`fsync\` is off: a power cut loses reservations, and ` +
        'caps are exceeded; set `fsync = on` and reload the server',
    });
  });

  it('is no longer used when it was started again with less than before', async () => {
    await server.restart({});
    const store = await openPostgresStore(at());
    await store.quota.counters();
    await server.restart({ fsync: 'off' });
    await expect(whenBackOrUntrusted(store)).resolves.toContain('`fsync` is off');
    await server.restart({});
    await whenBack(() => store.quota.counters());
    await store.close();
  });

  it('is made to wait for the disk where its own default is not to', async () => {
    await server.restart({ synchronous_commit: 'off', default_transaction_isolation: 'serializable' });
    const store = await openPostgresStore(at());
    expect((await store.examine()).findings).toEqual([]);
    await store.close();
  });

  it('is warned of where it may tear pages', async () => {
    await server.restart({ full_page_writes: 'off' });
    const store = await openPostgresStore(at());
    expect((await store.examine()).findings).toMatchObject([
      { status: 'warn', message: containing('`full_page_writes` is off') },
    ]);
    await store.close();
  });

  it.skipIf(!existsSync(RECEIVER))(
    'is warned of where it does not wait for its replicas (needs pg_receivewal)',
    async () => {
      await server.restart({});
      // What only receives the log looks like a replica.
      const { uid, gid } = statSync(join(server.directory, 'data'));
      const receiver = spawn(
        RECEIVER,
        ['-D', server.directory, '-h', '127.0.0.1', '-p', String(server.port), '-U', server.username],
        { stdio: 'ignore', env: { PGPASSWORD: PASSWORD }, ...(process.getuid?.() === 0 ? { uid, gid } : {}) },
      );
      const store = await openPostgresStore(at());
      await expect
        .poll(async () => (await store.examine()).findings)
        .toMatchObject([{ status: 'warn', message: containing('replicas are not waited for') }]);
      receiver.kill();
      await once(receiver, 'exit');
      await store.close();
    },
  );

  it('is refused while it only reads', async () => {
    await server.restart({ default_transaction_read_only: 'on' });
    await expect(openPostgresStore(at())).rejects.toMatchObject({
      code: 'unavailable',
      message: containing('the role may only read'),
    });
    const signal = join(server.directory, 'data', 'standby.signal');
    writeFileSync(signal, '');
    await server.restart({});
    await expect(openPostgresStore(at())).rejects.toMatchObject({
      code: 'unavailable',
      message: containing('is a standby, which cannot count; name the primary server in the URL'),
    });
    rmSync(signal);
    await server.restart({});
  });

  it('is `busy` while it has no connection left', async () => {
    await server.restart({ max_connections: '7', superuser_reserved_connections: '3' });
    const guest = { host: '127.0.0.1', port: server.port, user: 'stranger', password: 'p', database: 'postgres' };
    const holders = Array.from({ length: 4 }, () => new pg.Client(guest));
    for (const holder of holders) await holder.connect();
    await expect(openPostgresStore(at({ username: 'stranger', password: 'p' }))).rejects.toMatchObject({
      name: 'StateError',
      code: 'busy',
    });
    for (const holder of holders) await holder.end();
    await server.restart({});
  });

  describe.skipIf(spawnSync(OPENSSL, ['version']).status !== 0)(
    'when it is reached through TLS (needs openssl)',
    () => {
      let certificate: string;

      beforeAll(async () => {
        certificate = join(server.directory, 'server.crt');
        const key = join(server.directory, 'server.key');
        execFileSync(
          OPENSSL,
          ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'].concat([
            '-addext',
            'subjectAltName=DNS:localhost',
            '-keyout',
            key,
            '-out',
            certificate,
          ]),
          { stdio: 'ignore' },
        );
        chmodSync(key, 0o600);
        const { uid, gid } = statSync(join(server.directory, 'data'));
        if (process.getuid?.() === 0) chownSync(key, uid, gid);
        await server.restart({ ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key });
      });

      const through = (host: string, parameters: string): RemoteStoreOptions =>
        at({ url: `postgres://${host}:${server.port}/postgres?${parameters}` });

      it('is proven by `verify-full`', async () => {
        const parameters = `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`;
        await (await openPostgresStore(through('localhost', parameters))).close();
        // The certificate does not name the address.
        await expect(openPostgresStore(through('127.0.0.1', parameters))).rejects.toMatchObject({
          code: 'unavailable',
          message: containing('is not proven to be the one named'),
        });
        await expect(openPostgresStore(through('localhost', 'sslmode=verify-full'))).rejects.toMatchObject({
          code: 'unavailable',
          message: containing('is not proven to be the one named'),
        });
      });

      it('is believed under `verify-ca` and `require`, which prove less', async () => {
        const authority = `sslmode=verify-ca&sslrootcert=${encodeURIComponent(certificate)}`;
        await (await openPostgresStore(through('127.0.0.1', authority))).close();
        await (await openPostgresStore(through('127.0.0.1', 'sslmode=require'))).close();
      });

      it('is never spoken to in plain text instead', async () => {
        await server.restart({});
        await expect(openPostgresStore(through('127.0.0.1', 'sslmode=verify-full'))).rejects.toMatchObject({
          code: 'unavailable',
          message: containing('has no TLS'),
        });
      });
    },
  );
});

/** The first failure that is not of the way to the server. */
async function whenBackOrUntrusted(store: SharedStore): Promise<string> {
  for (;;) {
    const { error } = await outcomeOf(store.quota.counters());
    if (error instanceof Error && error.message.includes('cannot be trusted')) return error.message;
  }
}
