import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, explain, fromPlain, isTimezone, JsonNumber, nameOf } from '../../src/core/index.ts';
import type { CallFacts, Condition, FactRef, Json, Operator, Truth } from '../../src/core/index.ts';
import { args, bound, call, callWith, kind, money, moneyBound, test, UNCLASSIFIED, value } from './build.ts';

const X = args('x');
const AMOUNT: FactRef = { fact: 'amount' };
const CURRENCY: FactRef = { fact: 'currency' };

/** What an operator says of `args.x`. */
function on(plain: unknown, operator: Operator): Truth {
  return evaluate(test(X, operator), plain === undefined ? callWith() : callWith(fromPlain(plain)));
}

const n = (text: string): Json => new JsonNumber(text);
const eq = (plain: unknown): Operator => ({ op: 'eq', bound: value(plain) });
const lte = (plain: unknown): Operator => ({ op: 'lte', bound: value(plain) });
const PATTERN = { source: 'a+', matches: (text: string) => /^(?:a+)$/.test(text) };

/** Fixed truths, as conditions on `args.x` being 1. */
const TRUTHS: Readonly<Record<Truth, Condition>> = {
  true: test(X, eq(1)),
  false: test(X, eq(2)),
  unknown: test(args('y'), eq(1)),
};
const ONE = callWith(n('1'));

describe('when conditions are combined', () => {
  it.each<[Truth, Truth, Truth, Truth]>([
    // left, right, all, any
    ['true', 'true', 'true', 'true'],
    ['true', 'false', 'false', 'true'],
    ['true', 'unknown', 'unknown', 'true'],
    ['false', 'true', 'false', 'true'],
    ['false', 'false', 'false', 'false'],
    ['false', 'unknown', 'false', 'unknown'],
    ['unknown', 'true', 'unknown', 'true'],
    ['unknown', 'false', 'false', 'unknown'],
    ['unknown', 'unknown', 'unknown', 'unknown'],
  ])('%s with %s is %s in all and %s in any', (left, right, all, any) => {
    const of = [TRUTHS[left], TRUTHS[right]];
    expect(evaluate({ is: 'all', of }, ONE)).toBe(all);
    expect(evaluate({ is: 'any', of }, ONE)).toBe(any);
  });

  it.each<[Truth, Truth]>([
    ['true', 'false'],
    ['false', 'true'],
    ['unknown', 'unknown'],
  ])('not %s is %s', (inner, outer) => {
    expect(evaluate({ is: 'not', of: TRUTHS[inner] }, ONE)).toBe(outer);
  });

  it('all of nothing is true and any of nothing is false', () => {
    expect(evaluate({ is: 'all', of: [] }, ONE)).toBe('true');
    expect(evaluate({ is: 'any', of: [] }, ONE)).toBe('false');
  });
});

const SAMPLES: Readonly<Record<string, unknown>> = {
  absent: undefined,
  null: null,
  blank: ' \u200b',
  boolean: true,
  string: 'aa',
  number: 5,
  array: [5, 'aa'],
  empty: [],
  object: { a: 1 },
};

/** One row per operator; a sample that a row does not name is unknown. */
const TABLE: readonly [string, Operator, Readonly<Record<string, Truth>>][] = [
  ['eq a number', eq(5), { number: 'true' }],
  ['eq a string', eq('aa'), { string: 'true' }],
  ['eq a boolean', eq(false), { boolean: 'false' }],
  ['eq an array', eq([5, 'aa']), { array: 'true', empty: 'false' }],
  ['eq an object', eq({ a: 1 }), { object: 'true' }],
  ['ne a number', { op: 'ne', bound: value(5) }, { number: 'false' }],
  ['ne a string', { op: 'ne', bound: value('b') }, { string: 'true' }],
  ['gt', { op: 'gt', bound: value(5) }, { number: 'false' }],
  ['gte', { op: 'gte', bound: value(5) }, { number: 'true' }],
  ['lt', { op: 'lt', bound: value(5) }, { number: 'false' }],
  ['lte', lte(5), { number: 'true' }],
  ['gt a string', { op: 'gt', bound: value('a') }, {}],
  ['gt money', { op: 'gt', bound: moneyBound('1 USD') }, {}],
  ['eq money', { op: 'eq', bound: moneyBound('1 USD') }, {}],
  ['in', { op: 'in', values: [value(5), value('b')] }, { number: 'true', string: 'false' }],
  ['not_in', { op: 'not_in', values: [value(5), value('b')] }, { number: 'false', string: 'true' }],
  ['in nothing', { op: 'in', values: [] }, {}],
  ['matches', { op: 'matches', pattern: PATTERN }, { string: 'true' }],
  ['starts_with', { op: 'starts_with', text: 'b' }, { string: 'false' }],
  ['ends_with', { op: 'ends_with', text: 'a' }, { string: 'true' }],
  ['contains', { op: 'contains', text: 'aa' }, { string: 'true', array: 'true', empty: 'false' }],
  ['contains_value', { op: 'contains_value', value: n('5.0') }, { array: 'true', empty: 'false' }],
  ['contains_value of a string', { op: 'contains_value', value: 'b' }, { string: 'false', empty: 'false' }],
  ['length', { op: 'length', test: [lte(2)] }, { string: 'true', array: 'true', empty: 'true' }],
  ['any', { op: 'any', test: [eq(5)] }, { array: 'true' }],
  ['all', { op: 'all', test: [eq(4)] }, { array: 'false' }],
  ['sum', { op: 'sum', test: [lte(5)] }, {}],
  [
    'count',
    { op: 'count', test: [lte(1)] },
    { absent: 'true', null: 'true', blank: 'true', array: 'false', empty: 'true' },
  ],
];

