import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { importPolicy } from '../../../src/cli/policy-import/import.ts';
import type { Imported } from '../../../src/cli/policy-import/import.ts';
import { readPolicy, readSource } from '../../../src/config/index.ts';
import { brandAs } from '../../../src/core/ids.ts';

async function read(file: string, document: unknown, partial = false): Promise<Imported> {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2);
  const result = await importPolicy(readSource(file, text), { upstream: 'shop', partial });
  if ('why' in result) throw new Error(result.why);
  return result;
}

const rule = (body: object) => ({ version: '1', tools: { pay: { rules: [body] } } });
const part = (body: object) => ({ version: '1', default: 'deny', tools: { pay: body } });
const condition = (path: string, op: string, value?: unknown) => rule({ conditions: [{ path, op, value }] });

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['an operator that is not known', condition('args.a', 'like', 'x'), '`like` is no operator that is known here'],
  ['a path outside the arguments', condition('env.HOME', 'eq', 'x'), '`env.HOME` does not begin with `args.`'],
  ['a path with an index', condition('args.items[0]', 'eq', 'x'), '`args.items[0]` is no path below `args.`'],
  ['a list of several types', condition('args.a', 'not_in', [1, 'x']), 'the list mixes types'],
  ['a blank text', condition('args.a', 'eq', ' '), 'a blank text counts as absent here'],
  ['an order of texts', condition('args.a', 'lt', 'x'), '`lt` compares with a number'],
  ['what is no pattern', condition('args.a', 'regex', 'a)(b'), 'it is not a pattern in RE2 syntax'],
  ['a quoting pattern', condition('args.a', 'regex', '\\Qa'), 'it is not a pattern in RE2 syntax'],
  [
    'a sum of an argument',
    rule({
      conditions: [{ path: 'state.pay.n', op: 'lte', value: 1 }],
      state: { counter: 'n', window: 'day', increment_from: 'args.amount' },
    }),
    'it adds up `args.amount`',
  ],
  ['a counter of another tool', condition('state.other.n', 'lte', 5), 'only counters of the tool itself can be kept'],
  ['a counter that nobody counts', condition('state.pay.n', 'lte', 5), 'not counted by exactly one rule'],
  [
    'a floor on a counter',
    rule({ conditions: [{ path: 'state.pay.n', op: 'gte', value: 5 }], state: { counter: 'n', window: 'day' } }),
    'a cap is `lte` or `lt` a number',
  ],
  [
    'a rate beside conditions',
    rule({ rate_limit: '5/day', conditions: [{ path: 'args.a', op: 'eq', value: 1 }] }),
    '`rate_limit` stands beside neither conditions nor state',
  ],
  ['a window that is not known', rule({ rate_limit: '5/second' }), 'expected `N/minute`, `N/hour` or `N/day`'],
  ['an action that is not known', rule({ action: 'ask' }), '`action` is `evaluate` or `deny`'],
  ['a key that is not known', rule({ approve: true }), 'the key `approve` is not known here'],
  [
    'a top-level key that is not known',
    { version: '1', budget: 5, tools: { pay: { rules: [] } } },
    'the key is not known here',
  ],
  ['a pattern of names', { version: '1', hide: ['pay_*'], tools: { pay: { rules: [] } } }, '`pay_*` is no tool name'],
  [
    'a default that is not known',
    { version: '1', default: 'maybe', tools: { pay: { rules: [] } } },
    'it is `allow` or `deny`',
  ],
  ['a predicate of another shape', part({ require: [{ field: 'a', equals: 1 }] }), 'expected `{path, op, value}`'],
  ['a denial without conditions', part({ deny_if: [{ when: 'x' }] }), 'the key `when` is not known here'],
  [
    'a quota of an argument',
    part({ limits: [{ max: 5, window: 'day', value_of: 'args.amount' }] }),
    'it adds up `args.amount`',
  ],
  ['a quota with two caps', part({ limits: [{ max: 5, limit: 6, window: 'day' }] }), 'expected one cap and one window'],
  ['a quota of something else', part({ limits: [{ max: 5, window: 'day', counts: 'tokens' }] }), 'it counts `tokens`'],
];

