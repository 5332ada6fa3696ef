import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandAs, compile, decide, fromPlain, visible } from '../../src/core/index.ts';
import type {
  CallFacts,
  Classification,
  Condition,
  Decision,
  Effect,
  LoadedPolicy,
  Operator,
  Rule,
  Truth,
} from '../../src/core/index.ts';
import { verdictFor } from '../../src/core/verdicts.ts';
import { args, bound, call, kind, money, moneyBound, policy, rule, test, times, UNCLASSIFIED, value } from './build.ts';

const HASH = 'ab'.repeat(32);
const ALLOW_ALL = rule('all', ['*'], { effect: 'allow' });
const LIMIT: Extract<Rule, { effect: 'limit' }>['limit'] = {
  counts: { unit: 'amount', caps: bound('5000 USD') },
  window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
  scope: 'grant',
  key: [],
  exceed: 'deny',
  unknown: 'deny',
};
const APPROVE = { count: 1, roles: ['finance'], expireMs: 900_000 };

const CONDITIONS: Readonly<Record<Truth, Condition>> = {
  true: test({ fact: 'kind' }, { op: 'eq', bound: value('refund') }),
  false: test({ fact: 'kind' }, { op: 'eq', bound: value('charge') }),
  unknown: test(args('nothing'), { op: 'eq', bound: value(1) }),
};

/** `allow rule`, or `deny code rule`, then the obligations. */
function brief(decision: Decision): string {
  if (decision.outcome === 'deny') return `deny ${decision.code} ${decision.source.rule}`;
  return [
    'allow',
    decision.source.rule,
    ...decision.obligations.map(({ type, source }) => `${type}:${source.rule}`),
  ].join(' ');
}

function of(rules: readonly Rule[], one: CallFacts = call(), fallback: 'allow' | 'deny' = 'deny'): string {
  return brief(decide(one, [policy(rules, fallback)]));
}

function messageOf(decision: Decision): string {
  return decision.outcome === 'deny' ? decision.message : 'allowed';
}

function ruleOf(effect: Effect, when: Condition, id = 'r'): Rule {
  if (effect === 'hide') return rule(id, ['*'], { effect });
  if (effect === 'limit') return rule(id, ['*'], { effect, when, limit: LIMIT });
  if (effect === 'approve') return rule(id, ['*'], { effect, when, approve: APPROVE });
  return rule(id, ['*'], { effect, when });
}

describe('when a rule has a condition', () => {
  it.each<[Effect, Truth, string]>([
    ['hide', 'true', 'deny hidden r'],
    ['deny', 'true', 'deny denied r'],
    ['deny', 'unknown', 'deny denied r'],
    ['deny', 'false', 'allow all'],
    ['require', 'true', 'allow all'],
    ['require', 'unknown', 'deny requirement r'],
    ['require', 'false', 'deny requirement r'],
    ['limit', 'true', 'allow all reserve:r'],
    ['limit', 'unknown', 'allow all reserve:r'],
    ['limit', 'false', 'allow all'],
    ['approve', 'true', 'allow all approve:r'],
    ['approve', 'unknown', 'allow all approve:r'],
    ['approve', 'false', 'allow all'],
  ])('%s that is %s decides: %s', (effect, truth, expected) => {
    expect(of([ALLOW_ALL, ruleOf(effect, CONDITIONS[truth])])).toBe(expected);
  });

  it.each<[Truth, string]>([
    ['true', 'allow r'],
    ['unknown', 'deny not_allowed (default deny)'],
    ['false', 'deny not_allowed (default deny)'],
  ])('allow that is %s decides: %s', (truth, expected) => {
    expect(of([ruleOf('allow', CONDITIONS[truth])])).toBe(expected);
  });

  it.each<[Effect, string, string, string]>([
    // true, unknown, false
    ['hide', 'denies', 'denies', 'denies'],
    ['deny', 'denies', 'denies', 'passes'],
    ['require', 'passes', 'denies', 'denies'],
    ['allow', 'permits', 'passes', 'passes'],
    ['limit', 'obliges', 'obliges', 'passes'],
    ['approve', 'obliges', 'obliges', 'passes'],
  ])('%s %s when true, %s when unknown, %s when false', (effect, whenTrue, whenUnknown, whenFalse) => {
    const row = (['true', 'unknown', 'false'] as const).map((truth) => verdictFor(effect, truth));
    expect(row.map(({ does }) => does)).toEqual([whenTrue, whenUnknown, whenFalse]);
    for (const { since } of row) expect(since).toMatch(/^\S.*[^.]$/);
  });
});