describe.each(TABLE)('when the operator is %s', (_, operator, row) => {
  it.each(Object.keys(SAMPLES))('answers for a value that is %s', (sample) => {
    expect(on(SAMPLES[sample], operator)).toBe(row[sample] ?? 'unknown');
  });
});

describe('when a text is looked into', () => {
  it.each<[Operator['op'], Operator, Truth]>([
    ['starts_with', { op: 'starts_with', text: 'a' }, 'true'],
    ['starts_with', { op: 'starts_with', text: 'b' }, 'false'],
    ['ends_with', { op: 'ends_with', text: 'b' }, 'true'],
    ['ends_with', { op: 'ends_with', text: 'a' }, 'false'],
    ['contains', { op: 'contains', text: 'ab' }, 'true'],
    ['contains', { op: 'contains', text: 'ba' }, 'false'],
  ])('%s looks at its own end of it', (_, operator, truth) => {
    expect(on('ab', operator)).toBe(truth);
  });
});

describe('when the operator is count', () => {
  it('counts none where there is no array', () => {
    expect(on(undefined, { op: 'count', test: [eq(0)] })).toBe('true');
    expect(on(undefined, { op: 'count', test: [eq(1)] })).toBe('false');
    expect(on(['a', 'a'], { op: 'count', test: [eq(2)] })).toBe('true');
  });
});

describe('when the operator is present', () => {
  it.each(Object.keys(SAMPLES))('knows of a value that is %s', (sample) => {
    const there = !['absent', 'null', 'blank'].includes(sample);
    expect(on(SAMPLES[sample], { op: 'present', expected: true })).toBe(String(there));
    expect(on(SAMPLES[sample], { op: 'present', expected: false })).toBe(String(!there));
  });

  it('asks of an unknown fact whether the caller wrote something', () => {
    const there = (amount: CallFacts['amount']) =>
      evaluate(test(AMOUNT, { op: 'present', expected: true }), call({ amount }));
    expect(there({ state: 'known', value: money('5 USD') })).toBe('true');
    expect(there({ state: 'absent' })).toBe('false');
    expect(there({ state: 'unknown', why: 'left out' })).toBe('false');
    expect(there({ state: 'unknown', why: 'unreadable', given: true })).toBe('true');
  });

  it('does not take what stands in the way of a path for what it asks for', () => {
    const asks = test(args('x.y'), { op: 'present', expected: true });
    expect(evaluate(asks, callWith('text'))).toBe('false');
    expect(evaluate(asks, callWith(fromPlain({ y: 'text' })))).toBe('true');
    expect(
      evaluate(test(args('x[*].y'), { op: 'any', test: [{ op: 'present', expected: true }] }), callWith([n('1')])),
    ).toBe('false');
  });

  it('finds nothing in a fact that the catalogue or the platform cannot give', () => {
    const there = (fact: FactRef): Truth =>
      evaluate(test(fact, { op: 'present', expected: true }), call({ classification: UNCLASSIFIED }));
    expect(there({ fact: 'reason' })).toBe('false');
    expect(there({ fact: 'kind' })).toBe('false');
    expect(there({ fact: 'time', part: 'hour', timezone: 'Mars/Olympus' })).toBe('false');
  });

  it('finds one element among many enough', () => {
    const each = test(args('x[*].a'), { op: 'present', expected: true });
    expect(evaluate(each, callWith(fromPlain([{}, { a: 1 }])))).toBe('true');
    expect(evaluate(each, callWith(fromPlain([{}, { a: null }])))).toBe('false');
  });
});

