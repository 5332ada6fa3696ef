/** A gateway on one machine, the people who sign on another, and one store between them. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { postgresBinaries, startPostgres } from '../support/postgres-server.ts';
import { redisBinary, startRedis } from '../support/redis-server.ts';
import { bankConfig, executedMinor, signOff, usd } from './support/bank.ts';
import { type Home, makeHome } from './support/home.ts';
import { approvalsOf, enrol, type ListedApproval, sign } from './support/operators.ts';
import { RawClient, words } from './support/raw-client.ts';

const PASSWORD = 'canary-hunter2';
const cap = { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: { USD: '2000' }, per: 'day' } };

interface Server {
  readonly url: string;
  readonly username: string;
  stop(): Promise<void>;
}

async function redis(): Promise<Server> {
  const server = await startRedis();
  const { createClient } = await import('@redis/client');
  const client = createClient({ url: server.url });
  await client.connect();
  await client.sendCommand(['ACL', 'SETUSER', 'acme', 'on', `>${PASSWORD}`, '~*', '&*', '+@all']);
  await client.close();
  return { url: server.url, username: 'acme', stop: () => server.stop() };
}

fleet('redis', redisBinary() !== undefined, redis);
fleet('postgres', postgresBinaries() !== undefined, () => startPostgres({ password: PASSWORD }));

function fleet(driver: string, isThere: boolean, startServer: () => Promise<Server>): void {
  const title = isThere ? driver : `${driver}, which is not installed here`;
  describe.skipIf(!isThere)(`approvals on one store: ${title}`, () => {
    let server: Server;
    let gateway: Home;
    let desk: Home;
    let token: string;

    beforeAll(async () => {
      server = await startServer();
      gateway = await machine();
      desk = await machine(gateway.room);
      // Before there are operators: after that it takes one of them.
      token = await gateway.issue('agent');
      const root = await enrol(desk, 'ada', { roles: ['admin', 'finance'], identities: ['agent@acme.example'] });
      await enrol(desk, 'bo', { roles: ['finance'] }, 'ada');
      const trusting = await gateway.run(['operator', 'trust', String(root['fingerprint'])]);
      expect(trusting.exitCode, trusting.stderr).toBe(0);
    }, 90_000);
    afterAll(async () => {
      await Promise.all([gateway.remove(), desk.remove()]);
      await server.stop();
    });

    async function machine(room?: string): Promise<Home> {
      const home = await makeHome({});
      const state = { url: server.url, username: server.username, password: { secret: 'store' } };
      await home.rewrite(
        await bankConfig(room ?? home.room, { agent: [signOff(), cap] }, { state, approvals: { wait: '15s' } }),
      );
      const at = server.url.replace('://', `://${server.username}@`);
      const sealed = await home.run(['secret', 'set', 'store', '--for-state', at], PASSWORD);
      expect(sealed.exitCode, sealed.stderr).toBe(0);
      return home;
    }

    async function session(home: Home): Promise<RawClient> {
      const client = new RawClient(home, token);
      onTestFinished(() => client.kill());
      await client.initialize();
      return client;
    }

    async function waiting(): Promise<ListedApproval> {
      let found: ListedApproval | undefined;
      await expect
        .poll(async () => (found = (await approvalsOf(desk)).find(({ state }) => state === 'requested')), {
          timeout: 15_000,
        })
        .toBeDefined();
      return found!;
    }

    it('shows a call of one machine to a person on another, and runs what was signed there', async () => {
      const client = await session(gateway);
      const answer = client.call('refund', usd(600_00));
      const request = await waiting();
      expect(request).toMatchObject({ amount: '600.00 USD', rule: 'sign-off' });
      const signed = await sign(desk, 'approve', request.id, 'bo');
      expect(signed.exitCode, signed.stderr).toBe(0);
      expect(words(await answer)).toBe('did refund');
      expect(executedMinor(gateway)).toBe(600_00);
    });

    it('runs it once, whichever machine its callers are on', async () => {
      const clients = await Promise.all([session(gateway), session(desk), session(gateway), session(desk)]);
      const answers = clients.map((client) => client.call('refund', usd(700_00)));
      await sign(desk, 'approve', (await waiting()).id, 'bo');
      const said = (await Promise.all(answers)).map(words);
      expect(said.filter((text) => text === 'did refund')).toHaveLength(1);
      expect(executedMinor(gateway)).toBe(1_300_00);
    });

    it('gives back on one machine what was rejected on another', async () => {
      const client = await session(gateway);
      const answer = client.call('refund', usd(650_00));
      await sign(desk, 'reject', (await waiting()).id, 'bo');
      expect(words(await answer)).toMatch(/a person rejected this call/);
      const again = client.call('refund', usd(690_00));
      await sign(desk, 'approve', (await waiting()).id, 'bo');
      expect(words(await again)).toBe('did refund');
      expect(executedMinor(gateway)).toBe(1_990_00);
    });

    it('asks nobody about a call that a cap denies anyway', async () => {
      const client = await session(gateway);
      expect(words(await client.call('refund', usd(501_00)))).toMatch(/allows 2000\.00 USD a day/);
      expect((await approvalsOf(desk)).filter(({ state }) => state === 'requested')).toEqual([]);
    });
  });
}
