import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { brandAs, type GrantName, type PolicyName, type RequestId, type UpstreamName } from '../../src/core/ids.ts';
import { openRedisStore } from '../../src/state/redis.ts';
import type { SharedStore } from '../../src/state/port.ts';
import { MAX_COUNT, type QuotaAnswer, type QuotaUse } from '../../src/state/quota.ts';
import { freePort, redisBinary, type RedisServer, startRedis } from '../support/redis-server.ts';
import { bundleWorker } from './bundle.ts';
import { storeContract } from './contract.ts';
import { ask, counter, DAY_MS, dayAt, NOON, OWNER, rolling, use } from './quota-build.ts';

const isMissing = redisBinary() === undefined;
const WHY = isMissing ? ' (skipped: redis-server is not on the PATH)' : '';
/** Makes certificates; Node cannot. */
const OPENSSL = 'openssl';
const REFUSED = { name: 'StateError', code: 'unavailable' };
const DAMAGED = { name: 'StateError', code: 'corrupt' };

const id = (request: string): RequestId => brandAs<RequestId>(request);
const today = () => dayAt(Date.now());
const failureOf = async (failing: Promise<unknown>): Promise<Error> => {
  const error: unknown = await failing.then(
    () => undefined,
    (one: unknown) => one,
  );
  if (error instanceof Error) return error;
  throw new Error('it did not fail');
};

/** Says something to the server that no store of ours would. */
async function command(server: { url: string; password?: string }, ...words: string[]): Promise<unknown> {
  const client = createClient({
    url: server.url,
    ...(server.password === undefined ? {} : { password: server.password }),
  });
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    client.destroy();
  }
}

