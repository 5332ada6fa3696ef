import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../src/config/policy.ts';
import { readSource } from '../../src/config/read-source.ts';
import { brandAs } from '../../src/core/ids.ts';
import type { Condition, Operator, Policy, Rule } from '../../src/core/policy.ts';
import { lines } from './faults.ts';

async function policyOf(text: string, file = 'p.json'): Promise<Policy> {
  const read = await readPolicy(brandAs('p'), readSource(file, text));
  if (!read.ok) throw new Error(lines(read.faults).join('\n'));
  return read.policy;
}

async function ruleOf(content: string): Promise<Rule> {
  const { rules } = await policyOf(`{"version":1,"rules":[{"id":"a",${content}}]}`);
  return rules[0]!;
}

async function whenOf(content: string, more = ''): Promise<Condition> {
  const rule = await ruleOf(`"tools":["*"],"effect":"require","when":${content}${more}`);
  if (rule.effect !== 'require') throw new Error('not a condition');
  return rule.when;
}

async function operatorOf(fact: string, test: string): Promise<Operator> {
  const condition = await whenOf(`{"${fact}":${test}}`);
  if (condition.is !== 'test') throw new Error('not a single test');
  return condition.operator;
}

/** The document of the design's section on policy. */
const DOCUMENT = `{
  "version": 1, "description": "…", "default": "deny",
  "rules": [
    { "id": "reads",          "tools": ["kind:read"],                 "effect": "allow" },
    { "id": "refunds",        "tools": ["kind:refund"],               "effect": "allow" },
    { "id": "charges",        "tools": ["kind:charge", "kind:payout"],"effect": "allow" },
    { "id": "refund-reason",  "tools": ["kind:refund"],               "effect": "require",
      "when": { "reason": { "present": true } }, "message": "Every refund needs a reason." },
    { "id": "charge-ceiling", "tools": ["kind:charge"],               "effect": "deny",
      "when": { "amount": { "gt": { "USD": "10000", "EUR": "9000" } } } },
    { "id": "usd-payouts",    "tools": ["kind:payout"],               "effect": "deny",
      "when": { "currency": { "not_in": ["USD"] } } },
    { "id": "sign-off",       "tools": ["kind:refund", "kind:payout"],"effect": "approve",
      "when": { "amount": { "gt": "500 USD" } }, "approve": { "count": 1, "roles": ["finance"], "expire": "15m" } },
    { "id": "daily-charges",  "tools": ["kind:charge"],               "effect": "limit",
      "limit": { "amount": { "USD": "5000", "EUR": "4500" }, "per": "day", "timezone": "UTC" } },
    { "id": "pace",           "tools": ["*"],                         "effect": "limit",
      "limit": { "calls": 30, "per": "minute" } },
    { "id": "once-per-payment","tools": ["kind:refund"],              "effect": "limit",
      "limit": { "calls": 1, "per": "day", "key": ["reference"] } },
    { "id": "no-cancels",     "tools": ["stripe/cancel_subscription"],"effect": "hide" }
  ]
}`;

describe('the policy of the design', () => {
  it('loads wholly', async () => {
    const { rules, ...policy } = await policyOf(DOCUMENT);
    expect(policy).toMatchObject({ name: 'p', default: 'deny' });
    expect(rules.map(({ id, effect, pointer }) => [id, effect, pointer])).toEqual([
      ['reads', 'allow', '/rules/0'],
      ['refunds', 'allow', '/rules/1'],
      ['charges', 'allow', '/rules/2'],
      ['refund-reason', 'require', '/rules/3'],
      ['charge-ceiling', 'deny', '/rules/4'],
      ['usd-payouts', 'deny', '/rules/5'],
      ['sign-off', 'approve', '/rules/6'],
      ['daily-charges', 'limit', '/rules/7'],
      ['pace', 'limit', '/rules/8'],
      ['once-per-payment', 'limit', '/rules/9'],
      ['no-cancels', 'hide', '/rules/10'],
    ]);
  });

  it('becomes rules with exact money', async () => {
    const { rules } = await policyOf(DOCUMENT);
    expect(rules[4]).toEqual({
      id: 'charge-ceiling',
      pointer: '/rules/4',
      selectors: [{ by: 'kind', kind: 'charge' }],
      effect: 'deny',
      when: {
        is: 'test',
        fact: { fact: 'amount' },
        operator: {
          op: 'gt',
          bound: {
            is: 'money',
            money: new Map([
              ['USD', 1_000_000n],
              ['EUR', 900_000n],
            ]),
          },
        },
      },
    });
    expect(rules[6]).toMatchObject({ approve: { count: 1, roles: ['finance'], expireMs: 900_000 } });
    expect(rules[7]).toMatchObject({
      limit: {
        counts: {
          unit: 'amount',
          caps: new Map([
            ['USD', 500_000n],
            ['EUR', 450_000n],
          ]),
        },
        window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
        scope: 'grant',
        key: [],
        exceed: 'deny',
        unknown: 'deny',
      },
    });
    expect(rules[8]).toMatchObject({ limit: { counts: { unit: 'calls', cap: 30n } } });
    expect(rules[9]).toMatchObject({ limit: { key: [{ fact: 'reference' }] } });
    expect(rules[3]).toMatchObject({ message: 'Every refund needs a reason.' });
  });
});