describe('when a rule has none', () => {
  it('is about every call that it selects', () => {
    expect(of([ALLOW_ALL, rule('r', ['*'], { effect: 'deny' })])).toBe('deny denied r');
    expect(of([ALLOW_ALL, rule('r', ['kind:charge'], { effect: 'deny' })])).toBe('allow all');
    expect(of([ALLOW_ALL, rule('r', ['money'], { effect: 'limit', limit: LIMIT })])).toBe('allow all reserve:r');
  });
});

describe('when several rules apply', () => {
  const deny = rule('deny', ['*'], { effect: 'deny' });
  const hide = rule('hide', ['*'], { effect: 'hide' });
  const need = rule('require', ['*'], { effect: 'require', when: CONDITIONS.false });

  it('lets the first denial of the document win', () => {
    expect(of([ALLOW_ALL, deny, hide, need])).toBe('deny denied deny');
    expect(of([need, ALLOW_ALL, hide, deny])).toBe('deny requirement require');
    expect(of([hide, need, deny])).toBe('deny hidden hide');
  });

  it('names the first rule that allows', () => {
    expect(
      of([rule('a', ['kind:charge'], { effect: 'allow' }), ALLOW_ALL, rule('c', ['*'], { effect: 'allow' })]),
    ).toBe('allow all');
  });

  it('lists limits before approvals, each in document order', () => {
    const rules = [
      rule('p1', ['*'], { effect: 'approve', approve: APPROVE }),
      rule('l1', ['*'], { effect: 'limit', limit: LIMIT }),
      ALLOW_ALL,
      rule('p2', ['*'], { effect: 'approve', approve: APPROVE }),
      rule('l2', ['*'], { effect: 'limit', limit: LIMIT }),
    ];
    expect(of(rules)).toBe('allow all reserve:l1 reserve:l2 approve:p1 approve:p2');
  });

  it('hands on what the obligation says and where it stands', () => {
    const decision = decide(call(), [policy([ALLOW_ALL, rule('l', ['*'], { effect: 'limit', limit: LIMIT }), rule('p', ['*'], { effect: 'approve', approve: APPROVE })])]); // prettier-ignore
    expect(decision).toEqual({
      outcome: 'allow',
      source: { rule: 'all', pointer: '/rules/0', policy: 'support', policyHash: HASH },
      obligations: [
        {
          type: 'reserve',
          limit: LIMIT,
          source: { rule: 'l', pointer: '/rules/1', policy: 'support', policyHash: HASH },
        },
        {
          type: 'approve',
          approve: APPROVE,
          source: { rule: 'p', pointer: '/rules/2', policy: 'support', policyHash: HASH },
        },
      ],
    });
  });
});

describe('when a grant has several policies', () => {
  const allow = policy([ALLOW_ALL], 'deny', 'first');
  const open = (name: string) => policy([], 'allow', name);

  it('lets a denial in any stand, in the order of the grant', () => {
    const second = policy([rule('d2', ['*'], { effect: 'deny' })], 'allow', 'second');
    const third = policy([rule('d3', ['*'], { effect: 'deny' })], 'allow', 'third');
    expect(brief(decide(call(), [allow, second, third]))).toBe('deny denied d2');
    expect(brief(decide(call(), [third, allow, second]))).toBe('deny denied d3');
  });

  it('lets a permission in any suffice, and gathers the obligations of all', () => {
    const second = policy([rule('p', ['*'], { effect: 'approve', approve: APPROVE })], 'deny', 'second');
    expect(brief(decide(call(), [second, allow]))).toBe('allow all approve:p');
  });

  it('allows by default only if all say so', () => {
    expect(brief(decide(call(), [open('a'), open('b')]))).toBe('allow (default allow)');
    expect(decide(call(), [open('a'), policy([], 'deny', 'b'), open('c')])).toMatchObject({
      outcome: 'deny',
      code: 'not_allowed',
      source: { rule: '(default deny)', pointer: '', policy: 'b', policyHash: HASH },
    });
  });

  it('denies everything when one is broken, and says why', () => {
    const broken: LoadedPolicy = { state: 'broken', name: brandAs('next'), why: 'support.json:3:5: unknown effect' };
    expect(decide(call(), [allow, broken])).toEqual({
      outcome: 'deny',
      code: 'broken_policy',
      source: { rule: '(broken policy)', pointer: '', policy: 'next', policyHash: null },
      message:
        'Policy `next` could not be loaded, so every call of this grant is denied: support.json:3:5: unknown effect.',
    });
    expect(visible(brandAs('stripe/create_refund'), [kind('refund')], [allow, broken])).toBe(false);
    expect(decide(call(), [broken], { trace: true }).trace).toEqual([]);
  });

  it('denies everything when there is none', () => {
    expect(decide(call(), [])).toEqual({
      outcome: 'deny',
      code: 'no_policy',
      source: { rule: '(no policy)', pointer: '', policy: null, policyHash: null },
      message: 'The grant has no policy, and without one every call is denied.',
    });
    expect(visible(brandAs('stripe/create_refund'), [kind('refund')], [])).toBe(false);
  });
});