describe.skipIf(isMissing)(`redis${WHY}`, () => {
  let server: RedisServer;
  let namespaces = 0;
  let namespace: string;
  let url: string;
  const opened: SharedStore[] = [];

  beforeAll(async () => {
    server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    namespaces += 1;
    namespace = `test-${namespaces}`;
    url = `${server.url}?namespace=${namespace}`;
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  const open = async (clock?: () => number, at = url): Promise<SharedStore> => {
    const store = await openRedisStore({ url: at, clock });
    opened.push(store);
    return store;
  };
  const reserve = (store: SharedStore, request: string, ...uses: QuotaUse[]): Promise<QuotaAnswer> =>
    store.quota.reserve(ask(request, uses));
  const settle = (store: SharedStore, request: string, outcome: 'ok' | 'failed' | 'in-doubt' = 'ok') =>
    store.quota.settle({ request: id(request), outcome, forwardedMs: null });
  const key = (name: string): string => `{${namespace}}:${name}`;
  const keys = async (): Promise<string[]> => {
    const found = (await command(server, 'KEYS', `{${namespace}}*`)) as string[];
    return found.map((name) => name.slice(namespace.length + 3)).sort();
  };

  storeContract('redis', () => {
    namespaces += 1;
    const own = `${server.url}?namespace=contract-${namespaces}`;
    const openOwn = (clock?: () => number): Promise<SharedStore> => openRedisStore({ url: own, clock });
    return Promise.resolve({ open: openOwn, dispose: () => Promise.resolve() });
  });

  describe('when the URL is read', () => {
    it.each([
      [
        'redis://me:hunter2@127.0.0.1:1',
        'it holds credentials; seal the password as a secret and name that beside the URL',
      ],
      [
        'redis://:hunter2@127.0.0.1:1',
        'it holds credentials; seal the password as a secret and name that beside the URL',
      ],
      ['redis://127.0.0.1:1/zero', 'after the port it may only say the number of a database; correct `state`'],
      ['redis://127.0.0.1:1#hunter2', 'after the port it may only say the number of a database; correct `state`'],
      ['redis://127.0.0.1:1?db=2', '`namespace` is the only option that it may have, once; correct `state`'],
      [
        'redis://127.0.0.1:1?namespace=a&namespace=b',
        '`namespace` is the only option that it may have, once; correct `state`',
      ],
      [
        'redis://127.0.0.1:1?namespace=A',
        '`namespace` takes 1 to 32 lower-case letters, digits and hyphens; correct `state`',
      ],
      [
        'redis://127.0.0.1:1?namespace=',
        '`namespace` takes 1 to 32 lower-case letters, digits and hyphens; correct `state`',
      ],
      ['http://127.0.0.1:1', 'it is no `redis://host:port` or `rediss://host:port`; correct `state`'],
      ['redis:hunter2', 'it is no `redis://host:port` or `rediss://host:port`; correct `state`'],
      ['hunter2', 'it is no `redis://host:port` or `rediss://host:port`; correct `state`'],
    ])('refuses `%s`', async (bad, words) => {
      await expect(openRedisStore({ url: bad })).rejects.toMatchObject({
        ...REFUSED,
        message: `the URL of the state server cannot be used: ${words}`,
      });
    });

    it('refuses keys that another release wrote, and leaves them as they are', async () => {
      await open();
      expect(await command(server, 'GET', key('schema'))).toBe('1');
      await command(server, 'SET', key('schema'), '2');
      await expect(openRedisStore({ url })).rejects.toMatchObject({
        ...REFUSED,
        message: `the state server \`${server.url}\` has schema 2 in namespace ${namespace}, this release knows 1; start the release that it is of`,
      });
    });

    it('keeps installations apart by their namespace, and by the number of the database', async () => {
      const all = [url, `${server.url}?namespace=${namespace}b`, `${server.url}/3?namespace=${namespace}`];
      const stores = await Promise.all(all.map((one) => open(undefined, one)));
      for (const store of stores)
        expect((await reserve(store, 'r', use(counter('daily', today()), 1, 1))).is).toBe('held');
      expect((await stores[0]!.examine()).about).toMatch(
        new RegExp(`^Redis \\d+\\.\\d+\\.\\d+, primary, schema 1, namespace ${namespace}$`),
      );
    });
  });

  describe('when the server cannot be reached', () => {
    it('says so at once, names it without its options, and leaves nothing behind', async () => {
      const port = await freePort();
      const error = await failureOf(
        openRedisStore({ url: `redis://127.0.0.1:${port}?namespace=a`, password: 'hunter2' }),
      );
      expect(error).toMatchObject(REFUSED);
      expect(error.message).toBe(
        `the state server \`redis://127.0.0.1:${port}\` cannot be used (connect ECONNREFUSED 127.0.0.1:${port}); nothing listens there; start the server, or correct \`state\``,
      );
    });

    it('gives up on one that accepts and never answers', async () => {
      const silent = await listen(() => undefined);
      const startedMs = Date.now();
      await expect(openRedisStore({ url: silent.url, password: 'p' })).rejects.toMatchObject(REFUSED);
      expect(Date.now() - startedMs).toBeLessThan(3_500);
      await silent.close();
    });

    it('calls one that is still reading its files busy', async () => {
      const loading = await listen(() => '-LOADING Redis is loading the dataset in memory\r\n');
      await expect(openRedisStore({ url: loading.url })).rejects.toMatchObject({ name: 'StateError', code: 'busy' });
      await loading.close();
    });

    it('calls an answer that is no Redis unavailable', async () => {
      const other = await listen(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
      await expect(openRedisStore({ url: other.url })).rejects.toMatchObject(REFUSED);
      await other.close();
    });
  });

  describe('when the server wants a password', () => {
    let locked: RedisServer;
    beforeAll(async () => {
      locked = await startRedis({
        args: ['--requirepass', 'right', '--user', 'gate', 'on', '>let', '~*', '+@all', '-config'],
      });
    });
    afterAll(() => locked.stop());

    it('opens with the right one, of the default user or of another', async () => {
      for (const login of [{ password: 'right' }, { username: 'default', password: 'right' }])
        opened.push(await openRedisStore({ url: locked.url, ...login }));
    });

    it.each([
      [{ password: 'wrong' }, 'user name or password are wrong'],
      [{ username: 'nobody', password: 'right' }, 'user name or password are wrong'],
      [{}, 'it wants a password'],
    ])('refuses %j, and says what to do', async (login, words) => {
      const error = await failureOf(openRedisStore({ url: locked.url, ...login }));
      expect(error).toMatchObject(REFUSED);
      expect(error.message).toContain(words);
      expect(error.message).not.toContain('right');
    });

    it('says that a password is not wanted', async () => {
      const error = await failureOf(openRedisStore({ url, username: 'me', password: 'p' }));
      expect(error).toMatchObject(REFUSED);
    });

    it('opens for a user who may do no more than it says, and for nobody who may do less', async () => {
      const may = ['~{least}:*', '+@read', '+@write', '+@scripting', '+@connection', '+info', '+time', '+config|get'];
      const admin = { url: locked.url, password: 'right' };
      const login = { url: `${locked.url}?namespace=least`, username: 'least', password: 'p' };
      await command(admin, 'ACL', 'SETUSER', 'least', 'on', '>p', ...may);
      const store = await openRedisStore(login);
      opened.push(store);
      expect((await reserve(store, 'r', use(counter('daily', today()), 1, 1))).is).toBe('held');
      expect((await store.examine()).findings).toEqual([]);
      await expect(openRedisStore({ ...login, url: locked.url })).rejects.toMatchObject(REFUSED);
      await command(admin, 'ACL', 'SETUSER', 'least', '-hdel');
      const error = await failureOf(openRedisStore(login));
      expect(error).toMatchObject(REFUSED);
      expect(error.message).toContain(`allow the user \`~{NAMESPACE}:* ${may.slice(1).join(' ')}\``);
    });

    it('warns of a server that does not tell how it keeps its data', async () => {
      const store = await openRedisStore({ url: locked.url, username: 'gate', password: 'let' });
      opened.push(store);
      expect((await store.examine()).findings).toEqual([
        {
          status: 'warn',
          message: 'it does not tell how it keeps its data (CONFIG is refused)',
          fix: 'see in the console of its provider that every write is kept before it is answered',
        },
      ]);
    });
  });

  describe('when the server is not set up to keep counts', () => {
    const withServer = async (args: string[], look: (one: RedisServer) => Promise<void>): Promise<void> => {
      const one = await startRedis({ args });
      try {
        await look(one);
      } finally {
        for (const store of opened.splice(0)) await store.close();
        await one.stop();
      }
    };

    it.each([
      [
        ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
        'it forgets counters when its memory is full (maxmemory-policy is allkeys-lru); set `maxmemory-policy noeviction`',
      ],
      [['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-ttl'], 'maxmemory-policy is volatile-ttl'],
      [['--appendonly', 'no'], 'it forgets what was spent when it restarts (appendonly is no); set `appendonly yes`'],
      [
        ['--replicaof', '127.0.0.1', '1', '--replica-serve-stale-data', 'yes'],
        'it is a replica; name the primary in `state`',
      ],
    ])('refuses one with %j', async (args, words) => {
      await withServer(args, async (one) => {
        const error = await failureOf(openRedisStore({ url: one.url }));
        expect(error).toMatchObject(REFUSED);
        expect(error.message).toContain(words);
        expect(error.message).toContain(`the state server \`${one.url}\` cannot be relied on: `);
      });
    });

    it('opens one that refuses writes when its memory is full, and warns of one that may lose a second', async () => {
      await withServer(['--maxmemory', '100mb', '--appendfsync', 'everysec'], async (one) => {
        const store = await open(undefined, one.url);
        expect((await store.examine()).findings).toEqual([
          {
            status: 'warn',
            message: 'a power cut may take the last second of what was spent (appendfsync is everysec)',
            fix: 'set `appendfsync always`',
          },
        ]);
      });
    });

    it('warns of one that has replicas, which a failover may promote too early', async () => {
      await withServer([], async (one) => {
        const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(one.port)] });
        try {
          const store = await open(undefined, one.url);
          const findings = await vi.waitUntil(async () => {
            const found = (await store.examine()).findings;
            return found.length > 0 ? found : undefined;
          }, 20_000);
          expect(findings).toMatchObject([
            { status: 'warn', message: expect.stringContaining('(replicas: 1)') as unknown },
          ]);
        } finally {
          await replica.stop();
        }
      });
    });

    it('finds nothing on one that is set up well, and sees when that changes', async () => {
      await withServer([], async (one) => {
        const store = await open(undefined, one.url);
        expect((await store.examine()).findings).toEqual([]);
        await command(one, 'CONFIG', 'SET', 'appendonly', 'no');
        expect((await store.examine()).findings.map(({ status }) => status)).toEqual(['fail']);
      });
    });

    it('reserves nothing when the memory is used up, and still gives back', async () => {
      await withServer([], async (one) => {
        const store = await open(undefined, one.url);
        await reserve(store, 'r1', use(counter('daily', today()), 1, 2));
        await command(one, 'CONFIG', 'SET', 'maxmemory', '1');
        const error = await failureOf(reserve(store, 'r2', use(counter('daily', today()), 1, 2)));
        expect(error).toMatchObject(REFUSED);
        expect(error.message).toContain('its memory is used up; raise `maxmemory`, or remove it');
        expect(await settle(store, 'r1', 'failed')).toBe(true);
        await command(one, 'CONFIG', 'SET', 'maxmemory', '0');
        expect((await reserve(store, 'r3', use(counter('daily', today()), 2, 2))).is).toBe('held');
      });
    });
  });

  describe('when the server fails', () => {
    let fragile: RedisServer;
    beforeEach(async () => {
      fragile = await startRedis();
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await fragile.stop();
    });

    it('keeps every acknowledged reservation through SIGKILL, and works again by itself', async () => {
      const store = await open(undefined, fragile.url);
      const held: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const from = held.length;
        // Each goes on until it is refused, so that the server dies in the middle of some of them.
        const asking = Array.from({ length: 8 }, async (_, caller) => {
          for (let n = 0; ; n += 1) {
            const request = `r${round}-${caller}-${n}`;
            await reserve(store, request, use(counter('daily', today()), 1, MAX_COUNT));
            held.push(request);
          }
        });
        const ended = Promise.allSettled(asking);
        await vi.waitUntil(() => held.length > from + 50, { interval: 1 });
        await fragile.kill();
        for (const one of await ended)
          expect(one).toMatchObject({ status: 'rejected', reason: expect.objectContaining(REFUSED) as unknown });
        await expect(store.quota.owners()).rejects.toMatchObject(REFUSED);
        await fragile.restart();
        const kept = new Set((await store.quota.requests()).map(({ request }) => String(request)));
        expect(held.filter((request) => !kept.has(request))).toEqual([]);
        const [state] = await store.quota.counters();
        expect(state?.reserved).toBe(kept.size);
      }
    });

    it('stops waiting for one that hangs, and works again when it goes on', async () => {
      const store = await open(undefined, fragile.url);
      await store.freezes.list();
      process.kill(fragile.pid, 'SIGSTOP');
      const startedMs = Date.now();
      const error = await failureOf(store.freezes.list());
      expect(error).toMatchObject(REFUSED);
      expect(error.message).toContain('no answer within 2 s');
      await expect(store.gate('a'.repeat(64))).rejects.toMatchObject(REFUSED);
      expect(Date.now() - startedMs).toBeLessThan(5_500);
      process.kill(fragile.pid, 'SIGCONT');
      await vi.waitFor(() => store.freezes.list(), { timeout: 10_000 });
    });

    it('answers nothing from a server that became a replica, and works again when it is the primary', async () => {
      const store = await open(undefined, fragile.url);
      const grant = brandAs<GrantName>('support');
      await store.tokens.insert({
        ...{ tokenHash: 'a'.repeat(64), grant, issuedMs: 1, expiresMs: null, revokedMs: null, lastUsedMs: null },
        uses: 0,
      });
      await command(fragile, 'REPLICAOF', '127.0.0.1', '1');
      for (let again = 0; again < 3; again += 1) {
        await expect(store.gate('a'.repeat(64))).rejects.toMatchObject(REFUSED);
        await expect(reserve(store, 'r', use(counter('daily', today()), 1, 1))).rejects.toMatchObject(REFUSED);
      }
      await command(fragile, 'REPLICAOF', 'NO', 'ONE');
      expect((await store.gate('a'.repeat(64))).token?.grant).toBe(grant);
    });

    it('comes back in the background, and looks at the server again before it uses it', async () => {
      const store = await open(undefined, fragile.url);
      await fragile.kill();
      const careless = await startRedis({ port: fragile.port, args: ['--appendonly', 'no'] });
      const error = await failureOf(store.freezes.list());
      expect(error.message).toContain('appendonly is no');
      await careless.stop();
      await fragile.restart();
      await vi.waitUntil(
        async () =>
          String(await command(fragile, 'CLIENT', 'LIST'))
            .trim()
            .split('\n').length > 1,
      );
      expect(await store.freezes.list()).toEqual([]);
    });

    it('waits for nothing when it is closed while the server is away', async () => {
      const store = await open(undefined, fragile.url);
      await fragile.kill();
      await store.close();
      await store.close();
      await expect(store.freezes.list()).rejects.toMatchObject({
        ...REFUSED,
        message: `the store on \`${fragile.url}\` is closed`,
      });
    });

    it('teaches it the scripts again when it has forgotten them', async () => {
      const store = await open(undefined, fragile.url);
      await reserve(store, 'r1', use(counter('daily', today()), 1, 10));
      await command(fragile, 'SCRIPT', 'FLUSH');
      expect((await reserve(store, 'r2', use(counter('daily', today()), 1, 10))).is).toBe('held');
    });
  });

  describe('when the server is a cluster', () => {
    it('goes to the node that has its keys, and follows them', async () => {
      const busPort = await freePort();
      const [asked, holder] = await Promise.all([startNode(await freePort()), startNode(busPort)]);
      try {
        await command(holder, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
        await command(asked, 'CLUSTER', 'MEET', '127.0.0.1', String(holder.port), String(busPort));
        for (const node of [asked, holder])
          await vi.waitUntil(async () => String(await command(node, 'CLUSTER', 'INFO')).includes('cluster_state:ok'), {
            timeout: 20_000,
          });
        const store = await open(undefined, `${asked.url}?namespace=${namespace}`);
        const daily = use(counter('daily', today()), 1, 2);
        expect((await reserve(store, 'r1', daily)).is).toBe('held');
        expect(await settle(store, 'r1')).toBe(true);
        expect(
          await command(
            holder,
            'CLUSTER',
            'COUNTKEYSINSLOT',
            String(await command(holder, 'CLUSTER', 'KEYSLOT', key('x'))),
          ),
        ).toBe(4);
        await store.close();
      } finally {
        for (const node of [asked, holder]) await node.stop();
      }
    });
  });

  describe.skipIf(spawnSync(OPENSSL, ['version']).status !== 0)(
    'when the connection is encrypted (needs openssl)',
    () => {
      it('trusts a certificate of the authorities it knows, and no other', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
        const [certificate, secret] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
        const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
        const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
        spawnSync(OPENSSL, [...made, ...subject, '-keyout', secret, '-out', certificate]);
        const port = await freePort();
        const files = ['--tls-cert-file', certificate, '--tls-key-file', secret, '--tls-auth-clients', 'no'];
        const encrypted = await startRedis({ args: ['--tls-port', String(port), ...files] });
        try {
          const error = await failureOf(openRedisStore({ url: `rediss://127.0.0.1:${port}` }));
          expect(error).toMatchObject(REFUSED);
          expect(error.message).toContain('see to its certificate, or to NODE_EXTRA_CA_CERTS of the gateway');
          const worker = await bundleWorker(new URL('workers/redis-spend.ts', import.meta.url));
          const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate };
          const child = spawnSync(process.execPath, [worker, `rediss://127.0.0.1:${port}`, '5'], {
            env,
            encoding: 'utf8',
          });
          expect(child).toMatchObject({ status: 0, stderr: '' });
          expect(child.stdout).not.toBe('');
        } finally {
          await encrypted.stop();
          rmSync(folder, { recursive: true });
        }
      });
    },
  );

  describe('when several processes race', () => {
    let worker: string;
    beforeAll(async () => {
      worker = await bundleWorker(new URL('workers/redis-spend.ts', import.meta.url));
    });

    it('ends exactly at the cap, and keeps what a killed one had', async () => {
      const store = await open();
      const spend = (): ChildProcess =>
        spawn(process.execPath, [worker, url, '500'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const spent = await Promise.all(
        [spend(), spend(), spend()].map(async (child) => {
          let text = '';
          child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
          await once(child, 'close');
          return text
            .trim()
            .split('\n')
            .map(Number)
            .reduce((sum, one) => sum + one, 0);
        }),
      );
      const [state] = await store.quota.counters();
      expect(state).toMatchObject({ used: 500, reserved: 0, inDoubt: 0 });
      expect(spent.reduce((sum, one) => sum + one, 0)).toBe(500);
    });
  });

  describe('when numbers are large and words hostile', () => {
    it('counts to 2^53-1 without losing one, through every end of a use', async () => {
      let nowMs = NOON;
      const store = await open(() => nowMs);
      const half = (MAX_COUNT - 1) / 2;
      const [daily, span] = [counter('daily', dayAt(NOON)), counter('span', rolling(60_000))];
      const both = (amount: number): QuotaUse[] => [use(daily, amount, MAX_COUNT), use(span, amount, MAX_COUNT)];
      await reserve(store, 'r1', ...both(half));
      await settle(store, 'r1', 'ok');
      nowMs += 1_000;
      await reserve(store, 'r2', ...both(half));
      await settle(store, 'r2', 'in-doubt');
      expect((await reserve(store, 'r3', ...both(2))).is).toBe('refused');
      expect((await reserve(store, 'r4', ...both(1))).is).toBe('held');
      for (const state of await store.quota.counters())
        expect(state).toMatchObject({ cap: MAX_COUNT, used: half, inDoubt: half, reserved: 1 });
      await settle(store, 'r2', 'failed');
      await settle(store, 'r4', 'ok');
      for (const state of await store.quota.counters())
        expect(state).toMatchObject({ used: half + 1, inDoubt: 0, reserved: 0 });
      nowMs += 70_000;
      expect((await reserve(store, 'r5', use(span, MAX_COUNT, MAX_COUNT))).is).toBe('held');
      expect((await store.quota.requests())[0]?.uses[0]?.amount).toBe(MAX_COUNT);
    });

    it('admits nothing more after an entered amount beyond what can be counted', async () => {
      const store = await open(() => NOON);
      const daily = counter('daily', dayAt(NOON));
      await reserve(store, 'r1', use(daily, 10, MAX_COUNT));
      await settle(store, 'r1', 'ok');
      await reserve(store, 'r2', use(daily, 0, MAX_COUNT, { over: 'admit', closes: true }));
      await settle(store, 'r2', 'ok');
      expect(await store.quota.enter(id('r2'), 'USD', MAX_COUNT)).toBe('done');
      expect(await store.quota.counters()).toMatchObject([{ used: MAX_COUNT, closed: 0 }]);
      expect((await reserve(store, 'r3', use(daily, 1, MAX_COUNT, { over: 'admit' }))).is).toBe('refused');
    });

    it.each(['}:x{', '\u0000\r\n*3\r\n', '"; return 1 --', '\ud800', '💶 é', ' ', '__proto__', '%d+ [[ ]]', '1 2 3'])(
      'gives back %j as it was',
      async (word) => {
        const store = await open(() => NOON);
        const hostile = counter(`c${word}`, dayAt(NOON), {
          rule: word,
          subject: word,
          unit: word,
          policy: brandAs<PolicyName>(word),
        });
        const owner = { ...OWNER, host: word, processStart: word };
        const words = { grant: brandAs<GrantName>(word), principal: word, tool: brandAs<never>(word), owner };
        await store.quota.reserve(ask('r1', [use(hostile, 5, 5)], words));
        expect(await store.quota.counters()).toMatchObject([{ counter: hostile, reserved: 5 }]);
        expect(await store.quota.requests()).toMatchObject([{ ...words, uses: [{ counter: hostile, amount: 5 }] }]);
        expect(await store.quota.owners()).toEqual([owner]);
        expect(await store.quota.abandon(owner)).toEqual(['r1']);
        const grant = brandAs<GrantName>(word);
        const token = { grant, issuedMs: 1, expiresMs: null, revokedMs: null, lastUsedMs: null, uses: 0 };
        await store.tokens.insert({ ...token, tokenHash: 'a'.repeat(64) });
        await store.freezes.freeze({ grant, scope: 'all', atMs: 1, by: word });
        expect(await store.gate('a'.repeat(64))).toEqual({
          token: { ...token, tokenHash: 'a'.repeat(64) },
          freezes: [{ grant, scope: 'all', atMs: 1, by: word }],
          hasApprovals: false,
        });
        expect(await store.tokens.revoke(grant, 5)).toBe(1);
        expect(await store.freezes.unfreeze(grant)).toBe(1);
      },
    );
  });

  describe('when windows end', () => {
    it('keeps one counter without slots for each unkeyed rule, and nothing of the requests', async () => {
      let nowMs = NOON;
      const store = await open(() => nowMs);
      const daily = (): QuotaUse => use(counter('daily', dayAt(nowMs)), 1, 10);
      const span = (): QuotaUse => use(counter('span', rolling(60_000)), 1, 10);
      const ends = ['ok', 'failed', 'in-doubt'] as const;
      for (const end of ends) {
        await reserve(store, end, daily(), span());
        await settle(store, end, end);
      }
      nowMs += DAY_MS;
      expect(await store.quota.counters()).toEqual([]);
      await reserve(store, 'last', daily(), span());
      expect(await store.quota.resolve(id('in-doubt'), 'ok')).toBe('done');
      await settle(store, 'last', 'failed');
      expect((await keys()).filter((name) => name !== 'schema')).toEqual(
        ['counters', ...[daily(), span()].map(({ counter: one }) => `counter:${one.id}`).sort()].sort(),
      );
      for (const { counter: one } of [daily(), span()])
        // Its words and sums, and no slot.
        expect(await command(server, 'HKEYS', key(`counter:${one.id}`))).toHaveLength(10);
      nowMs += 40 * DAY_MS;
      await reserve(store, 'other', use(counter('other', rolling(60_000)), 1, 10));
      expect(await command(server, 'ZCARD', key('counters'))).toBe(1);
    });

    it('forgets the counter of a single value 35 days after its last use, unless something of it is held', async () => {
      const store = await open();
      const once = counter('once', today(), { keyed: true });
      const names = [key(`counter:${once.id}`), key(`slots:${once.id}`)];
      const lives = async (): Promise<number[]> =>
        Promise.all(names.map(async (name) => Number(await command(server, 'PTTL', name))));
      await reserve(store, 'r1', use(once, 1, 3));
      expect(await lives()).toEqual([-1, -1]);
      await settle(store, 'r1', 'in-doubt');
      expect(await lives()).toEqual([-1, -1]);
      await settle(store, 'r1', 'ok');
      for (const lifeMs of await lives()) {
        expect(lifeMs).toBeGreaterThan(34.9 * DAY_MS);
        expect(lifeMs).toBeLessThanOrEqual(35 * DAY_MS);
      }
      await reserve(store, 'r2', use(once, 1, 3));
      expect(await lives()).toEqual([-1, -1]);
      const long = counter('long', rolling(90 * DAY_MS), { keyed: true });
      await reserve(store, 'r3', use(long, 1, 3));
      await settle(store, 'r3', 'ok');
      expect(Number(await command(server, 'PTTL', key(`counter:${long.id}`)))).toBeGreaterThan(90 * DAY_MS);
    });

    it('keeps what was used when the clock leaps ahead for a while', async () => {
      let nowMs = NOON;
      const store = await open(() => nowMs);
      const daily = use(counter('daily', dayAt(NOON)), 100, 100);
      await reserve(store, 'r1', daily);
      await settle(store, 'r1');
      nowMs += 30 * DAY_MS;
      expect((await reserve(store, 'r2', daily)).is).toBe('window_passed');
      expect((await reserve(store, 'r3', use(counter('other', rolling(1_000)), 1, 1))).is).toBe('held');
      nowMs = NOON;
      expect((await reserve(store, 'r4', daily)).is).toBe('refused');
      expect((await store.quota.counters()).map(({ used }) => used)).toContain(100);
    });

    it('counts by the clock of the server', async () => {
      const store = await open();
      const answer = await reserve(store, 'r1', use(counter('span', rolling(60_000)), 1, 3));
      const [seconds] = (await command(server, 'TIME')) as string[];
      expect(Math.abs(answer.nowMs - Number(seconds) * 1_000)).toBeLessThan(5_000);
    });
  });

  describe('when what is kept is damaged', () => {
    const daily = counter('daily', dayAt(NOON));
    it.each<[string, string[], (store: SharedStore) => Promise<unknown>]>([
      ['a slot', ['HSET', `counter:${daily.id}`, String(NOON - DAY_MS / 2), 'x'], (store) => settle(store, 'r1')],
      ['a sum', ['HSET', `counter:${daily.id}`, 'used', '-1'], (store) => reserve(store, 'r2', use(daily, 1, 9))],
      ['a large sum', ['HSET', `counter:${daily.id}`, 'used', '9007199254740992'], (store) => store.quota.counters()],
      ['the words of a counter', ['HSET', `counter:${daily.id}`, 'about', '{}'], (store) => store.quota.counters()],
      ['a request', ['HSET', 'request:r1', 'state', 'gone'], (store) => settle(store, 'r1')],
      ['a use', ['HSET', 'request:r1', '1', 'x'], (store) => store.quota.requests()],
      ['slots of another type', ['SET', `slots:${daily.id}`, 'x'], (store) => settle(store, 'r1')],
      ['a missing request', ['DEL', 'request:r1'], (store) => store.quota.owners()],
      ['an index', ['SET', 'requests', 'x'], (store) => reserve(store, 'r2', use(daily, 1, 9))],
      [
        'a counter of another type',
        ['SET', `counter:${daily.id}`, 'x'],
        (store) => reserve(store, 'r2', use(daily, 1, 9)),
      ],
      ['a token', ['HSET', `token:${'a'.repeat(64)}`, 'grant', 'x'], (store) => store.gate('a'.repeat(64))],
      ['a missing token', ['SADD', 'tokens', 'b'.repeat(64)], (store) => store.tokens.list()],
      ['a freeze', ['HSET', 'freezes', 'all:null', 'x'], (store) => store.gate('a'.repeat(64))],
      [
        'an acceptance',
        ['HSET', 'values', 'accepted:stripe', 'x'],
        (store) => store.pins.get(brandAs<UpstreamName>('stripe')),
      ],
    ])('calls %s corrupt', async (_, [verb = '', name = '', ...rest], look) => {
      const store = await open(() => NOON);
      await reserve(store, 'r1', use(daily, 1, 9));
      await command(server, 'DEL', key(rest[0] === 'x' ? name : 'none'));
      await command(server, verb, key(name), ...rest);
      const before = await command(server, 'DEBUG', 'DIGEST');
      const error = await failureOf(look(store));
      expect(error).toMatchObject(DAMAGED);
      expect(error.message).toMatch(/restore/);
      expect(await command(server, 'DEBUG', 'DIGEST')).toEqual(before);
    });
  });
});

/** A node of a cluster that knows no other yet. */
async function startNode(busPort: number): Promise<RedisServer> {
  return startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] });
}

/** A listener that says the same to whatever it hears. */
async function listen(reply: () => string | undefined): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const text = reply();
      if (text !== undefined) socket.write(text);
    });
    server.once('close', () => socket.destroy());
    ending.push(() => socket.destroy());
  });
  const ending: (() => void)[] = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      for (const end of ending) end();
      server.close();
      await once(server, 'close');
    },
  };
}
