/** Two machines, each with its own home and log, that share one store. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { postgresBinaries, startPostgres } from '../support/postgres-server.ts';
import { redisBinary, startRedis } from '../support/redis-server.ts';
import { bankConfig, executedMinor, usd } from './support/bank.ts';
import { callsOf, type Home, makeHome } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const daily = {
  id: 'daily',
  tools: ['money'],
  effect: 'limit',
  limit: { amount: { USD: '100' }, per: 'day', timezone: 'UTC' },
};

interface Server {
  readonly url: string;
  readonly username?: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

fleet('redis', redisBinary() !== undefined, () => startRedis());
fleet('postgres', postgresBinaries() !== undefined, () => startPostgres());

function fleet(driver: string, isThere: boolean, startServer: () => Promise<Server>): void {
  const title = isThere ? driver : `${driver}, which is not installed here`;
  describe.skipIf(!isThere)(`two machines on one store: ${title}`, () => {
    let server: Server;
    let one: Home;
    let two: Home;
    let token: string;

    beforeAll(async () => {
      server = await startServer();
      const { url, username } = server;
      const state = username === undefined ? url : { url, username };
      one = await machine(state);
      two = await machine(state, one.room);
      token = await one.issue('agent');
    });
    afterAll(async () => {
      await Promise.all([one.remove(), two.remove()]);
      await server.stop();
    });

    /** What was accepted is shared, so the servers of both machines are started in the same way, from one room. */
    async function machine(state: unknown, room?: string): Promise<Home> {
      const home = await makeHome({});
      await home.rewrite(await bankConfig(room ?? home.room, { agent: [daily], other: [] }, { state }));
      return home;
    }

    async function session(home: Home): Promise<RawClient> {
      const client = new RawClient(home, token);
      onTestFinished(() => client.kill());
      await client.initialize();
      return client;
    }

    const ok = async (home: Home, ...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await home.run(args);
      expect(exitCode, stderr).toBe(0);
      return stdout;
    };

    it('takes a token and an acceptance of one machine on the other, and spends one cap', async () => {
      const clients = await Promise.all([session(one), session(two)]);
      const answers = await Promise.all(
        clients.flatMap((client) => Array.from({ length: 20 }, () => client.call('pay', usd(7_00)))),
      );
      expect(answers.filter((answer) => words(answer) === 'did pay')).toHaveLength(14);
      expect(executedMinor(one)).toBe(98_00);
      for (const home of [one, two])
        expect(JSON.parse(await ok(home, 'quota', 'list', '--json'))).toMatchObject([
          { rule: 'daily', used: '98.00', reserved: '0.00', inDoubt: '0.00', cap: '100.00' },
        ]);
    });

    it('freezes both from either, for the next call', async () => {
      const clients = await Promise.all([session(one), session(two)]);
      await ok(two, 'freeze');
      for (const client of clients) expect(decisionOf(await client.call('look', {}))?.rule).toBe('(frozen)');
      await ok(one, 'unfreeze');
      for (const client of clients) expect(words(await client.call('look', {}))).toBe('did look');
    });

    it('keeps a log of its own on each, and each is whole', async () => {
      for (const home of [one, two]) {
        expect(home.records().some(({ kind }) => kind === 'intent')).toBe(true);
        await ok(home, 'audit', 'verify');
      }
      const intents = [one, two].flatMap((home) => home.records().filter(({ kind }) => kind === 'intent'));
      expect(intents).toHaveLength(callsOf(one.room, 'bank').length);
    });

    it('denies every call while the store is away, sends nothing, and goes on by itself when it is back', async () => {
      const client = await session(two);
      expect(words(await client.call('pay', usd(1_00)))).toBe('did pay');
      const before = callsOf(one.room, 'bank').length;
      await server.kill();
      for (const tool of ['pay', 'look'])
        expect(words(await client.call(tool, tool === 'pay' ? usd(1) : {}))).toBe(
          'Denied: the state store cannot be reached, so the call was not sent. Tell the operator; do not call again until it works.',
        );
      expect(callsOf(one.room, 'bank')).toHaveLength(before);
      await server.restart();
      await expect.poll(async () => words(await client.call('look', {})), { timeout: 20_000 }).toBe('did look');
      // What was spent before is still spent.
      expect(words(await client.call('pay', usd(1_01)))).toMatch(/99\.00 USD is counted, 1\.00 USD left/);
      expect(words(await client.call('pay', usd(1_00)))).toBe('did pay');
    });

    it('revokes on one what was issued on the other, for the next call', async () => {
      const client = await session(two);
      await ok(one, 'grant', 'revoke', 'agent');
      expect(decisionOf(await client.call('look', {}))?.rule).toBe('(grant revoked)');
    });
  });
}