describe('the hash of a policy', () => {
  it('is SHA-256 of the canonical form of the document', async () => {
    const canonical = canonicalize(JSON.parse(DOCUMENT)) ?? '';
    const expected = createHash('sha256').update(canonical).digest('hex');
    expect((await policyOf(DOCUMENT)).hash).toBe(expected);
  });

  it('depends on the data, not on its writing', async () => {
    const one = await policyOf('// x\n{"version":1,"rules":[{"id":"a","tools":["*"],"effect":"allow"}]}');
    const two = await policyOf('rules:\n  - { effect: allow, tools: ["*"], id: a }\nversion: 1.0\n', 'p.yaml');
    const three = await policyOf('{"version":1,"rules":[{"id":"b","tools":["*"],"effect":"allow"}]}');
    expect(two.hash).toBe(one.hash);
    expect(three.hash).not.toBe(one.hash);
  });
});

describe('a selector', () => {
  it.each([
    ['*', { by: 'any' }],
    ['*/*', { by: 'any' }],
    ['stripe/create_refund', { by: 'tool', tool: 'stripe/create_refund' }],
    ['stripe/a/b', { by: 'tool', tool: 'stripe/a/b' }],
    ['stripe/*', { by: 'upstream', upstream: 'stripe' }],
    ['*/create_refund', { by: 'name', name: 'create_refund' }],
    ['kind:unclassified', { by: 'kind', kind: 'unclassified' }],
    ['money', { by: 'money', direction: 'any' }],
    ['money:commit', { by: 'money', direction: 'commit' }],
  ])('reads %s', async (text, selector) => {
    expect((await ruleOf(`"tools":["${text}"],"effect":"hide"`)).selectors).toEqual([selector]);
  });
});

