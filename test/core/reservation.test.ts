import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandAs, compile, decide, fromPlain, JsonNumber, reservationsOf } from '../../src/core/index.ts';
import type {
  CallFacts,
  FactRef,
  Json,
  Limit,
  LimitFault,
  LoadedPolicy,
  Obligation,
  ReservationRequest,
} from '../../src/core/index.ts';
import { args, bound, call, kind, money, policy, rule, times, UNCLASSIFIED } from './build.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const CALLS: Limit = {
  counts: { unit: 'calls', cap: 30n },
  window: { is: 'calendar', unit: 'minute', timezone: 'UTC' },
  scope: 'grant',
  key: [],
  exceed: 'deny',
  unknown: 'deny',
};
const AMOUNT: Limit = {
  ...CALLS,
  counts: { unit: 'amount', caps: bound({ USD: '5000', EUR: '4500' }) },
  window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
};
const SOURCE = {
  rule: 'cap',
  pointer: '/rules/1',
  policy: brandAs<never>('support'),
  policyHash: brandAs<never>('ab'),
};

function reserve(limit: Limit, source: Partial<typeof SOURCE> = {}): Obligation {
  return { type: 'reserve', source: { ...SOURCE, ...source }, limit };
}

function request(limit: Limit, one = call(), timeMs = NOON): ReservationRequest {
  const { requests, faults } = reservationsOf([reserve(limit)], one, timeMs);
  expect(faults).toEqual([]);
  return requests[0]!;
}

function fault(limit: Limit, one = call(), timeMs = NOON): LimitFault {
  const { requests, faults } = reservationsOf([reserve(limit)], one, timeMs);
  expect(requests).toEqual([]);
  return faults[0]!;
}

type Over = Parameters<typeof call>[0];
const amountOf = (text: string): Over => ({
  amount: { state: 'known', value: money(text) },
  currency: { state: 'known', value: text.slice(-3) },
});
const UNKNOWN = { state: 'unknown', why: '`amount` is left out, which means everything there is' } as const;

describe('when a limit counts calls', () => {
  it('asks for one of the cap, in the window of the instant', () => {
    expect(request(CALLS)).toEqual({
      keyed: false,
      name: '["support","cap","grant","support-agent","calls","minute UTC",[]]',
      source: SOURCE,
      unit: { is: 'calls' },
      scope: 'grant',
      subject: 'support-agent',
      window: { is: 'calendar', unit: 'minute', timezone: 'UTC', startMs: NOON, endMs: NOON + 60_000 },
      amount: 1n,
      cap: 30n,
      exceed: 'deny',
    });
  });

  it('counts calls whose amount is unknown, and calls that move no money', () => {
    expect(request(CALLS, call({ amount: UNKNOWN })).amount).toBe(1n);
    expect(request(CALLS, call({ classification: UNCLASSIFIED })).amount).toBe(1n);
    expect(request(CALLS, call({ classification: kind('read') })).amount).toBe(1n);
  });

  it('says what follows from one more', () => {
    expect(request({ ...CALLS, exceed: 'approve' }).exceed).toBe('approve');
  });
});

describe('when a limit counts money', () => {
  it('asks for the amount in minor units, of the cap in its currency', () => {
    expect(request(AMOUNT)).toMatchObject({
      name: '["support","cap","grant","support-agent","USD","day UTC",[]]',
      unit: { is: 'money', currency: 'USD' },
      amount: 2000n,
      cap: 500000n,
    });
    expect(request(AMOUNT, call(amountOf('4500.01 EUR')))).toMatchObject({
      unit: { is: 'money', currency: 'EUR' },
      amount: 450001n,
      cap: 450000n,
    });
  });

  it('does not stop or count a call that moves no money', () => {
    for (const one of [
      call({ classification: kind('read'), amount: { state: 'absent' } }),
      call({ classification: kind('quote') }),
    ])
      expect(reservationsOf([reserve(AMOUNT)], one, NOON)).toEqual({ requests: [], faults: [] });
  });

  it.each<[string, Over, string, string]>([
    [
      'is unknown',
      { amount: UNKNOWN },
      'unknown_amount',
      'the amount is unknown, because `amount` is left out, which means everything there is',
    ],
    ['is left out', { amount: { state: 'absent' } }, 'unknown_amount', 'the amount is left out'],
    [
      'is that of an unclassified call',
      { classification: UNCLASSIFIED },
      'unknown_amount',
      'the amount is unknown, because the catalogue does not know what this call does: no entry names this tool',
    ],
    [
      'is in a currency without a cap',
      amountOf('5 GBP'),
      'unnamed_currency',
      'the amount is in GBP, and the limit names USD, EUR',
    ],
    [
      'cannot be counted exactly',
      { amount: { state: 'known', value: { currency: 'USD', minor: 2n ** 53n } } },
      'amount_too_large',
      'the amount is not from 0 to 9007199254740991 minor units',
    ],
    [
      'would give quota back',
      { amount: { state: 'known', value: { currency: 'USD', minor: -1n } } },
      'amount_too_large',
      'the amount is not from 0 to 9007199254740991 minor units',
    ],
  ])('denies an amount that %s', (_, over, code, message) => {
    expect(fault(AMOUNT, call(over))).toEqual({ code, source: SOURCE, message, then: { does: 'deny' } });
  });

  it('takes the largest amount and none', () => {
    for (const minor of [0n, 2n ** 53n - 1n])
      expect(request(AMOUNT, call({ amount: { state: 'known', value: { currency: 'USD', minor } } })).amount).toBe(
        minor,
      );
  });
});

