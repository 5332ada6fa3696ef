import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { combine } from '../../../src/cli/policy-diff/combine.ts';
import type { Dimension } from '../../../src/cli/policy-diff/draft.ts';
import { newDraft } from '../../../src/cli/policy-diff/draft.ts';
import { writeMoney } from '../../../src/cli/policy-diff/entry-args.ts';
import { around, daysAround } from '../../../src/cli/policy-diff/numbers.ts';
import { samplesOf } from '../../../src/cli/policy-diff/pattern-sample.ts';
import { put, putEach } from '../../../src/cli/policy-diff/place.ts';
import { probesFor } from '../../../src/cli/policy-diff/probes.ts';
import { timeDimension } from '../../../src/cli/policy-diff/time-choices.ts';
import type { CatalogueEntry } from '../../../src/core/entry.ts';
import { extractFacts } from '../../../src/core/extract.ts';
import { JsonNumber, stringify } from '../../../src/core/json.ts';
import type { Operator } from '../../../src/core/policy.ts';
import { moneyBound, object, path, value } from '../../core/build.ts';

const texts = (numbers: readonly JsonNumber[]) => numbers.map(({ text }) => text);

describe('when a number is a boundary', () => {
  it.each([
    ['500', ['499', '500', '501']],
    ['0', ['-1', '0', '1']],
    ['0.1', ['0.0', '0.1', '0.2']],
    ['10000.005', ['10000.004', '10000.005', '10000.006']],
    ['1e3', ['999', '1000', '1001']],
    ['-2.5', ['-2.6', '-2.5', '-2.4']],
    ['9007199254740993', ['9007199254740992', '9007199254740993', '9007199254740994']],
  ])('takes the ones beside %s exactly', (bound, expected) => {
    expect(texts(around(new JsonNumber(bound)))).toEqual(expected);
  });

  it('takes the days beside a day over the end of a month', () => {
    expect(daysAround('2028-03-01')).toEqual(['2028-02-29', '2028-03-01', '2028-03-02']);
    expect(daysAround('tomorrow')).toEqual([]);
  });
});

describe('when a pattern is a boundary', () => {
  it.each([
    ['acct_[0-9]{4}', ['acct_0000']],
    ['(?:pi|ch)_[A-Za-z0-9]+', ['pi_A']],
    ['dup|fraud', ['dup', 'fraud']],
    ['(?s:.*)(?:gift)(?s:.*)', ['gift']],
    ['\\d+\\.\\d{2}', ['1.11']],
    ['[^a]x?', ['A']],
  ])('finds a text that %s matches', (source, expected) => {
    const compiled = RE2JS.compile(source);
    expect(samplesOf({ source, matches: (text) => compiled.matches(text) })).toEqual(expected);
  });

  it('never throws and only proposes what matches', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-a-c()[\]{}|*+?.\\^$0-9,:]{0,20}$/), (source) => {
        const pattern = { source, matches: (text: string) => text.length % 2 === 0 };
        expect(samplesOf(pattern).every((text) => pattern.matches(text))).toBe(true);
      }),
    );
  });
});

describe('when a fact is varied', () => {
  const probes = (operators: readonly Operator[]) =>
    probesFor(operators, false).map((probe) => (probe.is === 'value' ? stringify(probe.value) : probe.is));

  it('takes listed values, an unlisted one, absent, null, blank and another type', () => {
    expect(probes([{ op: 'in', values: [value('a'), value('b')] }])).toEqual([
      '"unlisted"',
      '"a"',
      '"b"',
      'left-out',
      'null',
      '""',
      '7',
    ]);
  });

  it('takes the numbers around a bound', () => {
    expect(probes([{ op: 'lte', bound: value(5) }])).toEqual(
      ['4', '5', '6', 'left-out', 'null', '""', '"unlisted"'].map((text) => (text === '"unlisted"' ? '"text"' : text)),
    );
  });

  it('takes arrays at the edge of a count and of a sum', () => {
    const counted = probes([{ op: 'count', test: [{ op: 'lte', bound: value(1) }] }]);
    expect(counted).toEqual(expect.arrayContaining(['["x"]', '["x","x"]', '[]']));
    const summed = probes([{ op: 'sum', test: [{ op: 'lte', bound: value(10) }] }]);
    expect(summed).toEqual(expect.arrayContaining(['[10]', '[9,1]', '[11]', '[10,1]']));
  });
});