describe('when the operator is type and the value is none', () => {
  it('takes many places for an array and money for no JSON at all', () => {
    const each = (type: 'array' | 'string') => evaluate(test(args('x[*]'), { op: 'type', type }), callWith(fromPlain(['a']))); // prettier-ignore
    expect([each('array'), each('string')]).toEqual(['true', 'false']);
    for (const type of ['object', 'number', 'string', 'null'] as const)
      expect(evaluate(test(AMOUNT, { op: 'type', type }), call())).toBe('false');
  });
});

describe('when the operator is type', () => {
  const TYPES = ['null', 'boolean', 'string', 'number', 'integer', 'array', 'object'] as const;
  const OF: Readonly<Record<string, readonly string[]>> = {
    absent: [],
    null: ['null'],
    blank: [],
    boolean: ['boolean'],
    string: ['string'],
    number: ['number', 'integer'],
    array: ['array'],
    empty: ['array'],
    object: ['object'],
  };

  it.each(Object.keys(SAMPLES))('knows of a value that is %s', (sample) => {
    const found = TYPES.filter((type) => on(SAMPLES[sample], { op: 'type', type }) === 'true');
    const refused = TYPES.filter((type) => on(SAMPLES[sample], { op: 'type', type }) === 'false');
    expect(found).toEqual(OF[sample]);
    expect(found.length + refused.length).toBe(7);
  });

  it.each([
    ['1.0', 'true'],
    ['1e3', 'true'],
    ['1.5', 'false'],
    ['1e-1', 'false'],
    ['1e999', 'false'],
  ])('says whether %s is an integer: %s', (text, truth) => {
    expect(evaluate(test(X, { op: 'type', type: 'integer' }), callWith(n(text)))).toBe(truth);
  });

  it('gives money no JSON type, many places that of an array, and what is unknown none', () => {
    expect(evaluate(test(AMOUNT, { op: 'type', type: 'number' }), call())).toBe('false');
    expect(evaluate(test(args('x[*]'), { op: 'type', type: 'array' }), callWith([]))).toBe('true');
    expect(evaluate(test(AMOUNT, { op: 'type', type: 'string' }), call({ classification: UNCLASSIFIED }))).toBe(
      'false',
    );
  });
});

describe('when numbers are compared', () => {
  const compare = (left: string, op: 'gt' | 'eq' | 'lt', right: string): Truth =>
    evaluate(test(X, { op, bound: { is: 'value', value: n(right) } }), callWith(n(left)));

  it.each([
    ['10000.000000000000001', 'gt', '10000', 'true'],
    ['9007199254740993', 'gt', '9007199254740992', 'true'],
    ['1.0', 'eq', '1', 'true'],
    ['1e3', 'eq', '1000', 'true'],
    ['100e-2', 'eq', '1', 'true'],
    ['-0', 'eq', '0', 'true'],
    ['0.1', 'lt', '0.10000000000000000001', 'true'],
    ['-5', 'lt', '-4', 'true'],
    ['1e999999999', 'gt', '1', 'unknown'],
    ['1e999999999', 'eq', '1', 'unknown'],
    [`1${'0'.repeat(500)}`, 'gt', '1', 'unknown'],
  ] as const)('%s %s %s is %s', (left, op, right, truth) => {
    expect(compare(left, op, right)).toBe(truth);
  });

  it('orders integers as integers', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.nat(5), (left, right, zeros) => {
        const written = zeros === 0 ? `${right}` : `${right}.${'0'.repeat(zeros)}`;
        expect(compare(`${left}`, 'lt', written)).toBe(String(left < right));
        expect(compare(`${left}`, 'gt', written)).toBe(String(left > right));
        expect(compare(`${left}`, 'eq', written)).toBe(String(left === right));
      }),
    );
  });

  it('compares inside arrays and objects as exactly', () => {
    expect(on([1, { a: 1 }], eq([1, { a: 1 }]))).toBe('true');
    expect(on([1, { a: 1 }], eq([1, { a: 2 }]))).toBe('false');
    expect(on([1, { a: 1 }], eq([1, { b: 1 }]))).toBe('false');
    expect(on([1, { a: 1 }], eq([1, { a: '1' }]))).toBe('false');
    expect(on([1], eq([1, 2]))).toBe('false');
    expect(on({ a: 1 }, eq({ a: 1, b: 2 }))).toBe('false');
    expect(evaluate(test(X, eq([1, 2])), callWith([n('1e999'), n('2')]))).toBe('unknown');
    expect(evaluate(test(X, eq([1, 2])), callWith([n('1e999'), n('3')]))).toBe('false');
    expect(evaluate(test(X, { op: 'contains_value', value: n('1') }), callWith([n('1e999')]))).toBe('unknown');
    expect(evaluate(test(X, { op: 'contains', text: '1' }), callWith([n('1')]))).toBe('unknown');
    expect(evaluate(test(X, { op: 'contains', text: '1' }), callWith([n('1'), '1']))).toBe('true');
    expect(evaluate(test(X, { op: 'contains', text: '1' }), callWith(['2', '3']))).toBe('false');
  });
});