describe('when a limit asks a person about an unknown amount', () => {
  const asking: Limit = { ...AMOUNT, unknown: 'approve' };
  const closed = (over: Over): readonly string[] => {
    const { then } = fault(asking, call(over));
    return then.does === 'approve' ? then.closes.map(({ name }) => name) : [];
  };
  const USD = '["support","cap","grant","support-agent","USD","day UTC",[]]';
  const EUR = '["support","cap","grant","support-agent","EUR","day UTC",[]]';

  it('closes the window of the currency that the call names', () => {
    expect(closed({ amount: UNKNOWN })).toEqual([USD]);
    expect(closed({ amount: UNKNOWN, currency: { state: 'known', value: 'EUR' } })).toEqual([EUR]);
  });

  it('closes every window of the limit when the currency is unknown or has no cap', () => {
    expect(closed({ amount: UNKNOWN, currency: UNKNOWN })).toEqual([USD, EUR]);
    expect(closed({ amount: UNKNOWN, currency: { state: 'absent' } })).toEqual([USD, EUR]);
    expect(closed({ classification: UNCLASSIFIED })).toEqual([USD, EUR]);
    expect(closed(amountOf('5 GBP'))).toEqual([USD, EUR]);
  });

  it('says which window that is', () => {
    expect(fault(asking, call({ amount: UNKNOWN }))).toMatchObject({
      code: 'unknown_amount',
      source: SOURCE,
      then: { does: 'approve', closes: [{ name: USD, unit: { is: 'money', currency: 'USD' }, scope: 'grant', subject: 'support-agent', source: SOURCE, window: request(AMOUNT).window }] }, // prettier-ignore
    });
  });

  it('still denies what a person could not put right', () => {
    const huge = call({ amount: { state: 'known', value: { currency: 'USD', minor: 2n ** 53n } } });
    expect(fault(asking, huge).then).toEqual({ does: 'deny' });
    expect(fault({ ...asking, key: [args('id')] }, call({ amount: UNKNOWN }))).toMatchObject({
      code: 'key_missing',
      then: { does: 'deny' },
    });
    expect(fault(asking, call({ amount: UNKNOWN }), NaN).then).toEqual({ does: 'deny' });
  });
});

describe('when a limit has a scope', () => {
  it.each<[Limit['scope'], string]>([
    ['grant', 'support-agent'],
    ['principal', 'support@acme.example'],
    ['policy', 'support'],
    ['upstream', 'stripe'],
    ['global', ''],
  ])('counts per %s', (scope, subject) => {
    expect(request({ ...CALLS, scope })).toMatchObject({
      name: JSON.stringify(['support', 'cap', scope, subject, 'calls', 'minute UTC', []]),
      scope,
      subject,
    });
  });

  it('never takes one subject for another', () => {
    const names = (['grant', 'principal', 'policy', 'upstream', 'global'] as const).map(
      (scope) =>
        request(
          { ...CALLS, scope },
          call({ grant: { name: brandAs('x'), labels: new Map() }, principal: 'x', upstream: brandAs('x') }),
        ).name,
    );
    expect(new Set(names).size).toBe(5);
  });

  it('counts a rule of a policy without a name under no other', () => {
    const { requests } = reservationsOf([{ ...reserve({ ...CALLS, scope: 'policy' }), source: { ...SOURCE, policy: null } }], call(), NOON); // prettier-ignore
    expect(requests[0]!.name).toBe('[null,"cap","policy","","calls","minute UTC",[]]');
  });
});

