import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisHost } from '../../src/cli/quota-owners.ts';
import {
  brandAs,
  type GrantName,
  type PolicyName,
  type RequestId,
  type ToolName,
  type Window,
  windowAt,
} from '../../src/core/index.ts';
import { openSqliteStore, type QuotaCounter, type QuotaUse, type Store } from '../../src/state/index.ts';
import { type Home, makeHome } from './support/home.ts';

const DAY: Window = { is: 'calendar', unit: 'day', timezone: 'UTC' };
const CONFIG = {
  version: 1,
  upstreams: { shop: { command: 'true' } },
  policies: {
    caps: {
      version: 1,
      rules: [
        {
          id: 'daily',
          tools: ['kind:refund'],
          effect: 'limit',
          limit: { amount: { USD: '500', EUR: '450' }, per: 'day' },
        },
        { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 30, per: 'rolling 24h', scope: 'principal' } },
        { id: 'once', tools: ['kind:refund'], effect: 'limit', limit: { calls: 1, per: 'day', key: ['reference'] } },
      ],
    },
  },
  grants: {
    agent: { principal: 'ada@acme.example', policies: ['caps'], upstreams: ['shop'] },
    mine: { principal: `${userInfo().username}@acme.example`, policies: ['caps'], upstreams: ['shop'] },
  },
};

let home: Home;
let store: Store;

beforeEach(async () => {
  home = await makeHome(CONFIG);
  store = await openSqliteStore(join(home.directory, 'state.db'));
});
afterEach(async () => {
  await store.close();
  await home.remove();
});

function counter(digit: string, rule: string, more: Partial<QuotaCounter> = {}): QuotaCounter {
  const window = windowAt(DAY, Date.now())!;
  const own = { id: digit.repeat(64), policy: brandAs<PolicyName>('caps'), rule, scope: 'grant', unit: 'USD' } as const;
  return { ...own, subject: 'agent', keyed: false, window, ...more };
}

const daily = (): QuotaCounter => counter('a', 'daily');

/** A process of this machine that is not there. */
const DEAD = { host: thisHost(), pid: 4_194_303, processStart: 'never' };

async function reserve(
  request: string,
  uses: readonly (Pick<QuotaUse, 'counter' | 'amount'> & Partial<QuotaUse>)[],
  more: { grant?: string; principal?: string; owner?: typeof DEAD } = {},
): Promise<void> {
  const { grant = 'agent', principal = 'ada@acme.example', owner = { ...DEAD, host: 'elsewhere' } } = more;
  const answer = await store.quota.reserve({
    ...{ request: brandAs<RequestId>(request), grant: brandAs<GrantName>(grant), principal, owner },
    tool: brandAs<ToolName>('shop/refund'),
    uses: uses.map((use) => ({ cap: 50_000, over: 'refuse', closes: false, ...use })),
    ...{ leaseMs: 600_000, durable: true },
  });
  expect(answer.is).toBe('held');
}

async function use(
  request: string,
  of: QuotaCounter,
  amount: number,
  outcome: 'ok' | 'in-doubt' = 'ok',
): Promise<void> {
  await reserve(request, [{ counter: of, amount }]);
  expect(await store.quota.settle({ request: brandAs<RequestId>(request), outcome, forwardedMs: null })).toBe(true);
}

