/** Attacks on caps over time, through the real binary: what got through is counted at the bank. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { bankConfig, executedMinor, makeBank, type Rule } from './support/bank.ts';
import { callsOf, type Home } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const CLOCK = fileURLToPath(new URL('./fixtures/clock-shift.cjs', import.meta.url));
const usd = (amount: number, reference = 'pay_1') => ({ amount, currency: 'USD', reference });

function cap(id: string, tools: string, USD: string, more: Rule = {}): Rule {
  return { id, tools: [tools], effect: 'limit', limit: { amount: { USD }, per: 'day', timezone: 'UTC', ...more } };
}

async function bank(rules: Record<string, Rule[]>): Promise<Home> {
  const home = await makeBank(rules);
  onTestFinished(() => home.remove());
  return home;
}

async function session(home: Home, token: string, env: Record<string, string> = {}): Promise<RawClient> {
  const client = new RawClient(home, token, env);
  onTestFinished(() => client.kill());
  await client.initialize();
  return client;
}

describe('M01 many small payments', () => {
  it('lets through as many as the cap has room for, over payees, tools and grants of one principal', async () => {
    const home = await bank({ one: [], two: [] });
    const shared = cap('sum', 'money', '100', { scope: 'principal' });
    const config = await bankConfig(home.room, { one: [], two: [] });
    const grants = config['grants'] as Record<string, object>;
    const policies = { all: { version: 1, rules: [{ id: 'all', tools: ['money'], effect: 'allow' }, shared] } };
    const of = (name: string) => ({ ...grants[name], principal: 'team@acme.example', policies: ['all'] });
    await home.rewrite({ ...config, policies, grants: { one: of('one'), two: of('two') } });
    const clients = [await session(home, await home.issue('one')), await session(home, await home.issue('two'))];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        clients[n % 2]!.call(n % 3 === 0 ? 'pay' : 'refund', usd(9_99, `payee_${n % 7}`)),
      ),
    );
    expect(answers.filter((answer) => words(answer).startsWith('did '))).toHaveLength(10);
    expect(executedMinor(home)).toBe(99_90);
  });
});

describe('M12 and M13 an answer that proves nothing', () => {
  it.each(['fail', 'die'])('keeps what `%s` may have done, however often it is tried again', async (tool) => {
    const once = { id: 'once', tools: ['money'], effect: 'limit', limit: { calls: 1, per: 'day', key: ['reference'] } };
    const home = await bank({ agent: [once] });
    const client = await session(home, await home.issue('agent'));
    const first = await client.call(tool, usd(50_00));
    expect(first.result?.isError).toBe(true);
    for (let n = 0; n < 3; n += 1) {
      const again = await client.call('refund', usd(50_00));
      expect(again.result?.isError).toBe(true);
      expect(words(again)).toMatch(/rule `once`|is not available/);
    }
    expect(callsOf(home.room, 'bank')).toHaveLength(1);
  });
});

describe('M15 a clock that is set', () => {
  it('denies limited calls while it is behind what it showed, and works again by itself', async () => {
    const home = await bank({ agent: [cap('daily', 'money', '100')] });
    const file = join(home.room, 'clock');
    const client = await session(home, await home.issue('agent'), {
      NODE_OPTIONS: `--require ${CLOCK}`,
      CLOCK_FILE: file,
    });
    expect(words(await client.call('pay', usd(60_00)))).toBe('did pay');
    for (const backMs of [3_600_000, 86_400_000]) {
      await writeFile(file, String(-backMs));
      const answer = await client.call('pay', usd(60_00));
      expect(decisionOf(answer)).toMatchObject({ decision: 'deny', rule: 'daily' });
      expect(words(answer)).toMatch(/^Denied: the clock of the state store stepped back by (1 h|1 d)/);
    }
    // Reads are not counted, and go on.
    expect(words(await client.call('look', {}))).toBe('did look');
    await writeFile(file, '0');
    expect(words(await client.call('pay', usd(40_00)))).toBe('did pay');
    expect(executedMinor(home)).toBe(100_00);
  });

  it('gives nobody a second day on the same cap by going there and back', async () => {
    const home = await bank({ agent: [cap('daily', 'money', '100')] });
    const file = join(home.room, 'clock');
    const env = { NODE_OPTIONS: `--require ${CLOCK}`, CLOCK_FILE: file };
    const token = await home.issue('agent');
    const client = await session(home, token, env);
    expect(words(await client.call('pay', usd(100_00)))).toBe('did pay');
    await writeFile(file, String(86_400_000));
    // The next day has a cap of its own; what it cannot do is to come back to the first one.
    expect(words(await client.call('pay', usd(100_00)))).toBe('did pay');
    await writeFile(file, '0');
    const late = await session(home, token, env);
    for (const one of [client, late]) expect(words(await one.call('pay', usd(1)))).toMatch(/^Denied: the clock/);
    expect(executedMinor(home)).toBe(200_00);
  });
});

describe('M16 the last cents, at the same time', () => {
  it('lets exactly one of two gateways have them', async () => {
    const home = await bank({ agent: [cap('daily', 'money', '1.00')] });
    const token = await home.issue('agent');
    const clients = await Promise.all([session(home, token), session(home, token)]);
    const answers = await Promise.all(
      clients.flatMap((client) => [1, 2, 3, 4].map(() => client.call('pay', usd(1_00)))),
    );
    expect(answers.filter((answer) => words(answer) === 'did pay')).toHaveLength(1);
    expect(executedMinor(home)).toBe(1_00);
  });
});

describe('M17 a gateway that dies with a call inside', () => {
  it('leaves its reservation in doubt, and the next gateway counts it', async () => {
    const home = await bank({ agent: [cap('daily', 'money', '100')] });
    const token = await home.issue('agent');
    const doomed = await session(home, token);
    void doomed.call('hang', usd(70_00));
    await vi.waitUntil(() => callsOf(home.room, 'bank').length === 1, { timeout: 10_000, interval: 20 });
    await doomed.kill();
    const next = await session(home, token);
    expect(words(await next.call('pay', usd(30_01)))).toMatch(/70\.00 USD is counted/);
    expect(words(await next.call('pay', usd(30_00)))).toBe('did pay');
    const { stdout } = await home.run(['quota', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ used: '30.00', reserved: '0.00', inDoubt: '70.00' }]);
  });
});

describe('M20 refunds that farm a cap', () => {
  it('credits no cap with what comes back', async () => {
    const home = await bank({
      agent: [cap('charges', 'kind:charge', '100'), cap('refunds', 'kind:refund', '60')],
    });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('pay', usd(100_00)))).toBe('did pay');
    expect(words(await client.call('refund', usd(60_00)))).toBe('did refund');
    expect(words(await client.call('pay', usd(1)))).toMatch(/rule `charges`.* 0\.00 USD left/);
    expect(words(await client.call('refund', usd(1)))).toMatch(/rule `refunds`.* 0\.00 USD left/);
    expect(executedMinor(home)).toBe(160_00);
  });
});