describe('when a call is unclassified', () => {
  const unknown = call({ classification: UNCLASSIFIED });

  it.each<[string, readonly Rule[], 'allow' | 'deny', string]>([
    ['*', [ALLOW_ALL], 'deny', 'deny unclassified (unclassified)'],
    ['its upstream', [rule('a', ['stripe/*'], { effect: 'allow' })], 'deny', 'deny unclassified (unclassified)'],
    ['a kind', [rule('a', ['kind:refund', 'money'], { effect: 'allow' })], 'deny', 'deny unclassified (unclassified)'],
    ['the default', [], 'allow', 'deny unclassified (unclassified)'],
    ['its name', [rule('a', ['stripe/create_refund'], { effect: 'allow' })], 'deny', 'allow a'],
    ['kind:unclassified', [rule('a', ['kind:unclassified'], { effect: 'allow' })], 'deny', 'allow a'],
  ])('an allow by %s decides', (_, rules, fallback, expected) => {
    expect(of(rules, unknown, fallback)).toBe(expected);
  });

  it('is not denied in the name of a default that allows', () => {
    const reads = test({ fact: 'principal' }, { op: 'eq', bound: value('nobody') });
    const nearly = rule('a', ['stripe/create_refund'], { effect: 'allow', when: reads });
    expect(of([nearly], unknown, 'allow')).toBe('deny not_allowed (unclassified)');
    expect(of([nearly], unknown, 'deny')).toBe('deny not_allowed (default deny)');
  });

  it('is denied, counted and asked about by what restricts a kind', () => {
    const named = rule('a', ['stripe/create_refund'], { effect: 'allow' });
    expect(of([named, rule('d', ['kind:charge'], { effect: 'deny' })], unknown)).toBe('deny denied d');
    expect(of([named, rule('l', ['money:in'], { effect: 'limit', limit: LIMIT })], unknown)).toBe('allow a reserve:l');
    expect(of([named, rule('p', ['kind:payout'], { effect: 'approve', approve: APPROVE })], unknown)).toBe(
      'allow a approve:p',
    );
  });
});

describe('when a call moves no money', () => {
  it('passes a ceiling on everything', () => {
    const read = call({ classification: kind('read'), amount: { state: 'absent' }, currency: { state: 'absent' } });
    const rules = [
      rule('ceiling', ['*'], {
        effect: 'deny',
        when: test({ fact: 'amount' }, { op: 'gt', bound: moneyBound('5 USD') }),
      }),
      rule('usd', ['*'], {
        effect: 'deny',
        when: test({ fact: 'currency' }, { op: 'not_in', values: [value('USD')] }),
      }),
      ALLOW_ALL,
    ];
    expect(of(rules, read)).toBe('allow all');
    expect(of(rules, call({ amount: { state: 'absent' } }))).toBe('deny denied ceiling');
  });
});