describe('a condition', () => {
  it('ANDs several facts and several operators of a fact', async () => {
    expect(await whenOf('{"reason":{"present":true,"starts_with":"x"},"kind":{"eq":"refund"}}')).toMatchObject({
      is: 'all',
      of: [
        { fact: { fact: 'reason' }, operator: { op: 'present', expected: true } },
        { fact: { fact: 'reason' }, operator: { op: 'starts_with', text: 'x' } },
        { fact: { fact: 'kind' }, operator: { op: 'eq', bound: { is: 'value', value: 'refund' } } },
      ],
    });
  });

  it('ANDs facts with `all`, `any` and `not`', async () => {
    const content = '{"any":[{"reason":{"present":true}},{"recipient":{"present":true}}],"not":{"tool":{"eq":"a/b"}}}';
    expect(await whenOf(content)).toMatchObject({
      is: 'all',
      of: [
        { is: 'any', of: [{ is: 'test' }, { is: 'test' }] },
        { is: 'not', of: { is: 'test' } },
      ],
    });
  });

  it('tells `all` of conditions from `all` of an array', async () => {
    expect(await whenOf('{"all":[{"args.tags":{"all":{"eq":"x"}}}]}')).toEqual({
      is: 'all',
      of: [
        {
          is: 'test',
          fact: { fact: 'args', path: [{ step: 'key', key: 'tags' }], text: 'args.tags' },
          operator: { op: 'all', test: [{ op: 'eq', bound: { is: 'value', value: 'x' } }] },
        },
      ],
    });
  });

  it('reads paths, labels and times', async () => {
    const content = '{"args.a[*][\\"odd.key\\"]":{"count":{"lte":3}},"grant.team":{"eq":"x"},"time.hour":{"gte":9}}';
    const condition = await whenOf(content, ',"timezone":"Europe/Berlin"');
    const facts = condition.is === 'all' ? condition.of.map((part) => part.is === 'test' && part.fact) : [];
    expect(new Set(facts)).toEqual(
      new Set([
        {
          fact: 'args',
          path: [{ step: 'key', key: 'a' }, { step: 'each' }, { step: 'key', key: 'odd.key' }],
          text: 'args.a[*]["odd.key"]',
        },
        { fact: 'label', label: 'team' },
        { fact: 'time', part: 'hour', timezone: 'Europe/Berlin' },
      ]),
    );
  });

  it('keeps the text of numbers', async () => {
    expect(await operatorOf('args.a', '{"sum":{"lte":900.5}}')).toMatchObject({
      op: 'sum',
      test: [{ op: 'lte', bound: { is: 'value', value: { text: '900.5' } } }],
    });
  });

  it.each([
    ['amount', '{"in":["5 USD",{"EUR":"4"}]}', { op: 'in', values: [{ is: 'money' }, { is: 'money' }] }],
    ['args.a', '{"not_in":[1,"x",true]}', { op: 'not_in', values: [{ is: 'value' }, { value: 'x' }, { value: true }] }],
    ['args.a', '{"contains":"x"}', { op: 'contains', text: 'x' }],
    ['args.a', '{"contains":5}', { op: 'contains_value', value: { text: '5' } }],
    ['args.a', '{"ends_with":"x"}', { op: 'ends_with', text: 'x' }],
    ['args.a', '{"length":{"gt":2,"lt":9}}', { op: 'length', test: [{ op: 'gt' }, { op: 'lt' }] }],
    ['args.a', '{"type":"integer"}', { op: 'type', type: 'integer' }],
    ['args.a', '{"any":{"any":{"gt":1}}}', { op: 'any', test: [{ op: 'any', test: [{ op: 'gt' }] }] }],
    ['time.date', '{"gte":"2026-11-22"}', { op: 'gte', bound: { value: '2026-11-22' } }],
  ])('reads %s %s', async (fact, test, operator) => {
    expect(await operatorOf(fact, test)).toMatchObject(operator);
  });
});

describe('a pattern', () => {
  async function matches(pattern: string, text: string): Promise<boolean> {
    const operator = await operatorOf('reason', JSON.stringify({ matches: pattern }));
    return operator.op === 'matches' && operator.pattern.matches(text);
  }

  it.each([
    ['a|b', 'ab', false],
    ['a|b', 'b', true],
    ['ORD-[0-9]+', 'x ORD-1', false],
    ['ORD-[0-9]+', 'ORD-1\n', false],
    ['ORD-[0-9]+', 'ORD-12', true],
    ['.*', 'a\nb', false],
  ])('%s matches the whole of %j or nothing: %s', async (pattern, text, expected) => {
    expect(await matches(pattern, text)).toBe(expected);
  });

  it('takes linear time', async () => {
    expect(await matches('(a+)+b', 'a'.repeat(20_000))).toBe(false);
  });
});

describe('a limit', () => {
  it('takes a rolling window, a scope and its choices', async () => {
    const content = '"amount":"900 USD","per":"rolling 24h","scope":"principal","exceed":"approve","unknown":"approve"';
    expect(
      await ruleOf(`"tools":["money"],"effect":"limit","limit":{${content},"key":["args.a.b","grant.team"]}`),
    ).toMatchObject({
      limit: {
        counts: { caps: new Map([['USD', 90_000n]]) },
        window: { is: 'rolling', spanMs: 86_400_000 },
        scope: 'principal',
        exceed: 'approve',
        unknown: 'approve',
        key: [
          { fact: 'args', text: 'args.a.b' },
          { fact: 'label', label: 'team' },
        ],
      },
    });
  });

  it('takes the time zone of its rule', async () => {
    const content = '"tools":["*"],"effect":"limit","timezone":"Asia/Tokyo","limit":{"calls":1,"per":"week"}';
    expect(await ruleOf(content)).toMatchObject({ limit: { window: { unit: 'week', timezone: 'Asia/Tokyo' } } });
  });
});

describe('what is left out', () => {
  it('denies by default, and asks one person of any role', async () => {
    expect((await policyOf('{"version":1,"rules":[]}')).default).toBe('deny');
    expect(await ruleOf('"tools":["*"],"effect":"approve"')).toMatchObject({ approve: { count: 1, roles: [] } });
  });
});
