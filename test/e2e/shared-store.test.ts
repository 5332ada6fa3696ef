import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/state/index.ts';
import { type PostgresServer, postgresBinaries, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, redisBinary, startRedis } from '../support/redis-server.ts';
import { type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';

const PASSWORD = 'canary-hunter2';
const PACE = {
  version: 1,
  rules: [{ id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 30, per: 'minute' } }],
};
const READS = { version: 1, rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };

const NO_REDIS = redisBinary() === undefined;
const NO_POSTGRES = postgresBinaries() === undefined;
const because = (isMissing: boolean, what: string): string => (isMissing ? ` (skipped: ${what} is not installed)` : '');

describe.skipIf(NO_REDIS)(`when the state is kept on a Redis server${because(NO_REDIS, 'redis-server')}`, () => {
  let server: RedisServer;
  let homes: Home[] = [];

  beforeAll(async () => {
    server = await startRedis();
    // A password for a user of its own: the server's support asks as the default user.
    const { createClient } = await import('@redis/client');
    const client = createClient({ url: server.url });
    await client.connect();
    await client.sendCommand(['ACL', 'SETUSER', 'acme', 'on', `>${PASSWORD}`, '~*', '&*', '+@all']);
    await client.close();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    homes = [];
  });
  afterEach(() => Promise.all(homes.map((home) => home.remove())));

  const target = (): string => `redis://acme@127.0.0.1:${server.port}/0`;

  async function homeWith(namespace: string, state?: unknown): Promise<Home> {
    const home = await makeHome({});
    homes.push(home);
    await declare(home, state ?? shared(namespace));
    return home;
  }

  function shared(namespace: string, host = '127.0.0.1'): unknown {
    const url = `redis://${host}:${server.port}?namespace=${namespace}`;
    return { url, username: 'acme', password: { secret: 'redis' } };
  }

  async function declare(home: Home, state: unknown): Promise<void> {
    const shop = await recorder(home.room, 'shop', [tool('look', {})], { tools: { look: { kind: 'read' } } });
    const agent = { principal: 'a@acme.example', policies: ['reads'], upstreams: ['shop'] };
    await home.rewrite({ version: 1, upstreams: { shop }, policies: { reads: READS }, grants: { agent }, state });
  }

  function seal(home: Home, ...options: string[]) {
    return home.run(['secret', 'set', 'redis', ...options], PASSWORD);
  }

  it('serves a token of one machine on another, and stops both at once', async () => {
    const [one, two] = [await homeWith('fleet'), await homeWith('fleet')];
    for (const home of [one, two]) expect((await seal(home, '--for-state', target())).exitCode).toBe(0);
    const token = await one.issue('agent');
    await two.accept('shop');
    const client = new RawClient(two, token);
    expect((await client.initialize()).result).toBeDefined();
    expect((await client.call('look', {})).result?.isError).not.toBe(true);
    await one.run(['freeze']);
    expect(decisionOf(await client.call('look', {}))).toMatchObject({ decision: 'deny' });
    await client.close();
    expect(two.records().some(({ kind }) => kind === 'outcome')).toBe(true);
    expect((await two.run(['audit', 'verify'])).exitCode).toBe(0);
    const local = await openSqliteStore(join(one.directory, 'state.db'));
    expect(await local.tokens.list()).toEqual([]);
    expect((await local.heads.read('admin')).count).toBeGreaterThan(0);
    await local.close();
  });

  it('hands the password to no other store, and to none if it was sealed for every upstream', async () => {
    const home = await homeWith('sealed');
    await seal(home);
    const unsealed = await home.run(['grant', 'list']);
    expect([unsealed.exitCode, unsealed.stderr]).toEqual([
      3,
      `countersign: the secret \`redis\` is not sealed for the state store \`${target()}\`; run: countersign secret set redis --for-state '${target()}'`,
    ]);
    await seal(home, '--for-state', target());
    expect((await home.run(['grant', 'list'])).exitCode).toBe(0);
    await declare(home, shared('sealed', 'localhost'));
    const moved = await home.run(['grant', 'list']);
    expect(moved.exitCode).toBe(3);
    expect(moved.stderr).toContain('is not sealed for the state store `redis://acme@localhost:');
    expect(JSON.stringify(home.records()) + unsealed.stderr + moved.stderr).not.toContain(PASSWORD);
  });

  it('never asks the file of the machine once the configuration names a server', async () => {
    const home = await homeWith('moved', 'sqlite');
    const token = await home.issue('agent');
    const before = new RawClient(home, token);
    expect((await before.initialize()).result).toBeDefined();
    await before.close();
    expect(existsSync(join(home.directory, 'config.seen.json'))).toBe(true);
    await seal(home, '--for-state', target());
    await declare(home, shared('moved'));
    const after = new RawClient(home, token);
    expect((await after.initialize()).error?.message).toMatch(/not known here/);
    await after.close();
    await declare(home, 'sqlite');
    const back = new RawClient(home, token);
    expect((await back.initialize()).result).toBeDefined();
    await back.close();
  });

  it('refuses every client while the server is away', async () => {
    const home = await homeWith('away', 'redis://127.0.0.1:1');
    const client = new RawClient(home, `csg_${'x'.repeat(49)}`);
    expect((await client.initialize()).error?.message).toMatch(/^Countersign cannot start: /);
    await client.close();
  });
});