describe('when strings are compared', () => {
  it('folds no case and normalizes nothing', () => {
    expect(on('USD', eq('usd'))).toBe('false');
    expect(on('e\u0301', eq('\u00e9'))).toBe('false');
    expect(on('Stra\u00dfe', { op: 'starts_with', text: 'STRASSE' })).toBe('false');
  });

  it('orders days of the calendar and nothing else', () => {
    const after = (day: string): Operator => ({ op: 'gt', bound: value(day) });
    expect(on('2026-11-23', after('2026-11-22'))).toBe('true');
    expect(on('2026-11-22', after('2026-11-22'))).toBe('false');
    expect(on('2025-12-31', after('2026-11-22'))).toBe('false');
    expect(on('900', after('1000'))).toBe('unknown');
    expect(on('2026-11-23', after('1'))).toBe('unknown');
  });

  it('counts code points for a length', () => {
    expect(on('\ud83d\ude00\ud83d\ude00', { op: 'length', test: [eq(2)] })).toBe('true');
    expect(on('abc', { op: 'length', test: [lte(5), eq(2)] })).toBe('false');
  });

  it('is unknown when the pattern engine gives up', () => {
    const matches = (): never => {
      throw new Error('budget');
    };
    expect(on('a', { op: 'matches', pattern: { source: '.', matches } })).toBe('unknown');
    expect(on('b', { op: 'matches', pattern: PATTERN })).toBe('false');
  });
});

describe('when money is compared', () => {
  const on20 = (operator: Operator, over: Partial<CallFacts> = {}): Truth =>
    evaluate(test(AMOUNT, operator), call({ amount: { state: 'known', value: money('20 USD') }, ...over } as object));
  const against = (
    op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte',
    source: string | Record<string, string>,
  ): Operator => ({
    op,
    bound: moneyBound(source),
  });

  it.each([
    ['gt', '19.99 USD', 'true'],
    ['gt', '20 USD', 'false'],
    ['gte', '20 USD', 'true'],
    ['lt', '20.01 USD', 'true'],
    ['lt', '20 USD', 'false'],
    ['lte', '20 USD', 'true'],
    ['eq', '20.00 USD', 'true'],
    ['ne', '20 USD', 'false'],
    ['gt', '1 EUR', 'unknown'],
    ['eq', '20 EUR', 'unknown'],
    ['ne', '20 EUR', 'unknown'],
  ] as const)('20 USD %s %s is %s', (op, text, truth) => {
    expect(on20(against(op, text))).toBe(truth);
  });

  it('takes the bound of its own currency', () => {
    expect(on20(against('gt', { EUR: '1', USD: '30' }))).toBe('false');
  });

  it('is unknown against anything but money', () => {
    expect(on20({ op: 'gt', bound: value(5) })).toBe('unknown');
    expect(on20(eq('20 USD'))).toBe('unknown');
    expect(on20({ op: 'matches', pattern: PATTERN })).toBe('unknown');
    expect(on20({ op: 'length', test: [lte(5)] })).toBe('unknown');
    expect(on20({ op: 'contains', text: 'a' })).toBe('unknown');
    expect(on20({ op: 'count', test: [lte(5)] })).toBe('unknown');
  });

  it('finds a member in its own currency', () => {
    expect(on20({ op: 'in', values: [moneyBound('20 EUR'), moneyBound('20 USD')] })).toBe('true');
    expect(on20({ op: 'in', values: [moneyBound('20 EUR'), moneyBound('5 USD')] })).toBe('false');
    expect(on20({ op: 'in', values: [moneyBound('20 EUR')] })).toBe('unknown');
  });

  it('is unknown when the amount is absent or unknown', () => {
    expect(on20(against('lte', '500 USD'), { amount: { state: 'absent' } })).toBe('unknown');
    expect(on20(against('lte', '500 USD'), { amount: { state: 'unknown', why: 'all' } })).toBe('unknown');
  });

  it('is false, not unknown, for a call that moves no money', () => {
    const read = call({ classification: kind('read'), amount: { state: 'absent' }, currency: { state: 'absent' } });
    const known = call({ classification: kind('quote') });
    for (const one of [read, known]) {
      expect(evaluate(test(AMOUNT, against('gt', '1 USD')), one)).toBe('false');
      expect(evaluate(test(AMOUNT, against('lte', '999 USD')), one)).toBe('false');
      expect(evaluate(test(CURRENCY, { op: 'not_in', values: [value('USD')] }), one)).toBe('false');
    }
    expect(evaluate(test(CURRENCY, { op: 'present', expected: false }), read)).toBe('true');
    expect(evaluate(test(CURRENCY, { op: 'type', type: 'string' }), known)).toBe('true');
    expect(evaluate(test({ fact: 'reason' }, eq('x')), call({ ...read, reason: { state: 'absent' } } as object))).toBe(
      'unknown',
    );
  });
});