describe('when a limit has a window', () => {
  it('names the window of the rule in the counter, not the day', () => {
    const tomorrow = request(AMOUNT, call(), NOON + 86_400_000);
    expect(tomorrow.name).toBe(request(AMOUNT).name);
    expect(tomorrow.window).toMatchObject({ startMs: NOON + 43_200_000 });
    expect(request({ ...AMOUNT, window: { is: 'calendar', unit: 'day', timezone: 'Europe/Berlin' } }).name).toContain('"day Europe/Berlin"'); // prettier-ignore
    expect(request({ ...AMOUNT, window: { is: 'rolling', spanMs: 3_600_000 } })).toMatchObject({
      name: '["support","cap","grant","support-agent","USD","rolling 3600000",[]]',
      window: { is: 'rolling', spanMs: 3_600_000 },
    });
  });

  it('denies when the time lies in none', () => {
    expect(fault(CALLS, call(), NaN)).toEqual({
      code: 'unknown_window',
      source: SOURCE,
      message: 'the time does not lie in any window of the limit',
      then: { does: 'deny' },
    });
  });
});

describe('when a rule is edited', () => {
  const keyed: Limit = { ...AMOUNT, key: [{ fact: 'reference' }, { fact: 'principal' }] };
  const nameOf = (limit: Limit, source: Partial<typeof SOURCE> = {}): string =>
    reservationsOf([reserve(limit, source)], call(), NOON).requests[0]!.name;

  it('keeps the counter for another text, cap, place or order', () => {
    const limit: Limit = {
      ...keyed,
      counts: { unit: 'amount', caps: bound('1 USD') },
      key: [{ fact: 'principal' }, { fact: 'reference' }],
      exceed: 'approve',
      unknown: 'approve',
    };
    expect(nameOf(limit, { pointer: '/rules/9', policyHash: brandAs('cd') })).toBe(nameOf(keyed));
  });

  it.each<[string, Partial<Limit>, Partial<typeof SOURCE>]>([
    ['policy name', {}, { policy: brandAs('other') }],
    ['rule id', {}, { rule: 'other' }],
    ['scope', { scope: 'principal' }, {}],
    ['unit', { counts: CALLS.counts }, {}],
    ['window', { window: { is: 'calendar', unit: 'week', timezone: 'UTC' } }, {}],
    ['time zone', { window: { is: 'calendar', unit: 'day', timezone: 'Asia/Tokyo' } }, {}],
    ['span', { window: { is: 'rolling', spanMs: 86_400_000 } }, {}],
    ['key', { key: [{ fact: 'reference' }] }, {}],
  ])('counts anew for another %s', (_, over, source) => {
    expect(nameOf({ ...keyed, ...over }, source)).not.toBe(nameOf(keyed));
  });
});