describe('when a call is denied', () => {
  const over = test({ fact: 'amount' }, { op: 'gt', bound: moneyBound({ USD: '10000', EUR: '9000' }) });
  const ceiling = rule('charge-ceiling', ['*'], { effect: 'deny', when: over });
  const reason = rule('refund-reason', ['*'], {
    effect: 'require',
    when: test({ fact: 'reason' }, { op: 'present', expected: true }),
    message: 'Every refund needs a reason.',
  });

  it.each<[readonly Rule[], CallFacts, string]>([
    [
      [ceiling],
      call({ amount: { state: 'known', value: money('10000.01 USD') } }),
      'Denied by rule `charge-ceiling` of policy `support`, since it forbids this call: `amount` is above 10000.00 USD or 9000.00 EUR.',
    ],
    [
      [ceiling],
      call({ amount: { state: 'unknown', why: '`amount` is left out, which means everything there is' } }),
      'Denied by rule `charge-ceiling` of policy `support`, since it cannot be ruled out that it forbids this call: ' +
        '`amount` is unknown, because `amount` is left out, which means everything there is.',
    ],
    [
      [reason],
      call({ reason: { state: 'absent' } }),
      'Denied by rule `refund-reason` of policy `support`, since what it requires does not hold: `reason` is absent. Every refund needs a reason.',
    ],
    [
      [rule('r', ['*'], { effect: 'require', when: CONDITIONS.unknown })],
      call(),
      'Denied by rule `r` of policy `support`, since what it requires cannot be checked: `args.nothing` is absent.',
    ],
    [
      [rule('no', ['*'], { effect: 'deny' })],
      call(),
      'Denied by rule `no` of policy `support`, since it forbids this call.',
    ],
    [[rule('no', ['*'], { effect: 'hide' })], call(), 'Unknown tool.'],
    [[], call(), 'No rule allows this call.'],
    [
      [rule('small', ['*'], { effect: 'allow', when: CONDITIONS.unknown, message: 'Ask finance.' })],
      call(),
      'No rule allows this call. Rule `small` of policy `support` would under its condition, but `args.nothing` is absent. Ask finance.',
    ],
    [
      [rule('small', ['stripe/create_refund'], { effect: 'allow', when: CONDITIONS.false })],
      call({ classification: UNCLASSIFIED }),
      'No rule allows this call. Rule `small` of policy `support` would under its condition, but `kind` is unknown, ' +
        'because the catalogue does not know what this call does: no entry names this tool.',
    ],
    [
      [],
      call({ classification: UNCLASSIFIED }),
      'The catalogue does not know what this call does (no entry names this tool). ' +
        'Such a call needs a rule that allows `stripe/create_refund` by its name.',
    ],
  ])('tells the agent which rule and which field', (rules, one, message) => {
    expect(messageOf(decide(one, [policy(rules)]))).toBe(message);
  });
});

describe('when a trace is asked for', () => {
  it('tells every rule in order, what it was, why, and what decided', () => {
    const rules = [
      rule('charges', ['kind:charge'], { effect: 'deny', when: CONDITIONS.true }),
      rule('false', ['*'], { effect: 'deny', when: CONDITIONS.false }),
      rule('maybe', ['*'], { effect: 'approve', when: CONDITIONS.unknown, approve: APPROVE }),
      rule('hidden', ['paypal/*'], { effect: 'hide' }),
      rule('yes', ['*'], { effect: 'allow', when: CONDITIONS.true }),
    ];
    const { trace } = decide(call(), [policy(rules)], { trace: true });
    const told = (trace ?? []).map(({ source, effect, selected, when, why, decides }) => [
      source.rule,
      effect,
      selected,
      when,
      why,
      decides,
    ]);
    expect(told).toEqual([
      ['charges', 'deny', false, null, null, false],
      ['false', 'deny', true, 'false', '`kind` is not `charge`', false],
      ['maybe', 'approve', true, 'unknown', '`args.nothing` is absent', true],
      ['hidden', 'hide', false, null, null, false],
      ['yes', 'allow', true, 'true', null, true],
    ]);
  });

  it('gives no truth to a rule without a condition', () => {
    const rules = [ALLOW_ALL, rule('no', ['*'], { effect: 'deny' }), rule('gone', ['*'], { effect: 'hide' })];
    const { trace } = decide(call(), [policy(rules)], { trace: true });
    expect(trace?.map(({ selected, when, why }) => [selected, when, why])).toEqual([
      [true, null, null],
      [true, null, null],
      [true, null, null],
    ]);
  });

  it('marks the rule that denies, and no rule when the default does', () => {
    const rules = [ALLOW_ALL, rule('no', ['*'], { effect: 'deny' }), rule('gone', ['*'], { effect: 'hide' })];
    const { trace } = decide(call(), [policy(rules)], { trace: true });
    expect(trace?.map(({ decides }) => decides)).toEqual([false, true, false]);
    expect(decide(call(), [policy([ruleOf('allow', CONDITIONS.false)])], { trace: true }).trace).toMatchObject([
      { decides: false },
    ]);
  });

  it('does not change the decision, and is not there otherwise', () => {
    const plain = decide(call(), [policy([ALLOW_ALL])]);
    expect(plain).not.toHaveProperty('trace');
    expect(decide(call(), [policy([ALLOW_ALL])], { trace: true })).toMatchObject(plain);
  });
});

