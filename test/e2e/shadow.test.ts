import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';

const AMOUNT = { path: 'amount', unit: 'minor', form: 'integer', absent: 'full' };
const REFUND = { kind: 'refund', amounts: [AMOUNT] };
const rule = (id: string, effect: string, when?: unknown): unknown => ({
  id,
  tools: ['kind:refund'],
  effect,
  ...(when === undefined ? {} : { when }),
});
const REAL = {
  version: 1,
  default: 'deny',
  rules: [rule('refunds', 'allow'), rule('ceiling', 'deny', { amount: { gt: '100 USD' } })],
};
const NEXT = {
  version: 1,
  default: 'deny',
  rules: [
    rule('refunds', 'allow'),
    rule('lower-ceiling', 'deny', { amount: { gt: '50 USD' } }),
    { ...(rule('sign', 'approve', { amount: { gt: '10 USD' } }) as object), approve: { count: 1, roles: ['finance'] } },
  ],
};
const WIDE = { version: 1, default: 'deny', rules: [rule('all', 'allow')] };

let home: Home;
let client: RawClient;

beforeAll(async () => {
  home = await makeHome({});
  const bank = await recorder(home.room, 'bank', [tool('refund', { amount: { type: 'integer' } })], {
    ...{ tools: { refund: REFUND }, currency: { assume: 'USD' } },
  });
  const grant = { principal: 'a@acme.example', policies: ['real'], upstreams: ['bank'] };
  await home.rewrite({
    version: 1,
    upstreams: { bank },
    policies: { real: REAL, next: NEXT, wide: WIDE },
    grants: { agent: { ...grant, shadow: ['next'] }, loose: { ...grant, shadow: ['wide'] }, plain: grant },
  });
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
});
afterAll(async () => {
  await client.close();
  await home.remove();
});

describe('shadow policies', () => {
  it('change nothing, and are recorded with every call', async () => {
    for (const amount of [500, 2_000, 9_000])
      expect((await client.call('refund', { amount })).result?.isError).not.toBe(true);
    expect(decisionOf(await client.call('refund', { amount: 10_001 }))?.rule).toBe('ceiling');
    expect(callsOf(home.room, 'bank')).toHaveLength(3);
    const shadows = home.records().flatMap(({ shadow }) => (shadow === undefined ? [] : [shadow]));
    expect(shadows).toEqual([
      { decision: 'allow', rule: 'refunds', policy: 'next' },
      { decision: 'approve', rule: 'sign', policy: 'next' },
      { decision: 'deny', rule: 'lower-ceiling', policy: 'next' },
      { decision: 'deny', rule: 'lower-ceiling', policy: 'next' },
    ]);
  });

  it('are summed up by rule and tool', async () => {
    const { exitCode, stdout } = await home.run(['policy', 'shadow', '--json']);
    expect(exitCode).toBe(1);
    const row = {
      grant: 'agent',
      tool: 'bank/refund',
      decision: 'allow',
      rule: 'refunds',
      shadowPolicy: 'next',
      calls: 1,
    };
    expect(JSON.parse(stdout)).toEqual({
      compared: 4,
      changed: 2,
      changes: [
        { ...row, shadow: 'approve', shadowRule: 'sign' },
        { ...row, shadow: 'deny', shadowRule: 'lower-ceiling' },
      ],
    });
    expect((await home.run(['policy', 'shadow', '--grant', 'plain', '--json'])).stdout).toBe(
      '{"compared":0,"changed":0,"changes":[]}',
    );
  });

  it('never soften a denial', async () => {
    const { stdout } = await home.run(['grant', 'issue', 'loose', '--json']);
    const loose = new RawClient(home, (JSON.parse(stdout) as { token: string }).token);
    await loose.initialize();
    expect(decisionOf(await loose.call('refund', { amount: 10_001 }))?.rule).toBe('ceiling');
    await loose.close();
    expect(home.records().find(({ grant, kind }) => grant === 'loose' && kind === 'decision')).toMatchObject({
      shadow: { decision: 'allow' },
    });
  });
});