describe.skipIf(NO_POSTGRES)(
  `when the state is kept on a PostgreSQL server${because(NO_POSTGRES, 'PostgreSQL')}`,
  () => {
    let server: PostgresServer;
    let home: Home;

    beforeAll(async () => {
      server = await startPostgres({ password: PASSWORD });
      home = await makeHome({});
    }, 60_000);
    afterAll(async () => {
      await home.remove();
      await server.stop();
    });

    it('opens it with the password that was sealed for it, and counts there', async () => {
      const url = `postgresql://127.0.0.1:${server.port}/postgres`;
      const user = server.username;
      await home.rewrite({
        version: 1,
        upstreams: { shop: { command: 'true' } },
        policies: { pace: PACE },
        grants: { agent: { principal: 'a@acme.example', policies: ['pace'], upstreams: ['shop'] } },
        state: { url: `${url}?schema=acme`, username: user, password: { secret: 'pg' } },
      });
      const sealed = await home.run(['secret', 'set', 'pg', '--for-state', url.replace('//', `//${user}@`)], PASSWORD);
      expect(sealed.exitCode).toBe(0);
      expect((await home.run(['grant', 'issue', 'agent'])).exitCode).toBe(0);
      await home.run(['freeze', '--grant', 'agent']);
      const rows = JSON.parse((await home.run(['grant', 'list', '--json'])).stdout) as unknown[];
      expect(rows).toMatchObject([{ grant: 'agent', state: 'active', frozen: 'all' }]);
      expect((await home.run(['quota', 'list'])).stdout).toMatch(/0 of 30 calls, 30 left, resets in/);
      const { checks } = JSON.parse((await home.run(['doctor', '--offline', '--json'])).stdout) as {
        checks: { id: string; status: string; message: string }[];
      };
      expect(checks.find(({ id }) => id === 'store')).toMatchObject({
        status: 'ok',
        message: expect.stringMatching(/^the state store `postgres:\/\/.*` answers: PostgreSQL /) as string,
      });
    }, 60_000);
  },
);

describe('secret set --for-state', () => {
  let home: Home;
  beforeEach(async () => {
    home = await makeHome({ version: 1 });
  });
  afterEach(() => home.remove());

  it('shows for which store a secret was sealed, whatever way its URL was written', async () => {
    const url = 'redis://acme@HOST?namespace=x';
    expect((await home.run(['secret', 'set', 'redis', '--for-state', url, '--json'], 'v')).stdout).toBe(
      '{"name":"redis","version":1}',
    );
    expect((await home.run(['secret', 'list'])).stdout).toContain('the state store redis://acme@host:6379/0');
  });

  it.each([
    [['--for', 'shop', '--for-state', 'redis://host'], '`--for` and `--for-state` exclude each other'],
    [
      ['--for-state', 'redis://u:hunter2@host'],
      'the URL behind `--for-state` is not one of a state store: it holds a password',
    ],
    [['--for-state', 'mysql://host'], /is not one of a state store: expected `sqlite`, or an address/],
  ])('refuses %j', async (options, words) => {
    const { exitCode, stderr } = await home.run(['secret', 'set', 'redis', ...options], 'value');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('hunter2');
  });
});