describe('when a quantifier runs over an array', () => {
  const each = (plain: unknown, op: 'any' | 'all' | 'sum' | 'count', inner: Operator): Truth =>
    evaluate(
      test(args('x[*].p'), { op, test: [inner] }),
      plain === undefined ? callWith() : callWith(fromPlain(plain)),
    );

  it.each<[unknown, Truth, Truth, Truth, Truth]>([
    // elements, any <= 5, all <= 5, sum <= 5, count <= 2
    [[{ p: 1 }, { p: 2 }], 'true', 'true', 'true', 'true'],
    [[{ p: 1 }, { p: 9 }], 'true', 'false', 'false', 'true'],
    [[{ p: 8 }, { p: 9 }], 'false', 'false', 'false', 'true'],
    [[{ p: 1 }, {}], 'true', 'unknown', 'unknown', 'true'],
    [[{ p: 9 }, {}], 'unknown', 'false', 'unknown', 'true'],
    [[{ p: 1 }, { p: null }], 'true', 'unknown', 'unknown', 'true'],
    [[{ p: 1 }, { p: '1' }], 'true', 'unknown', 'unknown', 'true'],
    [[{ p: 1 }, 'x'], 'true', 'unknown', 'unknown', 'unknown'],
    [[{ p: 1 }, { p: 1 }, { p: 1 }], 'true', 'true', 'true', 'false'],
    [[], 'unknown', 'unknown', 'unknown', 'true'],
    [undefined, 'unknown', 'unknown', 'unknown', 'true'],
    ['x', 'unknown', 'unknown', 'unknown', 'unknown'],
  ])('of %j: any is %s, all is %s, sum is %s, count is %s', (plain, any, all, sum, count) => {
    expect(each(plain, 'any', lte(5))).toBe(any);
    expect(each(plain, 'all', lte(5))).toBe(all);
    expect(each(plain, 'sum', lte(5))).toBe(sum);
    expect(each(plain, 'count', lte(2))).toBe(count);
  });

  it('adds exactly', () => {
    expect(each([{ p: 0.1 }, { p: 0.2 }], 'sum', eq(0.3))).toBe('true');
    expect(each([{ p: 5 }, { p: -5 }], 'sum', eq(0))).toBe('true');
    expect(each([{ p: 400 }, { p: 600 }], 'sum', eq(1000))).toBe('true');
  });

  it('is what nothing else compares', () => {
    for (const operator of [
      eq([1]),
      lte(5),
      { op: 'in', values: [value(1)] },
      { op: 'length', test: [lte(5)] },
    ] as Operator[]) {
      expect(evaluate(test(args('x[*]'), operator), callWith(fromPlain([1])))).toBe('unknown');
    }
  });
});

