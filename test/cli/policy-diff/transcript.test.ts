import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome } from '../../e2e/support/home.ts';
import type { Finished, Home } from '../../e2e/support/home.ts';

const policy = (ceiling: string) =>
  JSON.stringify({
    version: 1,
    default: 'deny',
    rules: [
      { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
      { id: 'why', tools: ['kind:refund'], effect: 'require', when: { reason: { present: true } } },
      { id: 'ceiling', tools: ['kind:refund'], effect: 'deny', when: { amount: { gt: ceiling } } },
      { id: 'pace', tools: ['kind:refund'], effect: 'limit', limit: { calls: 5, per: 'day' } },
    ],
  });

let home: Home;
beforeAll(async () => {
  const files = { 'policies/now.json': policy('500 USD'), 'policies/next.json': policy('600 USD') };
  const upstream = { command: 'never-started', args: [] };
  home = await makeHome(
    {
      version: 1,
      upstreams: {
        shop: { ...upstream, provider: 'sandbox' },
        bank: { ...upstream, provider: 'stripe', currency: { assume: 'USD' } },
      },
      policies: { now: 'policies/now.json', next: 'policies/next.json' },
      grants: {},
    },
    files,
  );
});
afterAll(() => home.remove());

const file = (name: string) => join(home.directory, 'policies', `${name}.json`);
const diff = (...args: readonly string[]): Promise<Finished> => home.run(['policy', 'diff', ...args]);

describe('when `policy diff` compares two files', () => {
  it('ends with 0 and says so when nothing changes', async () => {
    const done = await diff(file('now'), file('now'), '--upstream', 'shop');
    expect(done).toMatchObject({ exitCode: 0, stdout: '' });
    expect(done.stderr).toMatch(/^countersign: compared \d+ calls: no decision changes$/);
  });

  it('shows what is permitted now, with an example in words, and ends with 1', async () => {
    const done = await diff(file('now'), file('next'), '--upstream', 'shop');
    expect(done.exitCode).toBe(1);
    expect(done.stdout).toBe(
      [
        'deny -> allow  shop/create_refund',
        '  was deny by rule `ceiling`',
        '  is  allow by rule `refunds`, at most 5 calls per day per grant',
        '    refund of 500.01 USD with a reason',
        '    refund of 500.01 USD with reason number `7`',
        '    refund of 599.99 USD with a reason',
        '    refund of 599.99 USD with reason number `7`',
        '    refund of 600.00 USD with a reason',
        '    and 1 more',
        '',
      ].join('\n'),
    );
    expect(done.stderr).toMatch(/: 6 changes, 6 of them permitting more$/);
  });

  it('prints one object whose calls `policy explain` can be asked about', async () => {
    const { stdout } = await diff(file('now'), file('next'), '--upstream', 'bank', '--json');
    const { changes, compared, counters } = JSON.parse(stdout) as {
      changes: Record<string, unknown>[];
      compared: number;
      counters: unknown[];
    };
    expect(compared).toBeGreaterThan(20);
    expect(counters).toEqual([]);
    expect(changes[0]).toEqual({
      tool: 'bank/create_refund',
      call: 'refund of 500.01 USD (currency assumed) with a reason',
      time: null,
      direction: 'looser',
      a: { level: 'deny', rule: 'ceiling', obligations: [] },
      b: { level: 'allow', rule: 'refunds', obligations: ['at most 5 calls per day per grant'] },
      arguments: { amount: 50001, reason: 'unlisted' },
    });
  });

  it('takes one from stdin, and needs no configuration when a provider is named', async () => {
    const done = await home.run(['policy', 'diff', '-', file('next'), '--provider', 'paypal'], policy('500 USD'));
    expect(done.exitCode).toBe(1);
    expect(done.stdout).toContain('refund of 500.01 USD with a reason');
  });

  it('says which counters begin again when names of the configuration are compared', async () => {
    const done = await diff('now', 'next', '--upstream', 'shop');
    expect(done.stdout).toContain('counter of rule `pace` starts again: the policy was `now` and is `next`');
  });
});

describe('when `policy diff` is given what it cannot compare', () => {
  it.each([
    ['a file that is not there', ['missing.json', 'now'], /cannot read `missing\.json`: there is no such file/],
    ['an upstream that is not there', ['now', 'next', '--upstream', 'x'], /there is no upstream `x` in /],
    ['a provider that is not known', ['now', 'next', '--provider', 'x', '--config', '/none.json'], /none\.json/],
    ['stdin twice', ['-', '-'], /only one of the policies can come from stdin/],
  ])('ends with 2 for %s', async (_, args, words) => {
    const done = await diff(...args);
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toMatch(words);
  });

  it('shows every fault of a policy with its place', async () => {
    const broken = join(home.room, 'broken.json');
    await writeFile(
      broken,
      '{ "version": 1, "rules": [\n  { "id": "x", "tools": ["kind:nothing"], "effect": "allow" }\n] }',
    );
    const done = await diff(broken, file('now'), '--upstream', 'shop');
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toMatch(/broken\.json:2:26: \/rules\/0\/tools\/0: unknown kind/);
  });
});
