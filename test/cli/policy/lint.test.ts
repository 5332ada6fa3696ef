import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../../src/config/policy.ts';
import { readSource } from '../../../src/config/read-source.ts';
import { catalogueNames, type Definitions, NOTHING_PINNED, toolBook } from '../../../src/cli/policy/known-tools.ts';
import { lint } from '../../../src/cli/policy/lint/lint.ts';
import { brandAs } from '../../../src/core/ids.ts';
import { fromPlain } from '../../../src/core/json.ts';
import type { Policy } from '../../../src/core/policy.ts';

type Rules = readonly Record<string, unknown>[];

interface Use {
  readonly upstreams?: Readonly<Record<string, { provider: string; assume?: string; pins?: readonly unknown[] }>>;
  readonly beside?: Rules;
  readonly default?: string;
}

async function policyOf(
  name: string,
  rules: Rules,
  fallback = 'deny',
): Promise<{ policy: Policy; source: ReturnType<typeof readSource> }> {
  const source = readSource(`${name}.json`, JSON.stringify({ version: 1, default: fallback, rules }, null, 2));
  const read = await readPolicy(brandAs(name), source);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return { policy: read.policy, source };
}

function pinsOf(definitions: readonly unknown[] | undefined): Definitions {
  if (definitions === undefined) return NOTHING_PINNED;
  return new Map(definitions.map((one) => [(one as { name: string }).name, fromPlain(one)]));
}

/** `severity code path`, and the messages apart. */
async function found(rules: Rules, use: Use = {}) {
  const { policy, source } = await policyOf('p', rules, use.default);
  const beside = use.beside === undefined ? [] : [(await policyOf('other', use.beside, use.default)).policy];
  const upstreams = Object.entries(use.upstreams ?? { sandbox: { provider: 'sandbox' } });
  const books = await Promise.all(
    upstreams.map(([name, { provider, assume, pins }]) =>
      toolBook({ name: brandAs(name), provider, tools: new Map(), assumeCurrency: assume ?? null }, pinsOf(pins)),
    ),
  );
  const views = [{ grant: 'g', policies: [policy, ...beside], books }];
  return lint({ policy, source, views, configured: true, catalogueNames: await catalogueNames() });
}

async function codes(rules: Rules, use: Use = {}): Promise<string[]> {
  return (await found(rules, use)).map(({ code, path }) => `${code} ${path}`);
}

const reads = { id: 'reads', tools: ['kind:read'], effect: 'allow' };
const charges = { id: 'charges', tools: ['kind:charge'], effect: 'allow' };
const refunds = { id: 'refunds', tools: ['kind:refund'], effect: 'allow' };
const ceiling = { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '500 USD' } } };
const once = {
  id: 'once',
  tools: ['kind:refund'],
  effect: 'limit',
  limit: { calls: 1, per: 'day', key: ['reference'] },
};
const deny = (id: string, tools: string[], when?: unknown) => ({
  id,
  tools,
  effect: 'deny',
  ...(when !== undefined && { when }),
});

describe('when nothing is wrong', () => {
  it('finds nothing', async () => {
    expect(await found([reads, charges, refunds, ceiling, once])).toEqual([]);
  });
});