describe('when a construct cannot be kept', () => {
  it.each(REFUSED)('refuses %s, with its place, and writes no policy', async (_, document, why) => {
    const { policy, notes, loosens } = await read('policy.json', document);
    const refused = notes.filter((note) => note.refused !== undefined);
    expect(refused[0]?.why).toContain(why);
    expect(refused[0]?.place).toMatch(/^policy\.json:\d+:\d+$/);
    expect({ policy, loosens }).toEqual({ policy: null, loosens: true });
  });

  it.each(REFUSED)('denies the tools of %s when a part is asked for', async (_, document) => {
    const { policy, loosens } = await read('policy.json', document, true);
    expect(loosens).toBe(true);
    expect(policy?.rules[0]).toMatchObject({ effect: 'deny', tools: [expect.stringMatching(/^shop\/(pay|\*)$/)] });
  });

  it('keeps what only permits as no loss', async () => {
    const { policy, loosens, notes } = await read('policy.json', {
      version: '1',
      default: 'deny',
      tools: { 'pay_*': {}, pay: { require: [] } },
    });
    expect(loosens).toBe(false);
    expect(policy?.rules).toEqual([{ id: 'allow-pay', tools: ['shop/pay'], effect: 'allow' }]);
    expect(notes.find((note) => note.refused !== undefined)?.why).toContain('so that nothing is lost');
  });
});

describe('when a construct is kept', () => {
  it('says that a pattern was wrapped and that types are not converted', async () => {
    const { notes, policy } = await read(
      'p.yaml',
      'version: "1"\ntools: { pay: { rules: [{ conditions: [{ path: args.memo, op: regex, value: a|b }] }] } }',
    );
    expect(policy?.rules[1]).toMatchObject({ when: { 'args.memo': { matches: '(?s:.*)(?:a|b)(?s:.*)' } } });
    const why = notes.find(({ became }) => became === 'rule requiring it')?.why;
    expect(why).toContain('so that it was wrapped');
    expect(why).toContain('numbers and strings are not converted');
  });

  it('keeps a raw path and suggests the normalised fact beside it', async () => {
    const { notes } = await read('p.json', condition('args.amount', 'lte', 500));
    expect(
      notes.some(({ why }) =>
        why.includes('`amount` with a currency, like `"500 USD"`, would hold for every provider'),
      ),
    ).toBe(true);
  });

  it('takes a window that does not say where it begins as a rolling one', async () => {
    const { policy } = await read('p.json', part({ limits: [{ max: 5, window: 'day' }] }));
    expect(policy?.rules[0]).toMatchObject({ limit: { calls: 5, per: 'rolling 24h' } });
  });

  it('takes a window with a time zone as one of the calendar', async () => {
    const { policy } = await read('p.json', part({ limits: [{ max: 5, window: 'month', timezone: 'Europe/Berlin' }] }));
    expect(policy?.rules[0]).toMatchObject({ limit: { calls: 5, per: 'month', timezone: 'Europe/Berlin' } });
  });

  it('never says more than this server under its default', async () => {
    const { policy } = await read('p.yaml', 'version: "1"');
    expect(policy).toMatchObject({
      default: 'deny',
      rules: [{ id: 'default-allow', tools: ['shop/*'], effect: 'allow' }],
    });
  });

  it('gives rules of one name different ids', async () => {
    const twice = {
      version: '1',
      tools: {
        pay: {
          rules: [
            { name: 'x', action: 'deny' },
            { name: 'x', action: 'deny' },
          ],
        },
      },
    };
    const { policy } = await read('p.json', twice);
    expect(policy?.rules.map(({ id }) => id)).toEqual(['default-allow', 'pay-x', 'pay-x-2', 'allow-pay']);
  });
});

describe('when the document is anything at all', () => {
  const words = fc.constantFrom(
    ...[
      'version',
      '1',
      'default',
      'allow',
      'deny',
      'hide',
      'tools',
      'rules',
      'conditions',
      'path',
      'op',
      'value',
      'args.a',
      'lte',
      'regex',
      '*',
    ],
    ...[
      'state',
      'state.a.n',
      'counter',
      'n',
      'window',
      'day',
      'rate_limit',
      '5/day',
      'require',
      'deny_if',
      'limits',
      'max',
      'all_tools',
      'a',
      '(',
      '',
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      words,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.string(),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('value'), { maxLength: 3 }),
    map: fc.dictionary(fc.oneof(words, fc.string()), tie('value'), { maxKeys: 5 }),
  }));
  const document = fc.record(
    { version: fc.constant('1'), default: value, hide: value, tools: value, all_tools: value },
    { requiredKeys: ['version'] },
  );

  it('never throws, and what comes out is a policy that loads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(value, document), fc.boolean(), fc.boolean(), async (plain, yaml, partial) => {
        const source = yaml ? readSource('p.yaml', stringify(plain)) : readSource('p.json', JSON.stringify(plain));
        if (!source.isRead || source.faults.length > 0) return;
        const result = await importPolicy(source, { upstream: 'shop', partial });
        if ('why' in result || result.policy === null) return;
        const read = await readPolicy(brandAs('p'), readSource('out.json', JSON.stringify(result.policy)));
        expect(read.ok).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
});