describe('when a condition asks for', () => {
  it.each<[FactRef, unknown]>([
    [CURRENCY, 'USD'],
    [{ fact: 'reason' }, 'damaged'],
    [{ fact: 'reference' }, 'pi_1'],
    [{ fact: 'kind' }, 'refund'],
    [{ fact: 'direction' }, 'out'],
    [{ fact: 'tool' }, 'stripe/create_refund'],
    [{ fact: 'upstream' }, 'stripe'],
    [{ fact: 'principal' }, 'support@acme.example'],
    [{ fact: 'label', label: 'team' }, 'support'],
    [{ fact: 'time', part: 'hour', timezone: 'UTC' }, 23],
    [{ fact: 'time', part: 'weekday', timezone: 'UTC' }, 'sun'],
    [{ fact: 'time', part: 'date', timezone: 'UTC' }, '2026-11-22'],
    [{ fact: 'time', part: 'hour', timezone: 'Asia/Kolkata' }, 5],
    [{ fact: 'time', part: 'weekday', timezone: 'Asia/Kolkata' }, 'mon'],
    [{ fact: 'time', part: 'date', timezone: 'Asia/Kolkata' }, '2026-11-23'],
  ])('%j, it is %j', (fact, expected) => {
    expect(evaluate(test(fact, eq(expected)), call())).toBe('true');
  });

  it.each<FactRef>([{ fact: 'recipient' }, { fact: 'quantity' }, { fact: 'label', label: 'none' }])(
    '%j, it may be absent',
    (fact) => {
      expect(evaluate(test(fact, eq('x')), call())).toBe('unknown');
      expect(evaluate(test(fact, { op: 'present', expected: false }), call())).toBe('true');
      expect(evaluate(test(fact, { op: 'type', type: 'null' }), call())).toBe('false');
    },
  );

  it('the hour, midnight is 0', () => {
    const midnight = call({ timeMs: Date.UTC(2026, 0, 1) });
    expect(evaluate(test({ fact: 'time', part: 'hour', timezone: 'UTC' }, eq(0)), midnight)).toBe('true');
    const spring = { fact: 'time', part: 'hour', timezone: 'Europe/Berlin' } as const;
    expect(evaluate(test(spring, eq(1)), call({ timeMs: Date.UTC(2026, 2, 29, 0, 59) }))).toBe('true');
    expect(evaluate(test(spring, eq(3)), call({ timeMs: Date.UTC(2026, 2, 29, 1, 0) }))).toBe('true');
  });

  it.each<[number, string, 'hour' | 'weekday' | 'date', unknown]>([
    [Date.UTC(2026, 10, 16, 12), 'UTC', 'weekday', 'mon'],
    [Date.UTC(2026, 10, 17, 12), 'UTC', 'weekday', 'tue'],
    [Date.UTC(2026, 10, 21, 12), 'UTC', 'weekday', 'sat'],
    [Date.UTC(2026, 8, 5, 12), 'UTC', 'date', '2026-09-05'],
    [Date.UTC(2026, 8, 6, 9), 'UTC', 'hour', 9],
    [Date.UTC(999, 11, 31, 12), 'UTC', 'date', '0999-12-31'],
    [8.64e15, 'UTC', 'hour', 0],
  ])('the clock at %d in %s, its %s is %s', (timeMs, timezone, part, expected) => {
    expect(evaluate(test({ fact: 'time', part, timezone }, eq(expected)), call({ timeMs }))).toBe('true');
  });

  it('the time in no zone or at no instant, it is unknown', () => {
    const nowhere = { fact: 'time', part: 'hour', timezone: 'Mars/Olympus' } as const;
    expect(evaluate(test(nowhere, lte(23)), call())).toBe('unknown');
    expect(evaluate(test({ ...nowhere, timezone: 'UTC' }, lte(23)), call({ timeMs: NaN }))).toBe('unknown');
    expect(evaluate(test({ ...nowhere, timezone: 'UTC' }, lte(23)), call({ timeMs: 9e15 }))).toBe('unknown');
    expect([isTimezone('Europe/Berlin'), isTimezone('Mars/Olympus')]).toEqual([true, false]);
    for (let zone = 0; zone < 300; zone += 1) expect(isTimezone(`Nowhere/${zone}`)).toBe(false);
  });

  it.each(['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity', 'kind', 'direction'] as const)(
    '%s of an unclassified call, it is unknown',
    (fact) => {
      const unclassified = call({ classification: UNCLASSIFIED, args: { x: 1 } });
      expect(
        evaluate(test({ fact }, { op: 'in', values: [value('refund'), moneyBound('20 USD')] }), unclassified),
      ).toBe('unknown');
      expect(evaluate(test(X, eq(1)), unclassified)).toBe('true');
    },
  );
});