describe('when the tool list is made', () => {
  const tool = brandAs<never>('stripe/create_refund');
  const shown = (classified: readonly Classification[], rules: readonly Rule[], fallback: 'allow' | 'deny' = 'deny') =>
    visible(tool, classified, [policy(rules, fallback)]);
  const refunds = rule('r', ['kind:refund'], { effect: 'allow', when: CONDITIONS.false });
  const hideRefunds = rule('h', ['kind:refund'], { effect: 'hide' });

  it('shows what an allow selects, whatever its condition', () => {
    expect(shown([kind('refund')], [refunds])).toBe(true);
    expect(shown([kind('charge')], [refunds])).toBe(false);
    expect(shown([kind('refund')], [refunds, rule('d', ['*'], { effect: 'deny' })])).toBe(true);
  });

  it('shows all that is classified under a default of allow', () => {
    expect(shown([kind('read')], [], 'allow')).toBe(true);
    expect(shown([UNCLASSIFIED], [], 'allow')).toBe(false);
    expect(visible(tool, [kind('read')], [policy([], 'allow'), policy([], 'deny', 'b')])).toBe(false);
  });

  it('shows what an allow of any policy selects', () => {
    expect(visible(tool, [kind('refund')], [policy([refunds]), policy([], 'deny', 'b')])).toBe(true);
    expect(visible(tool, [kind('refund')], [policy([]), policy([refunds], 'deny', 'b')])).toBe(true);
  });

  it('does not show what any policy hides', () => {
    expect(shown([kind('refund')], [refunds, hideRefunds])).toBe(false);
    expect(visible(tool, [kind('refund')], [policy([refunds]), policy([hideRefunds], 'deny', 'b')])).toBe(false);
  });

  it('shows a generic tool as long as one of its uses could be', () => {
    expect(shown([kind('charge'), kind('refund')], [refunds])).toBe(true);
    expect(shown([kind('charge'), kind('refund')], [ALLOW_ALL, hideRefunds])).toBe(true);
    expect(shown([kind('refund'), UNCLASSIFIED], [ALLOW_ALL, hideRefunds])).toBe(false);
    expect(shown([kind('refund')], [ALLOW_ALL, hideRefunds])).toBe(false);
    expect(shown([], [ALLOW_ALL], 'allow')).toBe(false);
  });

  it('shows an unclassified tool only by its name or as unclassified', () => {
    expect(shown([UNCLASSIFIED], [ALLOW_ALL])).toBe(false);
    expect(shown([UNCLASSIFIED], [rule('n', ['stripe/create_refund'], { effect: 'allow' })])).toBe(true);
    expect(shown([UNCLASSIFIED], [rule('n', ['kind:unclassified'], { effect: 'allow' })])).toBe(true);
  });
});

describe('when a policy is compiled', () => {
  const loaded = policy([ALLOW_ALL, rule('d', ['kind:refund'], { effect: 'deny' })]);

  it('is compiled once, and finds the rules of a tool once', () => {
    if (loaded.state !== 'loaded') throw new Error('not loaded');
    const compiled = compile(loaded.policy);
    expect(compile(loaded.policy)).toBe(compiled);
    expect(compiled.applicable(call())).toBe(compiled.applicable(call()));
    expect(compiled.applicable(call()).guards).toHaveLength(1);
    expect(compiled.applicable(call({ classification: kind('charge') })).guards).toHaveLength(0);
  });

  it('keeps 4096 tools, and forgets them rather than growing without end', () => {
    const other = policy([ALLOW_ALL]);
    if (other.state !== 'loaded') throw new Error('not loaded');
    const compiled = compile(other.policy);
    const first = compiled.applicable(call());
    for (let n = 1; n < 4096; n += 1) compiled.applicable(call({ tool: brandAs(`stripe/${n}`) }));
    expect(compiled.applicable(call())).toBe(first);
    compiled.applicable(call({ tool: brandAs('stripe/4096') }));
    expect(compiled.applicable(call())).not.toBe(first);
    expect(compiled.applicable(call())).toEqual(first);
  });

  it('is about what any of its selectors selects', () => {
    const either = rule('r', ['kind:charge', 'kind:refund'], { effect: 'deny' });
    expect(of([ALLOW_ALL, either])).toBe('deny denied r');
    expect(of([ALLOW_ALL, either], call({ classification: kind('read') }))).toBe('allow all');
  });
});