async function rows(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, exitCode } = await home.run(['quota', 'list', '--json', ...args]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

function admin(kind: string): Record<string, unknown>[] {
  return home.records().filter((record) => record['kind'] === kind);
}

describe('quota list', () => {
  it('shows every limit that nothing was counted under yet', async () => {
    expect(await rows('--grant', 'agent')).toEqual([
      {
        ...{ grant: 'agent', rule: 'daily', window: `day ${new Date().toISOString().slice(0, 10)} UTC`, unit: 'USD' },
        resetsAt: expect.stringMatching(/T00:00:00\.000Z$/) as string,
        ...{ used: '0.00', reserved: '0.00', inDoubt: '0.00', cap: '500.00', policy: 'caps', scope: 'grant' },
        ...{ subject: 'agent', keyed: false, closed: 0, counter: null, requests: [] },
      },
      expect.objectContaining({ rule: 'daily', unit: 'EUR', cap: '450.00' }),
      {
        ...{ grant: null, rule: 'pace', window: 'rolling 24h', resetsAt: null, unit: 'calls', used: 0, reserved: 0 },
        ...{ inDoubt: 0, cap: 30, policy: 'caps', scope: 'principal', subject: 'ada@acme.example' },
        ...{ keyed: false, closed: 0, counter: null, requests: [] },
      },
    ]);
    expect(await rows()).toHaveLength(6);
  });

  it('shows what is used, reserved and in doubt, under the cap that is in force now', async () => {
    await use('r-1', daily(), 48_000);
    await use('r-2', daily(), 500, 'in-doubt');
    await reserve('r-3', [{ counter: daily(), amount: 100 }]);
    await home.rewrite(JSON.parse(JSON.stringify(CONFIG).replace('"USD":"500"', '"USD":"400"')));
    expect((await rows('--grant', 'agent'))[0]).toMatchObject({
      ...{ used: '480.00', reserved: '1.00', inDoubt: '5.00', cap: '400.00', counter: 'a'.repeat(12) },
      requests: [{ request: 'r-2', state: 'in-doubt' }],
    });
  });

  it('leaves the counters of single values out unless asked, and says how many', async () => {
    await use('r-1', counter('b', 'once', { unit: 'calls', keyed: true }), 1);
    const { stderr } = await home.run(['quota', 'list', '--json']);
    expect(stderr).toBe('countersign: a counter of single values left out; --all lists them');
    expect(await rows('--all', '--grant', 'agent')).toContainEqual(
      expect.objectContaining({ rule: 'once', keyed: true, used: 1, cap: 1, counter: 'b'.repeat(12) }),
    );
    expect(await rows('--all', '--grant', 'mine')).toHaveLength(3);
  });

  it('shows a counter that no rule counts under any more, with the cap it had', async () => {
    await use('r-1', counter('c', 'gone'), 100);
    expect(await rows()).toContainEqual(expect.objectContaining({ rule: 'gone', used: '1.00', cap: '500.00' }));
  });

  it('draws it for people, without colours, and says what to do about what is open', async () => {
    await use('3f2a91c0-0000', daily(), 48_000);
    await use('5d0b77aa-0000', daily(), 500, 'in-doubt');
    await reserve('77aa5d0b-0000', [{ counter: daily(), amount: 0, closes: true, over: 'admit' }]);
    await store.quota.settle({ request: brandAs<RequestId>('77aa5d0b-0000'), outcome: 'ok', forwardedMs: null });
    const { stdout } = await home.run(['quota', 'list', '--grant', 'agent']);
    const day = new Date().toISOString().slice(0, 10);
    expect(stdout.replace(/resets in [^\n]+/g, 'resets in …').replace(/\S+ s ago/g, '1 s ago')).toBe(
      `agent  daily of caps  day ${day} UTC
  ███████████████░  480.00 of 500.00 USD, 15.00 left, resets in …
                    besides 5.00 USD in doubt
                    closed by a use without an amount: nothing more is admitted until somebody enters it
agent  daily of caps  day ${day} UTC
  ░░░░░░░░░░░░░░░░  0.00 of 450.00 EUR, 450.00 left, resets in …
principal ada@acme.example  pace of caps  rolling 24h
  ░░░░░░░░░░░░░░░░  0 of 30 calls, 30 left

in doubt: nobody knows whether these happened
  5d0b77aa-0000  agent (ada@acme.example)  shop/refund  5.00 USD  1 s ago
    countersign quota resolve 5d0b77aa --as ok, or --as failed

without an amount: these happened, and nobody has entered for how much
  77aa5d0b-0000  agent (ada@acme.example)  shop/refund  1 s ago
    countersign quota settle 77aa5d0b --amount "0.00 USD"`,
    );
  });

  it('says in words that a counter is over its cap', async () => {
    await use('r-1', daily(), 50_000);
    await home.rewrite(JSON.parse(JSON.stringify(CONFIG).replace('"USD":"500"', '"USD":"400"')));
    expect((await home.run(['quota', 'list'])).stdout).toContain('500.00 of 400.00 USD, over the cap by 100.00');
  });

  it('takes what a dead process of this machine reserved for in doubt', async () => {
    await reserve('r-1', [{ counter: daily(), amount: 700 }], { owner: DEAD });
    expect((await rows())[0]).toMatchObject({ reserved: '0.00', inDoubt: '7.00' });
  });

  it('refuses a grant that is nowhere', async () => {
    const { exitCode, stderr } = await home.run(['quota', 'list', '--grant', 'agnet']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^countersign: there is no grant `agnet` in /);
  });
});

describe('quota resolve', () => {
  beforeEach(() => use('5d0b77aa-0000', daily(), 500, 'in-doubt'));

  it('gives back what did not happen, and records who said so', async () => {
    const { stdout } = await home.run(['quota', 'resolve', '5d0b77aa', '--as', 'failed', '--json']);
    expect(JSON.parse(stdout)).toEqual({ request: '5d0b77aa-0000', grant: 'agent', as: 'failed' });
    expect((await rows())[0]).toMatchObject({ used: '0.00', inDoubt: '0.00' });
    const actor = { by: 'os-user', name: userInfo().username };
    expect(admin('quota_resolved')).toMatchObject([{ actor, request: '5d0b77aa-0000', as: 'failed' }]);
  });

  it('counts what happened', async () => {
    const { stderr } = await home.run(['quota', 'resolve', '5d0b77aa-0000', '--as', 'ok']);
    expect(stderr).toBe('countersign: request 5d0b77aa-0000 is settled as ok, and counts');
    expect((await rows())[0]).toMatchObject({ used: '5.00', inDoubt: '0.00' });
  });

  it('is refused to the principal, by his whole name and by his account', async () => {
    const me = userInfo().username;
    for (const [request, principal] of [
      ['aaaa-1', me],
      ['bbbb-1', `${me}@acme.example`],
    ] as const) {
      await reserve(request, [{ counter: daily(), amount: 1 }], { principal, owner: DEAD });
      const { exitCode, stderr } = await home.run(['quota', 'resolve', request, '--as', 'failed']);
      expect(exitCode).toBe(2);
      expect(stderr).toBe(
        `countersign: you are \`${me}\`, and request ${request} was made for the principal \`${principal}\`\n  hint: another operator has to say what became of it`,
      );
    }
    expect(admin('quota_resolved')).toEqual([]);
    expect((await rows())[0]).toMatchObject({ inDoubt: '5.02' });
  });

  it('refuses what it cannot tell apart, what is not there, and what is under way', async () => {
    await use('5d0b77aa-1111', daily(), 100, 'in-doubt');
    await reserve('6666-1', [{ counter: daily(), amount: 100 }]);
    const refusals = [
      ['5d0b77aa', '`5d0b77aa` is the beginning of 2 requests'],
      ['5d0', 'there is no open request `5d0`'],
      ['9999-1', 'there is no open request `9999-1`'],
      ['6666-1', 'request 6666-1 is under way; its gateway settles it'],
    ] as const;
    for (const [text, words] of refusals) {
      const { exitCode, stderr } = await home.run(['quota', 'resolve', text, '--as', 'ok']);
      expect([exitCode, stderr.split('\n')[0]]).toEqual([2, `countersign: ${words}`]);
    }
    expect((await home.run(['quota', 'resolve', '5d0b77aa-0000', '--as', 'maybe'])).exitCode).toBe(2);
  });

  it('does nothing if the log cannot be written', async () => {
    const file = `admin-${new Date().toISOString().slice(0, 10).replaceAll('-', '')}-0000000000.jsonl`;
    await mkdir(join(home.directory, 'audit', file), { recursive: true, mode: 0o700 });
    const { exitCode } = await home.run(['quota', 'resolve', '5d0b77aa', '--as', 'failed']);
    expect(exitCode).toBe(3);
    expect((await store.quota.requests())[0]).toMatchObject({ state: 'in-doubt' });
  });
});

describe('quota settle', () => {
  beforeEach(async () => {
    await reserve('77aa-1', [{ counter: daily(), amount: 0, closes: true, over: 'admit' }]);
    await store.quota.settle({ request: brandAs<RequestId>('77aa-1'), outcome: 'ok', forwardedMs: null });
  });

  it('enters the amount, opens the window, and records it without the amount', async () => {
    expect((await rows())[0]).toMatchObject({ closed: 1, requests: [{ request: '77aa-1', state: 'unbounded' }] });
    const { stdout } = await home.run(['quota', 'settle', '77aa-1', '--amount', '12.34 USD', '--json']);
    expect(JSON.parse(stdout)).toEqual({ request: '77aa-1', grant: 'agent', amount: '12.34 USD' });
    expect((await rows())[0]).toMatchObject({ used: '12.34', closed: 0 });
    expect(admin('quota_settled')).toMatchObject([{ request: '77aa-1', currency: 'USD' }]);
    expect(JSON.stringify(admin('quota_settled'))).not.toContain('12.34');
  });

  it.each([
    ['12.345 USD', '`12.345 USD` is no amount: the amount has more than 2 decimals'],
    ['12', '`12` is no amount: money is written as an amount and a currency: `500 USD`'],
    ['12 EUR', 'request 77aa-1 closed no window of EUR'],
  ])('refuses %s', async (amount, words) => {
    const { exitCode, stderr } = await home.run(['quota', 'settle', '77aa-1', '--amount', amount]);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, `countersign: ${words}`]);
  });

  it('does not resolve what is without an amount, nor settle what is in doubt', async () => {
    await use('5d0b-1', daily(), 0, 'in-doubt').catch(() => undefined);
    expect((await home.run(['quota', 'resolve', '77aa-1', '--as', 'failed'])).stderr).toMatch(/quota settle 77aa-1/);
  });
});