describe('when somebody asks why', () => {
  const why = (condition: Condition, one: CallFacts = ONE): string => explain(condition, one);
  const amountOver = test(AMOUNT, { op: 'gt', bound: { is: 'money', money: bound({ USD: '5', EUR: '4' }) } });

  it.each<[Condition, CallFacts, string]>([
    [amountOver, call(), '`amount` is above 5.00 USD or 4.00 EUR'],
    [
      amountOver,
      call({ amount: { state: 'known', value: money('1 USD') } }),
      '`amount` is not above 5.00 USD or 4.00 EUR',
    ],
    [
      amountOver,
      call({ amount: { state: 'known', value: money('1 JPY') } }),
      '`amount` is in JPY, and the rule names no bound in that currency',
    ],
    [
      amountOver,
      call({ amount: { state: 'unknown', why: 'it is left out' } }),
      '`amount` is unknown, because it is left out',
    ],
    [amountOver, call({ amount: { state: 'absent' } }), '`amount` is absent'],
    [amountOver, call({ classification: kind('read') }), '`amount` says nothing of a call that moves no money'],
    [
      test({ fact: 'kind' }, eq('read')),
      call({ classification: UNCLASSIFIED }),
      '`kind` is unknown, because the catalogue does not know what this call does: no entry names this tool',
    ],
    [test(X, eq(2)), ONE, '`args.x` is not `2`'],
    [test(X, eq('x'.repeat(90))), callWith('y'), `\`args.x\` is not \`${'x'.repeat(80)}…\``],
    [test(X, { op: 'ne', bound: value(1) }), ONE, '`args.x` is `1`'],
    [test(X, eq('1')), ONE, '`args.x` is of type number, and `eq` cannot check that value'],
    [test(X, { op: 'any', test: [eq(1)] }), callWith([]), '`args.x` has no elements'],
    [test(args('x[*]'), { op: 'any', test: [eq(1)] }), callWith([]), '`args.x[*]` has no elements'],
    [
      test(args('x[*].a'), { op: 'sum', test: [eq(1)] }),
      callWith(fromPlain([{}])),
      '`args.x[*].a` has an element that is missing or that `sum` cannot check',
    ],
    [
      test(args('x.y'), eq(1)),
      callWith('t'),
      '`args.x.y` is unknown, because something else stands where the path leads',
    ],
    [
      test({ fact: 'time', part: 'hour', timezone: 'Mars/Olympus' }, eq(1)),
      ONE,
      '`time.hour` is unknown, because there is no local time in `Mars/Olympus`',
    ],
    [test({ fact: 'kind' }, eq('refund')), call({ classification: kind('read') }), '`kind` is not `refund`'],
    [
      test(AMOUNT, { op: 'present', expected: false }),
      call({ classification: kind('read'), amount: { state: 'absent' } }),
      '`amount` is absent',
    ],
    [test(AMOUNT, { op: 'present', expected: true }), call({ amount: { state: 'absent' } }), '`amount` is absent'],
    [
      test(X, { op: 'gt', bound: value(5) }),
      callWith(fromPlain([5])),
      '`args.x` is of type array, and `gt` cannot check that value',
    ],
    [test(X, { op: 'any', test: [eq(5)] }), callWith(fromPlain([5])), "`args.x` meets the rule's `any`"],
    [test(X, { op: 'sum', test: [eq(5)] }), callWith(fromPlain([5])), "`args.x` meets the rule's `sum`"],
    [test(X, eq('x'.repeat(80))), callWith('y'), `\`args.x\` is not \`${'x'.repeat(80)}\``],
    [test(X, eq('\u{1f600}'.repeat(81))), callWith('y'), `\`args.x\` is not \`${'\u{1f600}'.repeat(80)}…\``],
    [{ is: 'all', of: [] }, ONE, 'the condition is empty'],
    [{ is: 'all', of: [TRUTHS.true, TRUTHS.unknown] }, ONE, '`args.y` is absent'],
    [{ is: 'any', of: [TRUTHS.unknown, TRUTHS.true] }, ONE, '`args.x` is `1`'],
    [{ is: 'not', of: TRUTHS.true }, ONE, '`args.x` is `1`'],
  ])('says of %j', (condition, one, words) => {
    expect(why(condition, one)).toBe(words);
  });

  it.each<[Operator, string, string]>([
    [eq(1), 'is `1`', 'is not `1`'],
    [{ op: 'ne', bound: value(1) }, 'is not `1`', 'is `1`'],
    [{ op: 'gt', bound: value(1) }, 'is above `1`', 'is not above `1`'],
    [{ op: 'gte', bound: value(1) }, 'is at least `1`', 'is below `1`'],
    [{ op: 'lt', bound: value(1) }, 'is below `1`', 'is not below `1`'],
    [{ op: 'lte', bound: value(1) }, 'is at most `1`', 'is above `1`'],
    [{ op: 'in', values: [value(1), value(0)] }, 'is one of `1`, `0`', 'is none of `1`, `0`'],
    [{ op: 'not_in', values: [value(1), value(2)] }, 'is none of `1`, `2`', 'is one of `1`, `2`'],
    [{ op: 'present', expected: true }, 'is present', 'is absent'],
    [{ op: 'present', expected: false }, 'is absent', 'is present'],
    [{ op: 'type', type: 'integer' }, 'is of type integer', 'is not of type integer'],
    [{ op: 'matches', pattern: PATTERN }, 'matches `a+`', 'does not match `a+`'],
    [{ op: 'starts_with', text: 'a' }, 'starts with `a`', 'does not start with `a`'],
    [{ op: 'ends_with', text: 'a' }, 'ends with `a`', 'does not end with `a`'],
    [{ op: 'contains', text: 'a' }, 'contains `a`', 'does not contain `a`'],
    [{ op: 'contains_value', value: n('1') }, 'contains `1`', 'does not contain `1`'],
    [{ op: 'length', test: [eq(1)] }, "meets the rule's `length`", "does not meet the rule's `length`"],
    [{ op: 'all', test: [eq(1)] }, "meets the rule's `all`", "does not meet the rule's `all`"],
    [{ op: 'count', test: [eq(1)] }, "meets the rule's `count`", "does not meet the rule's `count`"],
  ])('has words for %j', (operator, holds, fails) => {
    const samples = [undefined, n('1'), n('0'), n('2'), 'a', 'b', [], [n('1')], [n('2'), n('2')]].map((json) =>
      callWith(json),
    );
    const find = (truth: Truth) => samples.find((one) => evaluate(test(X, operator), one) === truth)!;
    expect(why(test(X, operator), find('true'))).toBe(`\`args.x\` ${holds}`);
    expect(why(test(X, operator), find('false'))).toBe(`\`args.x\` ${fails}`);
  });

  it('never repeats what the agent wrote', () => {
    const agent = 'ZZ\u001b[2J';
    const operators: Operator[] = [
      eq('b'),
      lte(5),
      { op: 'matches', pattern: PATTERN },
      { op: 'type', type: 'number' },
    ];
    for (const operator of operators) expect(why(test(X, operator), callWith(agent))).not.toContain('ZZ');
  });

  it.each<[FactRef, string]>([
    [X, 'args.x'],
    [{ fact: 'label', label: 'team' }, 'grant.team'],
    [{ fact: 'time', part: 'date', timezone: 'UTC' }, 'time.date'],
    ...(
      [
        'amount',
        'currency',
        'reason',
        'recipient',
        'reference',
        'quantity',
        'kind',
        'direction',
        'tool',
        'upstream',
        'principal',
      ] as const
    ).map((fact): [FactRef, string] => [{ fact }, fact]),
  ])('names %j as policies do', (fact, name) => {
    expect(nameOf(fact)).toBe(name);
  });
});