// Generated calls and policies, for what must hold of all of them.

const plainValue = fc.jsonValue({ maxDepth: 2 });
const operator: fc.Arbitrary<Operator> = fc.letrec<{ op: Operator }>((tie) => {
  const inner = fc.array(tie('op'), { minLength: 1, maxLength: 2 });
  const anyBound = fc.oneof(
    plainValue.map(value),
    fc.constantFrom(moneyBound('20 USD'), moneyBound({ USD: '5', EUR: '9' })),
  );
  return {
    op: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ op: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), bound: anyBound }),
      fc.record({ op: fc.constantFrom('in', 'not_in'), values: fc.array(anyBound, { maxLength: 3 }) }),
      fc.record({ op: fc.constant('present'), expected: fc.boolean() }),
      fc.record({ op: fc.constant('type'), type: fc.constantFrom('string', 'integer', 'null') }),
      fc.record({ op: fc.constantFrom('starts_with', 'ends_with', 'contains'), text: fc.string() }),
      fc.record({ op: fc.constant('contains_value'), value: plainValue.map(fromPlain) }),
      fc.record({ op: fc.constantFrom('length', 'any', 'all', 'sum', 'count'), test: inner }),
    ),
  };
}).op;

const factRef = fc.oneof(
  fc.record({ fact: fc.constantFrom('amount', 'currency', 'reason', 'recipient', 'kind', 'direction', 'tool') }),
  fc.constantFrom(args('a'), args('a.b'), args('a[*]'), args('a[*].b')),
  fc.record({
    fact: fc.constant('time'),
    part: fc.constantFrom('hour', 'date'),
    timezone: fc.constantFrom('UTC', 'No/Zone'),
  }),
) as fc.Arbitrary<Extract<Condition, { is: 'test' }>['fact']>;

const condition: fc.Arbitrary<Condition> = fc.letrec<{ c: Condition }>((tie) => ({
  c: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(factRef, operator).map(([fact, op]) => test(fact, op)),
    fc
      .tuple(fc.constantFrom('all', 'any'), fc.array(tie('c'), { maxLength: 3 }))
      .map(([is, parts]): Condition => ({ is, of: parts })),
    tie('c').map((inner): Condition => ({ is: 'not', of: inner })),
  ),
})).c;

const SELECTORS = [
  '*',
  'stripe/*',
  '*/create_refund',
  'stripe/create_refund',
  'kind:refund',
  'kind:unclassified',
  'money',
  'money:in',
];
const EFFECTS: readonly Effect[] = ['allow', 'deny', 'require', 'limit', 'approve', 'hide'];
const anyRule = fc
  .tuple(fc.nat(99), fc.constantFrom(...SELECTORS), fc.constantFrom(...EFFECTS), condition)
  .map(([id, tools, effect, when]): Rule => ({
    ...ruleOf(effect, when, `r${id}`),
    selectors: rule('', [tools], { effect: 'hide' }).selectors,
  }));
const anyPolicy = (name: string) =>
  fc
    .tuple(fc.array(anyRule, { maxLength: 5 }), fc.constantFrom('allow', 'deny'))
    .map(([rules, fallback]) => policy(rules, fallback, name));

const anyCall = fc
  .record({
    args: fc.dictionary(fc.constantFrom('a', 'b'), plainValue, { maxKeys: 2 }),
    classification: fc.constantFrom<Classification>(kind('refund'), kind('charge'), kind('read'), UNCLASSIFIED),
    amount: fc.constantFrom<CallFacts['amount']>(
      { state: 'known', value: money('20 USD') },
      { state: 'known', value: money('7 EUR') },
      { state: 'absent' },
      { state: 'unknown', why: 'it is left out' },
    ),
    timeMs: fc.oneof(fc.integer(), fc.constant(NaN)),
  })
  .map(call);

const anyPolicies = fc.oneof(fc.constant([]), fc.tuple(anyPolicy('a')), fc.tuple(anyPolicy('a'), anyPolicy('b')));

