import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, makeHome, recorder, tool } from '../../e2e/support/home.ts';

const POLICY = {
  version: 1,
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    { id: 'ceiling', tools: ['kind:refund'], effect: 'deny', when: { amount: { gt: '500 USD' } } },
    { id: 'sign-off', tools: ['kind:refund'], effect: 'approve', when: { amount: { gt: '100 USD' } } },
    { id: 'weekend', tools: ['kind:read'], effect: 'deny', when: { 'time.weekday': { in: ['sat', 'sun'] } } },
    { id: 'daily', tools: ['kind:refund'], effect: 'limit', limit: { amount: { USD: '5000' }, per: 'day' } },
  ],
};
const CONFIG = {
  version: 1,
  upstreams: {
    pay: { command: 'true', provider: 'sandbox' },
    stripe: { command: 'true', provider: 'stripe', currency: { assume: 'USD' } },
  },
  policies: { main: 'policies/main.json', broken: { version: 1, rules: [{ id: 'x' }] } },
  grants: {
    support: { principal: 'ana@acme.example', policies: ['main'], upstreams: ['pay', 'stripe'] },
    stuck: { principal: 'ana@acme.example', policies: ['broken'], upstreams: ['pay'] },
  },
};

let home: Home;
beforeAll(async () => {
  home = await makeHome(CONFIG, { 'policies/main.json': JSON.stringify(POLICY, null, 2) });
});
afterAll(() => home.remove());

const refund = (amount: number, more: object = {}) =>
  JSON.stringify({ tool: 'pay/create_refund', arguments: { payment_id: 'pay_1', amount, currency: 'USD' }, ...more });