describe('quota reset', () => {
  const RESET = ['quota', 'reset', '--grant', 'agent', '--rule', 'daily'];

  it('forgets what the limit has used, keeps what is in doubt, and records it', async () => {
    await use('r-1', daily(), 48_000);
    await use('r-2', daily(), 500, 'in-doubt');
    const { stdout, stderr } = await home.run([...RESET, '--yes', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      reset: [
        { counter: 'a'.repeat(12), policy: 'caps', rule: 'daily', unit: 'USD', scope: 'grant', subject: 'agent' },
      ],
    });
    expect(stderr).toBe('  hint: what is reserved or in doubt still counts; `countersign quota list` shows it');
    expect((await rows())[0]).toMatchObject({ used: '0.00', inDoubt: '5.00' });
    expect(admin('quota_reset')).toMatchObject([{ rule: 'daily', counter: 'a'.repeat(64), subject: 'agent' }]);
  });

  it('asks first, and does nothing where nobody can answer', async () => {
    await use('r-1', daily(), 48_000);
    const { exitCode, stderr } = await home.run(RESET);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'countersign: a reset lets agents use a limit once more, and nobody is here to confirm it\n  hint: add --yes if that is meant',
    );
    expect((await rows())[0]).toMatchObject({ used: '480.00' });
    expect(admin('quota_reset')).toEqual([]);
  });

  it('takes the beginning of a digest', async () => {
    await use('r-1', counter('b', 'once', { unit: 'calls', keyed: true }), 1);
    await use('r-2', counter('b', 'once', { id: `bbbbbbbbbb${'c'.repeat(54)}`, unit: 'calls', keyed: true }), 1);
    const refusal = await home.run(['quota', 'reset', '--grant', 'agent', '--rule', 'once', '--yes']);
    expect(refusal.stderr).toMatch(/counts each value for itself, and 2 counters stand at something/);
    expect((await home.run(['quota', 'reset', 'bbbbbbbb', '--yes'])).stderr).toMatch(/beginning of several counters/);
    expect((await home.run(['quota', 'reset', 'bbbbbbb', '--yes'])).stderr).toMatch(/`bbbbbbb` is no counter/);
    const { stderr } = await home.run(['quota', 'reset', 'bbbbbbbbbbc', '--yes']);
    expect(stderr).toMatch(/^countersign: reset: `once` for agent, day .* UTC: 1 call used of 50000 calls$/);
    expect((await rows('--all')).filter(({ keyed }) => keyed)).toEqual([
      expect.objectContaining({ counter: 'b'.repeat(12), used: 1 }),
    ]);
  });

  it('tells a limit that stands at nothing from one that is not there', async () => {
    expect(await home.run([...RESET, '--yes'])).toMatchObject({
      exitCode: 0,
      stderr: 'countersign: the limit stands at nothing; there is nothing to reset',
    });
    const misspelt = await home.run(['quota', 'reset', '--grant', 'agent', '--rule', 'dayly', '--yes']);
    expect(misspelt).toMatchObject({ exitCode: 2 });
    expect(misspelt.stderr).toMatch(/no policy of grant `agent` has a limit `dayly`/);
    expect((await home.run(['quota', 'reset', '--yes'])).stderr).toMatch(/which counter is not said/);
  });
});