describe('when a limit has a key', () => {
  const keyed = (...key: FactRef[]): Limit => ({ ...CALLS, key });
  const ID = args('id');
  const withId = (id: unknown): CallFacts => call({ args: id === undefined ? {} : { id } });

  const withReference = (value: string) => call({ reference: { state: 'known', value } });

  it('says that it counts by facts', () => {
    expect(request(keyed({ fact: 'reference' }), withReference('pay_1')).keyed).toBe(true);
    expect(request(keyed(), withReference('pay_1')).keyed).toBe(false);
  });

  it.each<[FactRef, CallFacts, readonly string[]]>([
    [{ fact: 'reference' }, call(), ['reference', 'string', 'pi_1']],
    [{ fact: 'currency' }, call(), ['currency', 'string', 'usd']],
    [{ fact: 'amount' }, call(), ['amount', 'money', '2000 USD']],
    [{ fact: 'label', label: 'team' }, call(), ['grant.team', 'string', 'support']],
    [ID, withId('a b'), ['args.id', 'string', 'a b']],
    [ID, withId(true), ['args.id', 'boolean', 'true']],
    [ID, withId(12), ['args.id', 'number', '12e0']],
    [ID, withId(new JsonNumber('-1.50e3')), ['args.id', 'number', '-15e2']],
  ])('splits by %j', (ref, one, value) => {
    expect(request(keyed(ref), one).name).toBe(
      JSON.stringify(['support', 'cap', 'grant', 'support-agent', 'calls', 'minute UTC', [value]]),
    );
  });

  it.each<[string, CallFacts, string, string]>([
    ['is missing', withId(undefined), 'key_missing', '`args.id` is left out, and the limit counts by it'],
    ['is null', withId(null), 'key_missing', '`args.id` is left out, and the limit counts by it'],
    ['is blank', withId('\u200b '), 'key_missing', '`args.id` is left out, and the limit counts by it'],
    ['is an array', withId(['a']), 'key_not_scalar', '`args.id` is of type array, and a limit counts by single values'],
    ['is an object', withId({}), 'key_not_scalar', '`args.id` is of type object, and a limit counts by single values'],
    [
      'is no number that can be compared',
      withId(new JsonNumber('1e999')),
      'key_unknown',
      '`args.id` is a number too large to be compared, and the limit counts by it',
    ],
    ...['a ', ' a', 'a\n', '\ta', 'a\u00a0', '\u200ba', 'a\ufeff', '\u2800a', 'a\u0000'].map(
      (id): [string, CallFacts, string, string] => [
        `is ${JSON.stringify(id)}`,
        withId(id),
        'key_untrimmed',
        '`args.id` begins or ends with white space, which a server may cut off',
      ],
    ),
  ])('denies a value that %s', (_, one, code, message) => {
    expect(fault(keyed(ID), one)).toEqual({ code, source: SOURCE, message, then: { does: 'deny' } });
  });

  it('denies several values and values that cannot be known', () => {
    const many = fault(keyed(args('ids[*]')), call({ args: { ids: ['a'] } }));
    expect([many.code, many.message]).toEqual(['key_not_scalar', '`args.ids[*]` is a list, and a limit counts by single values']); // prettier-ignore
    const blocked = fault(keyed(args('id.x')), withId('a'));
    expect([blocked.code, blocked.message]).toEqual([
      'key_unknown',
      '`args.id.x` is unknown, because something else stands where the path leads, and the limit counts by it',
    ]);
    expect(fault(keyed({ fact: 'reference' }), call({ classification: UNCLASSIFIED })).code).toBe('key_unknown');
    expect(fault(keyed({ fact: 'reference' }, ID), withId(undefined)).code).toBe('key_missing');
  });

  it('names several values by their facts, in the order of the names', () => {
    const limit = keyed({ fact: 'reference' }, { fact: 'currency' }, { fact: 'principal' });
    expect(request(limit).name).toBe(
      '["support","cap","grant","support-agent","calls","minute UTC",[["currency","string","usd"],' +
        '["principal","string","support@acme.example"],["reference","string","pi_1"]]]',
    );
  });

  const nameOf = (id: unknown): string => request(keyed(ID), withId(id)).name;

  it.each<[string, readonly unknown[]]>([
    ['one number, however it is written', ['1', '1.0', '1e0', '10e-1', '1.000e0'].map((text) => new JsonNumber(text))],
    ['a number and its text', [1, '1', '1.0', '1e0', '1E0', '10e-1', '\uff11']],
    ['zero', [0, new JsonNumber('-0'), '0', '-0', '0.00', '0e7']],
    ['a boolean and its text', [true, 'true', 'True', 'TRUE']],
    ['one character and its two halves', ['caf\u00e9', 'cafe\u0301', 'CAFE\u0301', 'CAF\u00c9']],
    ['an address in any case', ['ann@shop.example', 'Ann@Shop.Example', 'ann@shop\uff0eexample']],
    ['letters of any width', ['pay_1', '\uff50\uff41\uff59_1', 'Pay_1']],
    ['what cannot be seen', ['pay_1', 'pay\u200b_1', 'p\u00ada\u2060y_1']],
    ['letters that have several forms', ['stra\u00dfe', 'STRASSE', 'strasse', 'stra\u1e9ee']],
    ['a sigma at the end', ['\u03bf\u03c2', '\u039f\u03a3', '\u03bf\u03c3']],
  ])('takes for one key what a server may take for one: %s', (_, ids) => {
    expect(new Set(ids.map(nameOf)).size).toBe(1);
  });

  it.each<[string, readonly unknown[]]>([
    ['names that were filled up with zeros', ['7', '07', '007', '0007']],
    ['texts that are nearly numbers', ['1', '1.', '.1', '+1', '1e', '1 0', '1,0', '0x1', '1_0', '1e999', '12e34567']],
    [
      'numbers that a double would confuse',
      ['9007199254740993', '9007199254740992', new JsonNumber('9007199254740994')],
    ],
    ['other letters that look alike', ['pay_1', 'p\u0430y_1', 'pay-1', 'pay 1']],
    ['a boolean and a number', [true, 1, false, 0, 'yes']],
  ])('keeps apart what it cannot: %s', (_, ids) => {
    expect(new Set(ids.map(nameOf)).size).toBe(ids.length);
  });

  it('makes one counter of every spelling of a text', () => {
    const spelling = fc.constantFrom<(text: string) => string>(
      (text) => text.normalize('NFC'),
      (text) => text.normalize('NFD'),
      (text) => text.normalize('NFKC'),
      (text) => text.normalize('NFKD'),
      (text) => text.toUpperCase(),
      (text) => text.toLowerCase(),
      (text) => Array.from(text).join('\u200d'),
    );
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((id) => !('code' in keyOr(id)));
    const keyOr = (id: unknown): LimitFault | ReservationRequest => {
      const { requests, faults } = reservationsOf([reserve(keyed(ID))], withId(id), NOON);
      return requests[0] ?? faults[0]!;
    };
    fc.assert(
      fc.property(text, fc.array(spelling, { maxLength: 3 }), (id, spellings) => {
        const other = keyOr(spellings.reduce((so, spell) => spell(so), id));
        // A spelling may begin with what cannot be seen, which is denied.
        if (!('code' in other)) expect(other.name).toBe(nameOf(id));
      }),
      times(20),
    );
  });

  it('makes one counter of a number and of each of its texts', () => {
    const digits = fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: -6, max: 6 }));
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 4 }), ([units, power], zeros) => {
        const written = [`${units}e${power}`, `${units}${'0'.repeat(zeros)}E${power - zeros}`, `${units}.0e${power}`];
        if (power >= 0) written.push(`${BigInt(units) * 10n ** BigInt(power)}`);
        const names = written.flatMap((text) => [nameOf(text), nameOf(new JsonNumber(text))]);
        expect(new Set(names).size).toBe(1);
      }),
      times(20),
    );
  });

  /** Small letters of one form only: texts that no server takes for another, numbers, booleans. */
  const scalar = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '"', ',', '[', ']', '\\', '_', '\ud800') }),
    fc.integer({ min: -2, max: 12 }),
    fc.boolean(),
    fc.constantFrom('trues', 'false_', '1_', '1e0_', '\u00e9', 'e'),
  );

  it('makes the same counter of two calls exactly when their values are equal', () => {
    const two = fc.record({ a: scalar, b: scalar });
    fc.assert(
      fc.property(two, two, (left, right) => {
        const name = (plain: Record<string, unknown>): string => {
          const one: CallFacts = {
            ...call(),
            args: fromPlain({ a: plain['a'], b: plain['b'] }) as ReadonlyMap<string, Json>,
          };
          const { requests, faults } = reservationsOf([reserve(keyed(args('a'), args('b')))], one, NOON);
          return requests[0]?.name ?? faults[0]!.code;
        };
        if (name(left).startsWith('['))
          expect(name(left) === name(right)).toBe(left.a === right.a && left.b === right.b);
      }),
      times(20),
    );
  });
});