describe('when arguments are put together', () => {
  it('writes, replaces and takes out', () => {
    const args = put(put(object({}), path('a.b[*].c'), 'x'), path('a.d'), 'y');
    expect(stringify(args)).toBe('{"a":{"b":[{"c":"x"}],"d":"y"}}');
    expect(stringify(put(args, path('a.b'), undefined))).toBe('{"a":{"d":"y"}}');
    expect(stringify(putEach(args, path('a.b[*].c'), ['p', 'q']))).toBe('{"a":{"b":[{"c":"p"},{"c":"q"}],"d":"y"}}');
  });

  const entries: readonly CatalogueEntry[] = [
    {
      kind: 'charge',
      amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
      currency: { path: 'c' },
    },
    {
      kind: 'charge',
      amounts: [{ path: 'a.value', unit: 'major', form: 'decimal-string', absent: 'full' }],
      currency: { path: 'c' },
    },
    {
      kind: 'charge',
      amounts: [
        {
          path: 'items[*].price',
          unit: 'major',
          form: 'number',
          absent: 'unknown',
          times: [{ path: 'items[*].n', form: 'integer', absent: 'unknown' }],
        },
        { path: 'shipping', unit: 'major', form: 'number', absent: 'zero' },
      ],
      currency: { path: 'c' },
    },
  ];

  it('says exactly the money that is asked for, in every unit and form', () => {
    const reading = {
      exponents: new Map([
        ['ISK', 2],
        ['HUF', 0],
      ]),
      assumeCurrency: null,
    };
    const money = fc.record({
      currency: fc.constantFrom('USD', 'JPY', 'KWD', 'ISK', 'HUF'),
      minor: fc.bigInt(1n, 10n ** 13n),
    });
    fc.assert(
      fc.property(fc.constantFrom(...entries), money, (entry, wanted) => {
        const args = writeMoney(object({ c: wanted.currency }), entry, wanted, reading);
        if (args === undefined) expect(wanted.currency).toBe('HUF');
        else expect(extractFacts(entry, args, reading).amount).toEqual({ state: 'known', value: wanted });
      }),
    );
  });
});

describe('when the time is varied', () => {
  const at = (timezone: string, part: 'hour' | 'weekday' | 'date', operators: readonly Operator[]) =>
    timeDimension([{ ref: { fact: 'time', part, timezone }, operators }])?.choices.map(({ words }) => words) ?? [];

  it('takes the instants before and at the edges of an hour', () => {
    const words = at('Europe/Berlin', 'hour', [{ op: 'gte', bound: value(18) }]);
    expect(words).toEqual(
      expect.arrayContaining(['on mon 2027-03-01 at 17:59 Europe/Berlin', 'on mon 2027-03-01 at 18:00 Europe/Berlin']),
    );
  });

  it('takes every edge between the days of a week', () => {
    const words = at('Asia/Kathmandu', 'weekday', [{ op: 'in', values: [value('sat')] }]);
    for (const day of ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']) {
      expect(words.some((text) => text.startsWith(`on ${day}`) && text.includes('at 00:00'))).toBe(true);
      expect(words.some((text) => text.startsWith(`on ${day}`) && text.includes('at 23:59'))).toBe(true);
    }
  });

  it('takes the first and the last instant of a date', () => {
    expect(at('UTC', 'date', [{ op: 'lte', bound: value('2026-12-31') }])).toEqual(
      expect.arrayContaining([
        'on thu 2026-12-31 at 00:00 UTC',
        'on thu 2026-12-31 at 23:59 UTC',
        'on fri 2027-01-01 at 00:00 UTC',
      ]),
    );
  });

  it('takes nothing when no rule asks for it', () => {
    expect(
      timeDimension([{ ref: { fact: 'amount' }, operators: [{ op: 'gt', bound: moneyBound('1 USD') }] }]),
    ).toBeUndefined();
  });
});

describe('when choices are combined', () => {
  const dimension = (name: string, size: number): Dimension => ({
    name,
    choices: Array.from({ length: size }, (_, index) => ({
      words: `${name}${index}`,
      write: () => newDraft(new Map()),
    })),
  });
  const words = (sizes: readonly number[], max: number) => {
    const { combinations, cut } = combine(
      sizes.map((size, index) => dimension('abcdef'.charAt(index), size)),
      max,
    );
    return { texts: combinations.map((choices) => choices.map((choice) => choice.words).join(' ')), cut };
  };

  it('takes all of them where they are few', () => {
    expect(words([2, 3], 6)).toEqual({ texts: ['a0 b0', 'a0 b1', 'a0 b2', 'a1 b0', 'a1 b1', 'a1 b2'], cut: false });
  });

  it('takes every value and every pair first where they are many, and says that it cut', () => {
    const { texts: found, cut } = words([5, 5, 5, 5], 200);
    expect(cut).toBe(true);
    expect(found).toHaveLength(new Set(found).size);
    expect(found.length).toBeLessThanOrEqual(200);
    for (let left = 0; left < 5; left += 1)
      for (let right = 0; right < 5; right += 1)
        expect(found.some((text) => text.includes(`b${left}`) && text.includes(`d${right}`))).toBe(true);
  });

  it('is bounded whatever the number of dimensions', () => {
    expect(words([100, 100, 100, 100, 100, 100], 300).texts).toHaveLength(300);
  });
});
