import { describe, expect, it } from 'vitest';
import { diffPolicies, isSame } from '../../../src/cli/policy-diff/diff.ts';
import type { PolicyDiff } from '../../../src/cli/policy-diff/diff.ts';
import type { ComparedUpstream } from '../../../src/cli/policy-diff/known-tools.ts';
import { readPolicy, readSource } from '../../../src/config/index.ts';
import { brandAs } from '../../../src/core/ids.ts';
import type { Policy } from '../../../src/core/policy.ts';

const ALLOWS = [
  { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
  { id: 'reads', tools: ['kind:read'], effect: 'allow' },
];

async function policy(rules: readonly object[], name = 'p'): Promise<Policy> {
  const text = JSON.stringify({ version: 1, default: 'deny', rules });
  const read = await readPolicy(brandAs(name), readSource('p.json', text));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.policy;
}

function upstream(name: string, provider: string | null, more: Partial<ComparedUpstream> = {}): ComparedUpstream {
  return {
    name: brandAs(name),
    provider,
    tools: new Map(),
    assumeCurrency: null,
    anyCurrency: false,
    accepted: new Map(),
    ...more,
  };
}

async function diff(
  a: readonly object[],
  b: readonly object[],
  on = [upstream('pay', 'sandbox')],
  max?: number,
): Promise<PolicyDiff> {
  return diffPolicies(await policy(a), await policy(b), on, ...(max === undefined ? [] : [{ maxCalls: max }]));
}

const lines = ({ changes }: PolicyDiff) =>
  changes.map(({ tool, call, a, b }) => `${tool}: ${call}: ${a.level} ${a.rule} -> ${b.level} ${b.rule}`);
const ceiling = (amount: string | object) => ({
  id: 'ceiling',
  tools: ['kind:refund'],
  effect: 'deny',
  when: { amount: { gt: amount } },
});

describe('when two policies are the same', () => {
  it('finds nothing, whatever the rules are called in their text', async () => {
    const found = await diff(
      [...ALLOWS, ceiling('500 USD')],
      [...ALLOWS, { ...ceiling('500 USD'), message: 'Too much.' }],
    );
    expect(found.changes).toEqual([]);
    expect(isSame(found)).toBe(true);
    expect(found.compared).toBeGreaterThan(5);
  });
});

describe('when a ceiling was raised', () => {
  it('lists the calls between the two, exactly', async () => {
    expect(lines(await diff([...ALLOWS, ceiling('500 USD')], [...ALLOWS, ceiling('600 USD')]))).toEqual([
      'pay/create_refund: refund of 500.01 USD: deny ceiling -> allow refunds',
      'pay/create_refund: refund of 599.99 USD: deny ceiling -> allow refunds',
      'pay/create_refund: refund of 600.00 USD: deny ceiling -> allow refunds',
    ]);
  });

  it('counts a currency that the rule forgot as denied', async () => {
    const found = lines(await diff([...ALLOWS, ceiling({ USD: '500', EUR: '450' })], [...ALLOWS, ceiling('500 USD')]));
    expect(found).toContain('pay/create_refund: refund of 450.00 EUR: allow refunds -> deny ceiling');
    expect(found.every((line) => line.includes('EUR'))).toBe(true);
  });

  it.each(['paypal', 'square', 'adyen'])('says it in the words of %s', async (provider) => {
    const found = lines(
      await diff([...ALLOWS, ceiling('500 USD')], [...ALLOWS, ceiling('600 USD')], [upstream('up', provider)]),
    );
    expect(found.some((line) => / of 500\.01 USD: deny ceiling -> allow refunds$/.test(line))).toBe(true);
  });

  it('assumes each named currency for an account of which nothing is known', async () => {
    const on = [upstream('stripe', 'stripe', { anyCurrency: true })];
    const found = lines(await diff([...ALLOWS, ceiling('500 USD')], [...ALLOWS, ceiling('600 USD')], on));
    expect(found).toContain(
      'stripe/create_refund: refund of 500.01 USD (currency assumed): deny ceiling -> allow refunds',
    );
  });
});

describe('when a requirement was dropped', () => {
  const reason = { id: 'why', tools: ['kind:refund'], effect: 'require', when: { reason: { present: true } } };

  it('lists what goes without it', async () => {
    expect(lines(await diff([...ALLOWS, reason], ALLOWS))).toEqual([
      'pay/create_refund: refund of 1.00 USD without a reason: deny why -> allow refunds',
      'pay/create_refund: refund of 1.00 USD with reason null: deny why -> allow refunds',
      'pay/create_refund: refund of 1.00 USD with a blank reason: deny why -> allow refunds',
    ]);
  });

  it('adds the reason to a tool that has none of its own', async () => {
    const on = [upstream('stripe', 'stripe', { assumeCurrency: 'USD' })];
    const found = lines(await diff([...ALLOWS, reason], ALLOWS, on)).filter((line) =>
      line.startsWith('stripe/create_refund'),
    );
    expect(found).toHaveLength(3);
  });
});

describe('when what has to be met changes', () => {
  const signed = { id: 'sign', tools: ['kind:refund'], effect: 'approve', when: { amount: { gt: '100 USD' } } };
  const paced = (calls: number) => ({
    id: 'pace',
    tools: ['kind:refund'],
    effect: 'limit',
    limit: { calls, per: 'day' },
  });
  const daily = (amount: string) => ({
    id: 'daily',
    tools: ['kind:refund'],
    effect: 'limit',
    limit: { amount, per: 'day' },
  });

  it('puts what was denied above what had to be signed, and what is stricter last', async () => {
    const a = [...ALLOWS, ceiling('500 USD'), signed, { id: 'r', tools: ['kind:charge'], effect: 'allow' }];
    const b = [...ALLOWS, ceiling('900 USD')];
    const { changes } = await diff(a, b);
    const steps = [...new Set(changes.map((change) => `${change.a.level} -> ${change.b.level}`))];
    expect(steps).toEqual(['deny -> allow', 'approve -> allow', 'allow -> deny']);
    expect(changes[0]?.direction).toBe('looser');
    expect(changes.at(-1)?.direction).toBe('tighter');
  });

  it('tells a limit that came from one that went', async () => {
    expect((await diff(ALLOWS, [...ALLOWS, paced(5)])).changes.map(({ direction }) => direction)).toEqual(['tighter']);
    expect((await diff([...ALLOWS, paced(5)], ALLOWS)).changes.map(({ direction }) => direction)).toEqual(['looser']);
    expect(
      (await diff([...ALLOWS, paced(5)], [...ALLOWS, paced(6)])).changes.map(({ direction }) => direction),
    ).toEqual(['other']);
  });

  it('denies the single call that no window could hold', async () => {
    const found = lines(await diff([...ALLOWS, daily('500 USD')], [...ALLOWS, daily('400 USD')]));
    expect(found).toContain('pay/create_refund: refund of 400.01 USD: allow refunds -> deny daily');
    expect(found).not.toContain('pay/create_refund: refund of 500.01 USD: allow refunds -> deny daily');
  });
});

describe('when tools are generic or unknown', () => {
  it('names the use of a generic tool', async () => {
    const on = [upstream('square', 'square')];
    const found = lines(await diff(ALLOWS, [...ALLOWS, ceiling('10 USD')], on));
    expect(found).toContain(
      'square/make_api_request: refund (refunds payment) of 10.01 USD: allow refunds -> deny ceiling',
    );
  });

  it('lists what the catalogue does not know', async () => {
    const named = { id: 'named', tools: ['pay/secret_tool'], effect: 'allow' };
    expect(lines(await diff(ALLOWS, [...ALLOWS, named]))).toEqual([
      'pay/secret_tool: a call that the catalogue does not know: deny (unclassified) -> allow named',
    ]);
  });

  it('says that rules of an upstream that is not compared differ', async () => {
    const found = await diff(ALLOWS, [...ALLOWS, { id: 'x', tools: ['other/*'], effect: 'deny' }]);
    expect(found.notCompared).toEqual([
      'upstream `other`: its rules differ, and it is not among the upstreams compared',
    ]);
    expect(isSame(found)).toBe(false);
  });
});

describe('when rules ask for other things', () => {
  it('varies raw arguments, labels, the principal and the time', async () => {
    const rule = (when: object) => ({
      id: 'x',
      tools: ['kind:refund'],
      effect: 'deny',
      when,
      timezone: 'Europe/Berlin',
    });
    const found = async (when: object) => lines(await diff(ALLOWS, [...ALLOWS, rule(when)])).join('\n');
    expect(await found({ 'args.payment_id': { starts_with: 'pay_9' } })).toContain('`args.payment_id` `pay_9x`');
    expect(await found({ 'grant.team': { eq: 'night' } })).toContain('by `grant.team` `night`');
    expect(await found({ principal: { eq: 'bob@acme.example' } })).toContain('by `principal` `bob@acme.example`');
    expect(await found({ 'time.hour': { gte: 18 } })).toContain('on mon 2027-03-01 at 18:00 Europe/Berlin');
    expect(await found({ 'args.items[*].price': { sum: { gt: 900 } } })).toContain('`args.items[*].price` `[901]`');
    expect(await found({ reference: { matches: 'ch_[0-9]+' } })).toContain('with reference `ch_0`');
  });
});

describe('when counters change', () => {
  const limit = (more: object, id = 'n') => ({
    id,
    tools: ['kind:refund'],
    effect: 'limit',
    limit: { calls: 5, per: 'day', ...more },
  });
  const counters = async (a: object, b: object | null) =>
    (await diff([...ALLOWS, a], b === null ? ALLOWS : [...ALLOWS, b])).counters;

  it('keeps a counter whose cap or text changed', async () => {
    expect(await counters(limit({}), { ...limit({ calls: 3 }), message: 'Enough.' })).toEqual([]);
    expect(
      await counters(limit({ key: ['reference', 'recipient'] }), limit({ key: ['recipient', 'reference'] })),
    ).toEqual([]);
  });

  it.each([
    [{ per: 'week' }, 'the window was `day` and is `week`'],
    [{ timezone: 'Europe/Berlin' }, 'the window was `day` and is `day (Europe/Berlin)`'],
    [{ scope: 'global' }, 'the scope was `grant` and is `global`'],
    [{ key: ['reference'] }, 'the key was `nothing` and is `reference`'],
  ])('starts one again with %j', async (more, why) => {
    expect(await counters(limit({}), limit(more))).toEqual([{ rule: 'n', change: 'reset', why }]);
  });

  it('says that a renamed one starts at zero', async () => {
    expect(await counters(limit({}), limit({}, 'm'))).toEqual([
      { rule: 'n', change: 'dropped', why: '`m` counts the same and starts at zero' },
      { rule: 'm', change: 'new', why: 'it starts at zero' },
    ]);
  });
});

describe('when there is much to compare', () => {
  const many = Array.from({ length: 40 }, (_, index) => ({
    id: `r${index}`,
    tools: ['kind:refund'],
    effect: 'deny',
    when: { amount: { gt: `${100 + index} USD` }, [`args.a${index % 7}`]: { eq: index }, reason: { present: false } },
  }));

  it('stays within its bound, says where it cut, and does not call that the same', async () => {
    const [last] = many.slice(-1);
    const found = await diff(
      [...ALLOWS, ...many],
      [...ALLOWS, ...many.slice(0, -1), { ...last, message: 'No.' }],
      undefined,
      2_000,
    );
    expect(found.cut).toEqual(['pay/create_refund (refund)', 'pay/unlisted_tool (unclassified)']);
    expect(found.compared).toBeLessThan(3_000);
    expect(isSame(found)).toBe(false);
  });

  it('knows a document as itself without trying everything', async () => {
    expect(isSame(await diff([...ALLOWS, ...many], [...ALLOWS, ...many], undefined, 2_000))).toBe(true);
  });

  it('says the same each time', async () => {
    const once = async () =>
      JSON.stringify(
        (await diff([...ALLOWS, ...many], ALLOWS, undefined, 2_000)).changes.map(({ call, a, b }) => [call, a, b]),
      );
    expect(await once()).toBe(await once());
  });
});