describe('when a rule can never take effect', () => {
  const unreachable = async (rules: Rules) => (await codes(rules)).filter((one) => one.startsWith('unreachable_rule'));

  it('names an allow that a denial without a condition shadows, wherever the denial stands', async () => {
    expect(await unreachable([charges, ceiling, deny('stop', ['money'])])).toContain('unreachable_rule /rules/0/id');
  });

  it('names an allow whose selectors are denied by several rules together', async () => {
    const pair = { id: 'pair', tools: ['kind:charge', 'kind:refund'], effect: 'allow' };
    expect(await unreachable([pair, deny('a', ['kind:charge']), deny('b', ['kind:refund'])])).toEqual([
      'unreachable_rule /rules/0/id',
    ]);
  });

  it('names a denial behind one with a lower threshold, but not one in front of it', async () => {
    const low = deny('low', ['kind:refund'], { amount: { gt: '100 USD' } });
    const high = deny('high', ['kind:refund'], { amount: { gt: '500 USD' } });
    expect(await unreachable([low, high])).toEqual(['unreachable_rule /rules/1/id']);
    expect(await unreachable([high, low])).toEqual([]);
  });

  it('leaves a lower threshold in another currency alone: it is unknown where the first is false', async () => {
    const usd = deny('usd', ['kind:refund'], { amount: { gt: '100 USD' } });
    const eur = deny('eur', ['kind:refund'], { amount: { gt: '500 EUR' } });
    expect(await unreachable([usd, eur])).toEqual([]);
  });

  it('names a denial that adds conditions to an earlier one', async () => {
    const wide = deny('wide', ['*'], { currency: { ne: 'USD' } });
    const narrow = deny('narrow', ['kind:refund'], { currency: { ne: 'USD' }, reason: { present: false } });
    expect(await unreachable([wide, narrow])).toEqual(['unreachable_rule /rules/1/id']);
  });

  it('names an allow with a condition behind the same allow without one', async () => {
    const small = { ...refunds, id: 'small', when: { amount: { lt: '50 USD' } } };
    expect(await unreachable([refunds, small, ceiling])).toEqual(['unreachable_rule /rules/1/id']);
  });

  it('does not take a wildcard allow for one by name, which also permits an unclassified tool', async () => {
    const all = { id: 'all', tools: ['*'], effect: 'allow' };
    const exact = { id: 'exact', tools: ['sandbox/create_charge'], effect: 'allow' };
    expect(await unreachable([all, exact, ceiling])).toEqual([]);
  });

  it('does not take a hidden kind for a denial of unclassified calls', async () => {
    const hide = { id: 'hide', tools: ['kind:refund'], effect: 'hide' };
    expect(await unreachable([hide, deny('d', ['kind:refund'], { reason: { present: false } })])).toEqual([]);
  });
});

describe('when a selector is about no tool', () => {
  it('says so, with the tool that was meant', async () => {
    const [one] = await found([reads, deny('typo', ['sandbox/create_refnd'])]);
    expect(one).toMatchObject({ severity: 'warning', code: 'selector_matches_nothing', path: '/rules/1/tools/0' });
    expect(one?.message).toBe(
      'upstream `sandbox` has no tool `create_refnd` in the catalogue; did you mean `create_refund`',
    );
  });

  it('says which upstreams there are', async () => {
    const [one] = await found([reads, deny('typo', ['stripe/*'])]);
    expect(one?.message).toBe('no grant uses this policy with an upstream `stripe`; there is `sandbox`');
  });

  it('believes the accepted tools rather than the catalogue', async () => {
    const pins = [{ name: 'list_payments', inputSchema: { type: 'object' } }];
    const use = { upstreams: { sandbox: { provider: 'sandbox', pins } } };
    expect(await codes([deny('d', ['sandbox/create_refund'])], use)).toEqual([
      'selector_matches_nothing /rules/0/tools/0',
    ]);
  });

  it('only notes a kind, or a tool of another provider, that the upstreams lack', async () => {
    const some = await found([deny('roll', ['kind:payroll']), deny('name', ['*/cancel_subscription'])], {
      upstreams: { creem: { provider: 'creem' } },
    });
    expect(some.map(({ severity, code }) => `${severity} ${code}`)).toContain('note selector_matches_nothing');
    expect(some.every(({ severity }) => severity === 'note')).toBe(true);
  });
});

describe('when money is allowed', () => {
  const unbounded = async (rules: Rules, use: Use = {}) =>
    (await codes(rules, use)).filter((one) => one.startsWith('money_without_bound'));

  it('asks for a bound', async () => {
    expect(await unbounded([reads, charges])).toEqual(['money_without_bound /rules/1/id']);
  });

  it.each([
    ['a ceiling', ceiling],
    ['a signature', { id: 'sign', tools: ['money'], effect: 'approve' }],
    ['a cap', { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: '9 USD', per: 'day' } }],
    ['a requirement', { id: 'need', tools: ['money'], effect: 'require', when: { amount: { lte: '9 USD' } } }],
  ])('takes %s for one', async (_name, rule) => {
    expect(await unbounded([charges, rule])).toEqual([]);
    expect(await unbounded([charges], { beside: [rule] })).toEqual([]);
  });

  it.each([
    [
      'a signature for something else',
      { id: 'sign', tools: ['money'], effect: 'approve', when: { reason: { present: false } } },
    ],
    ['a rate', { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 3, per: 'minute' } }],
    ['a ceiling on other tools', { ...ceiling, tools: ['kind:payout'] }],
    [
      'a question whether there is an amount',
      { id: 'any', tools: ['money'], effect: 'require', when: { amount: { present: true } } },
    ],
  ])('does not take %s for one', async (_name, rule) => {
    expect(await unbounded([charges, rule])).toEqual(['money_without_bound /rules/0/id']);
  });

  it('takes the condition of the allow itself for one', async () => {
    expect(await unbounded([{ ...charges, when: { amount: { lt: '9 USD' } } }])).toEqual([]);
  });

  it('reports a default that allows at the default', async () => {
    expect(await unbounded([{ ...reads, effect: 'approve' }], { default: 'allow' })).toEqual([
      'money_without_bound /default',
    ]);
  });
});