describe('when a decision has several limits', () => {
  const rules = [
    rule('all', ['*'], { effect: 'allow' }),
    rule('pace', ['*'], { effect: 'limit', limit: CALLS }),
    rule('sign', ['*'], { effect: 'approve', approve: { count: 1, roles: [] } }),
    rule('daily', ['*'], { effect: 'limit', limit: AMOUNT }),
  ];
  const plan = (one: CallFacts, policies: readonly LoadedPolicy[] = [policy(rules)]) => {
    const decision = decide(one, policies);
    if (decision.outcome !== 'allow') throw new Error('denied');
    return reservationsOf(decision.obligations, one, NOON);
  };

  it('asks for all of them, in order', () => {
    expect(plan(call()).requests.map(({ source }) => source.rule)).toEqual(['pace', 'daily']);
    const { requests, faults } = plan(call({ amount: UNKNOWN }));
    expect([requests.map(({ source }) => source.rule), faults.map(({ source }) => source.rule)]).toEqual([['pace'], ['daily']]); // prettier-ignore
  });

  it('keeps the counters of two policies apart', () => {
    const { requests } = plan(call(), [policy(rules, 'deny', 'a'), policy(rules, 'deny', 'b')]);
    expect(new Set(requests.map(({ name }) => name)).size).toBe(4);
  });

  it('asks for the same, whatever was asked before', () => {
    const one = policy(rules);
    if (one.state !== 'loaded') throw new Error('not loaded');
    expect(compile(one.policy)).toBe(compile(one.policy));
    expect(plan(call())).toEqual(plan(call()));
  });
});