describe('when dates are compared', () => {
  const on21 = (op: 'gt' | 'gte' | 'lt' | 'lte', date: string): Truth =>
    evaluate(test(X, { op, bound: value(date) }), callWith('2026-11-21'));

  it('orders them as the calendar does', () => {
    const truths = (date: string) => (['gt', 'gte', 'lt', 'lte'] as const).map((op) => on21(op, date));
    expect(truths('2026-11-20')).toEqual(['true', 'true', 'false', 'false']);
    expect(truths('2026-11-21')).toEqual(['false', 'true', 'false', 'true']);
    expect(truths('2026-12-01')).toEqual(['false', 'false', 'true', 'true']);
  });

  it('does not order a date with anything else', () => {
    for (const other of ['2026-11', 'x2026-11-21', '2026-11-21x', '900']) expect(on21('gt', other)).toBe('unknown');
    expect(evaluate(test(X, { op: 'gt', bound: value(5) }), callWith('2026-11-21'))).toBe('unknown');
    expect(evaluate(test(X, { op: 'gt', bound: value('2026-11-21') }), callWith(n('5')))).toBe('unknown');
  });
});

describe('when a number is too large to be compared', () => {
  it.each([
    [n('1e999'), n('5')],
    [n('5'), n('1e999')],
  ])('is neither equal to, above nor below another', (left, right) => {
    for (const op of ['eq', 'ne', 'gt', 'lte'] as const)
      expect(evaluate(test(X, { op, bound: { is: 'value', value: right } }), callWith(left))).toBe('unknown');
  });
});

describe('when a number is as long or as large as can be compared', () => {
  it.each<[string, Truth]>([
    ['1e400', 'true'],
    ['1e401', 'unknown'],
    ['1e-400', 'true'],
    ['1e-401', 'unknown'],
    ['9'.repeat(400), 'true'],
    ['9'.repeat(401), 'unknown'],
  ])('%s equals itself: %s', (text, truth) => {
    expect(evaluate(test(X, { op: 'eq', bound: { is: 'value', value: n(text) } }), callWith(n(text)))).toBe(truth);
  });

  it('tells ten from one and a tenth', () => {
    for (const text of ['10', '0.1', '-1', '11']) expect(on(1, { op: 'eq', bound: { is: 'value', value: n(text) } })).toBe('false'); // prettier-ignore
  });
});

describe('when arrays and objects are compared', () => {
  it.each<[unknown, unknown]>([
    [[['a']], ['a']],
    [['a'], [['a']]],
    [[null], [{}]],
    [[{}], [null]],
    [[{}], [[]]],
    [[[]], [{}]],
    [{ a: 1 }, { b: 1 }],
    [[1, 2], [1]],
  ])('%j is not %j', (left, right) => {
    expect(on(left, eq(right))).toBe('false');
  });
});
