/** Gateways that are killed on the way from the request to the outcome: nothing runs twice, and nothing is forgotten. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bankConfig, executedMinor, signOff } from './support/bank.ts';
import { type Home, makeHome } from './support/home.ts';
import { approvalsOf, enrol, sign } from './support/operators.ts';
import { RawClient } from './support/raw-client.ts';

const KILL_AT = fileURLToPath(new URL('../chaos/fixtures/kill-at.cjs', import.meta.url));
const cap = { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: { USD: '1000' }, per: 'day' } };
const REFUND = { amount: 600_00, currency: 'USD' };

let template: Home;
let token: string;
beforeAll(async () => {
  template = await makeHome({});
  await template.rewrite(await bankConfig(template.room, { agent: [signOff(), cap] }, { approvals: { wait: '8s' } }));
  token = await template.issue('agent');
  await enrol(template, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
  await enrol(template, 'bo', { roles: ['finance'] }, 'ada');
}, 60_000);
afterAll(() => template.remove());

async function session(home: Home, env: Record<string, string> = {}): Promise<RawClient> {
  const client = new RawClient(home, token, env);
  onTestFinished(() => client.kill());
  await client.initialize();
  return client;
}

async function quotaOf(home: Home): Promise<unknown> {
  const { stdout } = await home.run(['quota', 'list', '--json']);
  const [{ used, reserved, inDoubt } = { used: '', reserved: '', inDoubt: '' }] = JSON.parse(stdout) as {
    used: string;
    reserved: string;
    inDoubt: string;
  }[];
  return [used, reserved, inDoubt];
}

describe('when a gateway is killed', () => {
  it.each([
    // Where, what the bank executed, how the request stands, and what the cap counts: used, reserved, in doubt.
    ['asked', 0, 'requested', ['0.00', '600.00', '0.00']],
    ['claimed', 0, 'void', ['0.00', '0.00', '0.00']],
    ['reserved', 0, 'executed', ['0.00', '0.00', '600.00']],
    ['intent', 0, 'executed', ['0.00', '0.00', '600.00']],
    ['replied', 600_00, 'executed', ['0.00', '0.00', '600.00']],
    ['settled', 600_00, 'executed', ['600.00', '0.00', '0.00']],
  ] as const)(
    'right after it has %s: the bank executed %i, once and for all',
    async (step, executed, state, counted) => {
      const home = await makeHome({});
      onTestFinished(() => home.remove());
      await cp(template.directory, home.directory, { recursive: true });
      await rm(join(template.room, 'bank.calls.jsonl'), { force: true });
      const doomed = await session(home, { NODE_OPTIONS: `--require ${KILL_AT}`, KILL_AT: `${step}:1` });
      const dead = new Promise((resolve) => doomed.child.once('close', resolve));
      void doomed.call('refund', REFUND);
      if (step !== 'asked') {
        let id: string | undefined;
        await expect
          .poll(async () => (id = (await approvalsOf(home)).find((one) => one.state === 'requested')?.id), {
            timeout: 10_000,
          })
          .toBeDefined();
        await sign(home, 'approve', id!, 'bo');
      }
      await dead;
      expect(executedMinor(template)).toBe(executed);
      // The next gateway finds what the dead one left.
      const next = await session(home);
      await next.call('look', {});
      await expect.poll(async () => (await approvalsOf(home))[0]?.state, { timeout: 10_000 }).toBe(state);
      expect(await quotaOf(home)).toEqual(counted);
      // The same call again never runs by itself: it waits for a person, as a repeat where it may have run.
      let isAnswered = false;
      void next.call('refund', REFUND).then(() => (isAnswered = true));
      const isWaiting = async () => (await approvalsOf(home)).some((one) => one.state === 'requested');
      await expect.poll(async () => isAnswered || (await isWaiting()), { timeout: 10_000 }).toBe(true);
      expect(executedMinor(template)).toBe(executed);
      const verify = await home.run(['audit', 'verify', '--json']);
      expect(JSON.parse(verify.stdout)).toMatchObject({ faults: [] });
    },
  );
});