describe('when caps are split', () => {
  const cap = (key?: string[]) => ({
    id: 'cap',
    tools: ['kind:charge'],
    effect: 'limit',
    limit: { amount: '9 USD', per: 'day', ...(key && { key }) },
  });

  it('warns of a key that the agent chooses', async () => {
    expect(await codes([charges, cap(['recipient'])])).toEqual(['cap_keyed_by_agent /rules/1/limit/key']);
  });

  it('does not mind one beside a cap over everything, or a key of the operator', async () => {
    expect(await codes([charges, cap(['recipient']), { ...cap(), id: 'whole' }])).toEqual([]);
    expect(await codes([charges, cap(['tool'])])).toEqual([]);
  });

  it('asks for a key where refunds are allowed', async () => {
    expect(await codes([refunds, ceiling])).toEqual(['refund_without_key /rules/0/id']);
  });
});

describe('when a condition asks for what a tool lacks', () => {
  const pins = [
    {
      name: 'create_refund',
      inputSchema: {
        type: 'object',
        properties: {
          amount: { type: 'integer' },
          currency: { type: 'string' },
          payment_id: { type: 'string' },
          reason: { type: 'string' },
        },
      },
    },
    { name: 'list_payments', inputSchema: { type: 'object', properties: {} } },
  ];
  const use = { upstreams: { sandbox: { provider: 'sandbox', pins } } };

  it('names the path', async () => {
    const [one] = await found([deny('d', ['sandbox/create_refund'], { 'args.amont': { gt: 5 } })], use);
    expect(one).toMatchObject({ code: 'path_not_in_schema', path: '/rules/0/when/args.amont' });
  });

  it('leaves paths alone that are there, and tools that the rule excludes otherwise', async () => {
    expect(await codes([deny('d', ['sandbox/create_refund'], { 'args.amount': { gt: 5 } })], use)).toEqual([]);
    expect(await codes([deny('d', ['*'], { kind: { eq: 'refund' }, 'args.amount': { gt: 5 } })], use)).toEqual([]);
    expect(await codes([deny('d', ['*'], { 'args.amount': { gt: 5 } })], use)).toEqual([
      'path_not_in_schema /rules/0/when/args.amount',
    ]);
  });
});

describe('when a bound is in a currency that the tool never has', () => {
  const rule = (when: unknown) => deny('d', ['stripe/create_refund'], when);
  const use = { upstreams: { stripe: { provider: 'stripe', assume: 'USD' } } };

  it('says so', async () => {
    const [one] = await found([rule({ amount: { gt: '500 EUR' } })], use);
    expect(one).toMatchObject({ code: 'currency_never_used', path: '/rules/0/when/amount' });
    expect(one?.message).toContain('always in USD');
  });

  it('does not mind further currencies beside the right one, or a tool whose call says which', async () => {
    expect(await codes([rule({ amount: { gt: { USD: '5', EUR: '4' } } })], use)).toEqual([]);
    expect(await codes([deny('d', ['sandbox/create_refund'], { amount: { gt: '5 EUR' } })])).toEqual([]);
  });
});

describe('when `not` stands over an amount', () => {
  const when = { not: { amount: { lte: '500 USD' } } };

  it('warns if the rule is about reads too', async () => {
    expect(await codes([deny('d', ['*'], when)])).toEqual(['not_amount_on_reads /rules/0/when/not']);
  });

  it('does not if it is about money only', async () => {
    expect(await codes([deny('d', ['money'], when)])).toEqual([]);
  });
});
