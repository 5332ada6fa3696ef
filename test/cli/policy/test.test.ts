import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, makeHome } from '../../e2e/support/home.ts';

const POLICY = `version: 1
rules:
  - { id: refunds, tools: ["kind:refund"], effect: allow }
  - { id: ceiling, tools: ["kind:refund"], effect: deny, when: { amount: { gt: "500 USD" } } }
  - { id: night, tools: ["kind:refund"], effect: deny, when: { time.hour: { lt: 6 } } }
  - { id: team, tools: ["kind:refund"], effect: require, when: { grant.team: { eq: support } } }
  - { id: daily, tools: ["kind:refund"], effect: limit, limit: { amount: "5000 USD", per: day } }
`;
const CASES = `version: 1
policy: policy.yaml
upstreams:
  shop: { provider: stripe, currency: { assume: USD } }
labels: { team: support }
cases:
  - name: small refunds are allowed and counted
    call: { tool: shop/create_refund, arguments: { payment_intent: pi_1, amount: 2500 } }
    expect: { decision: allow, rule: refunds, limits: [daily] }
  - name: a refund without an amount is denied
    call: { tool: sandbox/create_refund, arguments: { payment_id: p } }
    expect: { decision: deny, rule: ceiling, code: denied }
  - name: nothing at night
    call: { tool: shop/create_refund, arguments: { amount: 1 }, time: "2026-11-20T05:59:00Z" }
    expect: { decision: deny, rule: night }
`;
const FAILING = `${CASES}  - name: refunds over 500 USD need a signature
    call: { tool: shop/create_refund, arguments: { amount: 60000 } }
    expect: { decision: approve, rule: sign-off }
`;

let home: Home;
beforeAll(async () => {
  home = await makeHome('{}', {
    'policy.yaml': POLICY,
    'good.test.yaml': CASES,
    'failing.test.yaml': FAILING,
    'stray.test.yaml': CASES.replaceAll('sandbox/', 'nobody/'),
    'form.test.json':
      '{ "version": 1, "policy": "policy.yaml", "cases": [ { "name": "x", "call": { "tool": "x" } } ] }',
    'broken.test.yaml': CASES.replace('policy.yaml', 'form.test.json'),
  });
});
afterAll(() => home.remove());

const at = (name: string): string => join(home.directory, name);

describe('when the cases of a policy are run', () => {
  it('passes when each is decided as expected', async () => {
    const { exitCode, stdout } = await home.run(['policy', 'test', at('good.test.yaml')]);
    expect(stdout).toBe(
      [
        at('good.test.yaml'),
        '  ✓ small refunds are allowed and counted',
        '  ✓ a refund without an amount is denied',
        '  ✓ nothing at night',
        '',
        '3 passed',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
  });

  it('shows what was expected beside what was decided, why, and where', async () => {
    const { exitCode, stdout } = await home.run(['policy', 'test', at('failing.test.yaml')]);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n').slice(4)).toEqual([
      '  ✗ refunds over 500 USD need a signature',
      `      ${at('failing.test.yaml')}:16:5`,
      '      - expected  approve by `sign-off`',
      '      + actual    deny by `ceiling`',
      '      Denied by rule `ceiling` of policy `policy`, since it forbids this call: `amount` is above 500.00 USD.',
      `      decided at ${at('policy.yaml')}:4:5`,
      '',
      '3 passed, 1 failed',
    ]);
  });

  it('answers a script with every case', async () => {
    const { exitCode, stdout } = await home.run([
      'policy',
      'test',
      at('good.test.yaml'),
      at('failing.test.yaml'),
      '--json',
    ]);
    expect(exitCode).toBe(1);
    const answer = JSON.parse(stdout) as { cases: Record<string, unknown>[] };
    expect(answer).toMatchObject({ ok: false, passed: 6, failed: 1 });
    expect(answer.cases[6]).toMatchObject({
      ...{ name: 'refunds over 500 USD need a signature', ok: false, line: 16, column: 5 },
      expected: { decision: 'approve', rule: 'sign-off', code: null, limits: null },
      actual: { decision: 'deny', rule: 'ceiling', code: 'denied', limits: [] },
    });
  });
});

describe('when a file of cases cannot be run', () => {
  it.each([
    ['an upstream that is nowhere', 'stray.test.yaml', 'there is no `nobody` in `upstreams`'],
    ['a case of the wrong form', 'form.test.json', 'expected a tool, `<upstream>/<tool>`'],
    ['a policy with a fault', 'broken.test.yaml', 'form.test.json:1:'],
    ['a missing file', 'none.yaml', 'there is no such file'],
  ])('says so for %s', async (_name, file, words) => {
    const { exitCode, stderr } = await home.run(['policy', 'test', at(file)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
  });
});
