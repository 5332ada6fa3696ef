/** Limits through the real binary: what is counted, what is told, and what never reaches the payment server. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bankConfig, executedMinor, makeBank, policyOf, usd } from './support/bank.ts';
import { callsOf, type Home } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const daily = (cap: string, more: Record<string, unknown> = {}) => ({
  id: 'daily',
  tools: ['money'],
  effect: 'limit',
  limit: { amount: { USD: cap }, per: 'day', timezone: 'UTC', ...more },
});

async function session(home: Home, token: string): Promise<RawClient> {
  const client = new RawClient(home, token);
  onTestFinished(() => client.kill());
  await client.initialize();
  return client;
}

async function bank(rules: Parameters<typeof makeBank>[0]): Promise<Home> {
  const home = await makeBank(rules);
  onTestFinished(() => home.remove());
  return home;
}

interface Listed {
  readonly grant: string;
  readonly rule: string;
  readonly unit: string;
  readonly used: unknown;
  readonly reserved: unknown;
  readonly inDoubt: unknown;
  readonly cap: unknown;
}

async function listed(home: Home, rule: string, args: readonly string[] = []): Promise<Listed[]> {
  const { stdout, stderr, exitCode } = await home.run(['quota', 'list', '--json', ...args]);
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as Listed[]).filter((one) => one.rule === rule);
}

describe('when a grant has a daily cap', () => {
  let home: Home;
  let client: RawClient;
  beforeAll(async () => {
    home = await makeBank({ agent: [daily('100')] });
    client = new RawClient(home, await home.issue('agent'));
    await client.initialize();
  });
  afterAll(async () => {
    await client.kill();
    await home.remove();
  });

  it('lets calls through up to the cap exactly, whatever kind of money they move', async () => {
    expect(words(await client.call('pay', usd(60_00)))).toBe('did pay');
    expect(words(await client.call('refund', usd(39_99)))).toBe('did refund');
    expect(words(await client.call('pay', usd(1)))).toBe('did pay');
    expect(executedMinor(home)).toBe(100_00);
  });

  it('denies the next cent, says which cap, how much is left and when it resets, and forwards nothing', async () => {
    const answer = await client.call('pay', usd(1));
    expect(answer.result?.isError).toBe(true);
    expect(decisionOf(answer)).toEqual({ decision: 'deny', rule: 'daily', policy: 'agent' });
    expect(words(answer)).toMatch(
      /^Denied by rule `daily` of policy `agent`: it allows 100\.00 USD a day; 100\.00 USD is counted, 0\.00 USD left, and this call needs 0\.01 USD\. It resets at \d{4}-\d\d-\d\dT00:00:00Z \(in .*\)\.$/,
    );
    expect(executedMinor(home)).toBe(100_00);
  });

  it('denies an amount that is not known and a currency that it does not name', async () => {
    expect(words(await client.call('pay', { currency: 'USD' }))).toMatch(/`daily`.*cannot: the amount is unknown/);
    expect(words(await client.call('pay', { amount: 1, currency: 'EUR' }))).toMatch(/in EUR, and the limit names USD/);
    expect(executedMinor(home)).toBe(100_00);
  });

  it('does not count or stop reads', async () => {
    expect(words(await client.call('look', {}))).toBe('did look');
  });

  it('records the denial, and lists what was used for scripts', async () => {
    expect(home.records().filter(({ rule, kind }) => rule === 'daily' && kind === 'decision').length).toBe(3);
    expect(await listed(home, 'daily')).toMatchObject([
      { grant: 'agent', unit: 'USD', used: '100.00', reserved: '0.00', inDoubt: '0.00', cap: '100.00' },
    ]);
  });
});

describe('when a call does not end well', () => {
  it('keeps what may have happened in doubt, and the doubt counts', async () => {
    const home = await bank({ agent: [daily('100')] });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('fail', usd(70_00)))).toBe('the card was declined');
    expect(await listed(home, 'daily')).toMatchObject([{ used: '0.00', reserved: '0.00', inDoubt: '70.00' }]);
    expect(words(await client.call('pay', usd(31_00)))).toMatch(
      /70\.00 USD is counted \(70\.00 USD of it in doubt\), 30\.00 USD left/,
    );
    expect(words(await client.call('pay', usd(30_00)))).toBe('did pay');
  });

  it('gives back what was certainly never sent', async () => {
    const home = await bank({ agent: [daily('100')] });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('die', usd(10_00)))).toMatch(/ended after the call was sent/);
    expect((await client.call('pay', usd(50_00))).result?.isError).toBe(true);
    expect(await listed(home, 'daily')).toMatchObject([{ used: '0.00', reserved: '0.00', inDoubt: '10.00' }]);
  });

  it('keeps a call that its client cancelled when it had been sent', async () => {
    const home = await bank({ agent: [daily('100')] });
    const client = await session(home, await home.issue('agent'));
    client.send(
      JSON.stringify({
        ...{ jsonrpc: '2.0', id: 'h', method: 'tools/call' },
        params: { name: 'hang', arguments: usd(80_00) },
      }),
    );
    await expect.poll(() => callsOf(home.room, 'bank').length, { timeout: 10_000 }).toBe(1);
    client.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"h"}}');
    expect(words(await client.call('pay', usd(30_00)))).toMatch(/80\.00 USD is counted/);
  });
});

describe('when several gateways share a cap', () => {
  it('spends it once, by any number of processes at the same time', async () => {
    const home = await bank({ agent: [daily('100')] });
    const token = await home.issue('agent');
    const clients = await Promise.all(Array.from({ length: 3 }, () => session(home, token)));
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 40 }, () => client.call('pay', usd(1_50)))),
    );
    expect(answers.filter((answer) => words(answer) === 'did pay')).toHaveLength(66);
    expect(executedMinor(home)).toBe(99_00);
    expect(await listed(home, 'daily')).toMatchObject([{ used: '99.00', reserved: '0.00', inDoubt: '0.00' }]);
  });

  it('shares the cap of a common policy between grants, by whatever scope it has', async () => {
    const home = await bank({ one: [daily('40')], two: [daily('40')] });
    const config = await bankConfig(home.room, { one: [daily('40')], two: [daily('40')] });
    const policies = { ...(config['policies'] as object), common: policyOf([daily('50', { scope: 'global' })]) };
    const grants = Object.fromEntries(
      Object.entries(config['grants'] as Record<string, object>).map(([name, grant]) => [
        name,
        { ...grant, policies: ['common', name] },
      ]),
    );
    await home.rewrite({ ...config, policies, grants });
    const one = await session(home, await home.issue('one'));
    const two = await session(home, await home.issue('two'));
    expect(words(await one.call('pay', usd(40_00)))).toBe('did pay');
    expect(words(await one.call('pay', usd(1)))).toMatch(/of policy `one`: it allows 40\.00 USD a day;/);
    expect(words(await two.call('pay', usd(10_01)))).toMatch(
      /of policy `common`: it allows 50\.00 USD a day for all grants together; 40\.00 USD is counted, 10\.00 USD left/,
    );
    expect(words(await two.call('pay', usd(10_00)))).toBe('did pay');
  });
});

describe('when a limit is split by a fact', () => {
  const once = {
    id: 'once-per-payment',
    tools: ['kind:refund'],
    effect: 'limit',
    limit: { calls: 1, per: 'day', key: ['reference'] },
  };

  it('counts each value for itself, and denies a call without one', async () => {
    const home = await bank({ agent: [once] });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('refund', usd(5, { reference: 'pay_1' })))).toBe('did refund');
    expect(words(await client.call('refund', usd(5, { reference: 'pay_1' })))).toMatch(
      /^Denied by rule `once-per-payment` of policy `agent`: it allows 1 call a day; 1 call is counted, 0 calls left/,
    );
    expect(words(await client.call('refund', usd(5, { reference: 'pay_2' })))).toBe('did refund');
    expect(words(await client.call('refund', usd(5)))).toMatch(/`reference` is left out/);
    expect(words(await client.call('refund', usd(5, { reference: 'pay_2 ' })))).toMatch(
      /begins or ends with white space/,
    );
    expect(callsOf(home.room, 'bank')).toHaveLength(2);
  });
});

describe('when several limits are about a call', () => {
  it('reserves all of them or none', async () => {
    const pace = { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 2, per: 'rolling 24h' } };
    const home = await bank({ agent: [pace, daily('100')] });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('pay', usd(200_00)))).toMatch(/rule `daily`/);
    expect(words(await client.call('look', {}))).toBe('did look');
    expect(words(await client.call('pay', usd(100_00)))).toBe('did pay');
    expect(words(await client.call('look', {}))).toMatch(
      /^Denied by rule `pace`.*allows 2 calls in any 1 d; 2 calls are counted, 0 calls left, .* The first of it comes back at /,
    );
  });
});

describe('when a limit would ask a person', () => {
  it('denies for as long as nobody can be asked', async () => {
    const home = await bank({ agent: [daily('10', { exceed: 'approve', unknown: 'approve' })] });
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('pay', usd(10_01)))).toMatch(
      /A person must approve this call, and nobody is registered/,
    );
    expect(words(await client.call('pay', { currency: 'USD' }))).toMatch(
      /A person must approve this call, and nobody is registered/,
    );
    expect(executedMinor(home)).toBe(0);
  });
});