describe('when any call meets any policies', () => {
  it('decides without throwing, the same twice, with a trace of every rule', () => {
    fc.assert(
      fc.property(anyCall, anyPolicies, (one, policies) => {
        const { trace, ...decision } = decide(one, policies, { trace: true });
        expect(decide(one, policies)).toEqual(decision);
        const rules = policies.flatMap((each) => (each.state === 'loaded' ? each.policy.rules : []));
        expect(trace).toHaveLength(rules.length);
        if (decision.outcome === 'deny') expect(decision.message).toMatch(/^\S.*\.$/su);
      }),
      times(10),
    );
  });

  it('lets the first denial of the trace win', () => {
    fc.assert(
      fc.property(anyCall, anyPolicies, (one, policies) => {
        const decision = decide(one, policies, { trace: true });
        const first = decision.trace?.find(
          ({ effect, selected, when }) =>
            selected &&
            (effect === 'hide' || (effect === 'deny' && when !== 'false') || (effect === 'require' && when !== 'true')),
        );
        if (first !== undefined) expect([decision.outcome, decision.source]).toEqual(['deny', first.source]);
        else if (decision.outcome === 'deny')
          expect(['not_allowed', 'unclassified', 'no_policy']).toContain(decision.code);
      }),
      times(10),
    );
  });

  it('never allows more for one more denial, wherever it stands', () => {
    const denial = anyRule.filter(({ effect }) => effect === 'deny' || effect === 'require' || effect === 'hide');
    fc.assert(
      fc.property(anyCall, anyPolicy('a'), denial, fc.nat(5), (one, before, extra, at) => {
        if (before.state !== 'loaded') throw new Error('not loaded');
        const rules = [...before.policy.rules.slice(0, at), extra, ...before.policy.rules.slice(at)];
        const after = decide(one, [policy(rules, before.policy.default, 'a')]);
        if (decide(one, [before]).outcome === 'deny') expect(after.outcome).toBe('deny');
      }),
      times(10),
    );
  });

  /** 0 for a denial, else less for every obligation. */
  const freedom = (decision: Decision): number =>
    decision.outcome === 'deny' ? 0 : 1000 - decision.obligations.length;

  it('never gives more for an unknown than for the worse of true and false', () => {
    const facts = fc.constantFrom(...EFFECTS);
    fc.assert(
      fc.property(anyCall, facts, anyPolicy('a'), fc.nat(5), (one, effect, before, at) => {
        if (before.state !== 'loaded') throw new Error('not loaded');
        const { rules, default: fallback } = before.policy;
        const asIf = (when: Condition) =>
          freedom(
            decide(one, [policy([...rules.slice(0, at), ruleOf(effect, when), ...rules.slice(at)], fallback, 'a')]),
          );
        const worst = Math.min(asIf({ is: 'all', of: [] }), asIf({ is: 'any', of: [] }));
        expect(asIf(test(args('nowhere'), { op: 'eq', bound: value(1) }))).toBeLessThanOrEqual(worst);
      }),
      times(10),
    );
  });

  it('never permits an unclassified call that no rule names', () => {
    fc.assert(
      fc.property(anyCall, anyPolicies, (one, policies) => {
        const decision = decide({ ...one, classification: UNCLASSIFIED }, policies);
        if (decision.outcome === 'deny') return;
        const rules = policies.flatMap((each) => (each.state === 'loaded' ? each.policy.rules : []));
        const naming = rules.filter(
          ({ effect, selectors }) => effect === 'allow' && selectors.some(({ by }) => by === 'tool' || by === 'kind'),
        );
        expect(naming.map(({ id }) => id)).toContain(decision.source.rule);
      }),
      times(10),
    );
  });
});

describe('when a limit has words of its own for the agent', () => {
  const obligationsOf = (more: { readonly message?: string }) => {
    const rules = [
      rule('all', ['*'], { effect: 'allow' }),
      rule('once', ['*'], { effect: 'limit', limit: LIMIT, ...more }),
    ];
    const decision = decide(call(), [policy(rules)]);
    return decision.outcome === 'allow' ? decision.obligations : [];
  };

  it('hands them on with what is to be reserved, and nothing where there are none', () => {
    expect(obligationsOf({ message: 'Once a day.' })).toMatchObject([{ type: 'reserve', message: 'Once a day.' }]);
    expect(Object.keys(obligationsOf({})[0] ?? {})).not.toContain('message');
  });
});