async function explained(call: string, grant = 'support'): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await home.run(
    ['policy', 'explain', '--grant', grant, '--call', '-', '--json'],
    call,
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('when one call is explained to a script', () => {
  it('answers decision, rule, pointer, obligations, trace and policy hash', async () => {
    const answer = await explained(refund(2500));
    expect(answer).toMatchObject({
      decision: 'allow',
      rule: 'refunds',
      pointer: '/rules/1',
      policy: 'main',
      pinned: false,
    });
    expect(answer['policyHash']).toMatch(/^[0-9a-f]{64}$/);
    expect(answer['obligations']).toEqual([
      {
        ...{ type: 'reserve', rule: 'daily', pointer: '/rules/5', policy: 'main' },
        limit: {
          amount: { USD: '5000.00' },
          per: 'day',
          timezone: 'UTC',
          scope: 'grant',
          key: [],
          exceed: 'deny',
          unknown: 'deny',
        },
      },
    ]);
    expect(
      (answer['trace'] as { rule: string; when: unknown; decides: boolean }[]).map(({ rule, when, decides }) => [
        rule,
        when,
        decides,
      ]),
    ).toEqual([
      ['reads', null, false],
      ['refunds', null, true],
      ['ceiling', 'false', false],
      ['sign-off', 'false', false],
      ['weekend', null, false],
      ['daily', null, true],
    ]);
  });

  it('names the rule that asks for a signature', async () => {
    expect(await explained(refund(20_000))).toMatchObject({
      decision: 'approve',
      rule: 'sign-off',
      pointer: '/rules/3',
    });
  });

  it('names the rule that denies', async () => {
    expect(await explained(refund(60_000))).toMatchObject({
      decision: 'deny',
      rule: 'ceiling',
      code: 'denied',
      obligations: [],
    });
  });

  it('decides at the instant of the call', async () => {
    const at = (time: string) => explained(JSON.stringify({ tool: 'pay/list_payments', arguments: {}, time }));
    expect(await at('2026-11-20T12:00:00Z')).toMatchObject({ decision: 'allow', time: '2026-11-20T12:00:00.000Z' });
    expect(await at('2026-11-21T12:00:00Z')).toMatchObject({ decision: 'deny', rule: 'weekend' });
    expect(await at('2026-11-20T23:30:00-02:00')).toMatchObject({ decision: 'deny', rule: 'weekend' });
  });

  it('denies everything under a broken policy, and says where its fault is', async () => {
    const answer = await explained(refund(1), 'stuck');
    expect(answer).toMatchObject({ decision: 'deny', rule: '(broken policy)', code: 'broken_policy' });
    expect(answer['message']).toContain('countersign.config.json:');
  });

  it('denies a tool that nobody knows', async () => {
    expect(await explained('{"tool":"pay/mystery","arguments":{}}')).toMatchObject({
      decision: 'deny',
      kind: 'unclassified',
    });
  });
});

describe('when one call is explained to a person', () => {
  it('answers why on one screen', async () => {
    const { stdout } = await home.run(
      ['policy', 'explain', '--grant', 'support', '--call', '-'],
      '{"tool":"stripe/create_refund","arguments":{"payment_intent":"pi_1","amount":60000},"time":"2026-11-20T12:00:00Z"}',
    );
    expect(stdout).toBe(
      [
        'DENY  stripe/create_refund, grant `support`, at 2026-11-20T12:00:00.000Z',
        '  Denied by rule `ceiling` of policy `main`, since it forbids this call: `amount` is above 500.00 USD.',
        `  decided at ${join(home.directory, 'policies/main.json')}:18:5`,
        '',
        'facts',
        '  kind       refund, money out',
        '  amount     600.00 USD (currency ASSUMED)',
        '  currency   USD (ASSUMED)',
        '  reason     absent',
        '  recipient  absent',
        '  reference  "pi_1"',
        '  quantity   absent',
        '  (not pinned; classified by the catalogue alone, arguments not checked against a schema)',
        '',
        'rules, in the order they are asked',
        '▸ ceiling   deny     true  decides',
        '  refunds   allow    always',
        '  daily     limit    always',
        '  sign-off  approve  true',
        '  not about this tool: weekend, reads',
      ].join('\n'),
    );
  });

  it('escapes what a terminal would act on', async () => {
    const call = JSON.stringify({
      tool: 'pay/create_refund',
      arguments: { payment_id: '\u001b[2J\u202e', amount: 1, currency: 'USD' },
    });
    const { stdout } = await home.run(['policy', 'explain', '--grant', 'support', '--call', '-'], call);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('when there is nothing to explain', () => {
  it.each([
    ['an unknown grant', ['--grant', 'nobody', '--call', '-'], refund(1), 'there is no grant `nobody`'],
    [
      'an upstream that the grant lacks',
      ['--grant', 'support', '--call', '-'],
      '{"tool":"square/x","arguments":{}}',
      'has no upstream `square`',
    ],
    [
      'no tool',
      ['--grant', 'support', '--call', '-'],
      '{"tool":"create_refund","arguments":{}}',
      '`create_refund` is no tool',
    ],
    ['a missing file', ['--grant', 'support', '--call', '/nowhere.json'], '', 'there is no such file'],
    ['no JSON', ['--grant', 'support', '--call', '-'], '{', '(syntax)'],
    [
      'a key that stands twice',
      ['--grant', 'support', '--call', '-'],
      '{"tool":"pay/x","arguments":{"amount":1,"amount":2}}',
      '(duplicate_key)',
    ],
    [
      'a number that no double holds',
      ['--grant', 'support', '--call', '-'],
      '{"tool":"pay/x","arguments":{"amount":9007199254740993}}',
      '(unsafe_integer)',
    ],
    [
      'a forbidden key',
      ['--grant', 'support', '--call', '-'],
      '{"tool":"pay/x","arguments":{"__proto__":{}}}',
      '(forbidden_key)',
    ],
    ['an unknown key', ['--grant', 'support', '--call', '-'], '{"tool":"pay/x","args":{}}', 'unknown key `args`'],
    [
      'a day that no calendar has',
      ['--grant', 'support', '--call', '-'],
      refund(1, { time: '2026-02-30T00:00:00Z' }),
      '`time` must be',
    ],
  ])('refuses %s', async (_name, args, input, words) => {
    const { exitCode, stdout, stderr } = await home.run(['policy', 'explain', ...args], input);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
  });
});

describe('when a person has accepted the tools', () => {
  let pinned: Home;
  beforeAll(async () => {
    pinned = await makeHome(CONFIG, { 'policies/main.json': JSON.stringify(POLICY) });
    const listed = [
      tool(
        'create_refund',
        {
          payment_id: { type: 'string' },
          amount: { type: 'integer' },
          currency: { type: 'string' },
          reason: { type: 'string' },
        },
        ['payment_id'],
      ),
    ];
    const pay = await recorder(pinned.room, 'pay', listed, { provider: 'sandbox' });
    await pinned.rewrite({
      ...CONFIG,
      upstreams: { ...CONFIG.upstreams, pay },
      policies: { ...CONFIG.policies, main: POLICY },
    });
    await pinned.run(['upstream', 'review', 'pay', '--accept']);
    await writeFile(join(pinned.room, 'call.json'), refund(2500));
  });
  afterAll(() => pinned.remove());

  const json = async (call: string) => {
    const { stdout } = await pinned.run(['policy', 'explain', '--grant', 'support', '--call', '-', '--json'], call);
    return JSON.parse(stdout) as unknown;
  };

  it('classifies by their definitions', async () => {
    const { stdout } = await pinned.run([
      'policy',
      'explain',
      '--grant',
      'support',
      '--call',
      join(pinned.room, 'call.json'),
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ decision: 'allow', rule: 'refunds', pinned: true });
  });

  it('denies arguments that the definition does not name or does not allow, as the gateway does', async () => {
    const call = (args: object) => JSON.stringify({ tool: 'pay/create_refund', arguments: args });
    expect(await json(call({ payment_id: 'p', amount: 1, currency: 'USD', decoy: 1 }))).toMatchObject({
      decision: 'deny',
      rule: '(unknown argument)',
    });
    expect(await json(call({ amount: 1, currency: 'USD' }))).toMatchObject({
      decision: 'deny',
      rule: '(invalid arguments)',
    });
  });

  it('refuses a tool that was not accepted', async () => {
    const { exitCode, stderr } = await pinned.run(
      ['policy', 'explain', '--grant', 'support', '--call', '-'],
      '{"tool":"pay/create_charge","arguments":{}}',
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('upstream `pay` has no accepted tool `create_charge`');
  });
});
