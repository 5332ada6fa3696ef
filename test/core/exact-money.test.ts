import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isAmount,
  JsonNumber,
  NO_OVERRIDES,
  parseCurrency,
  parseMajor,
  parseMinor,
  parseMoneyBound,
} from '../../src/core/index.ts';
import { readFactor, readUnits } from '../../src/core/written-number.ts';
import type { MoneyFaultCode, Parsed } from '../../src/core/index.ts';
import { times } from './build.ts';

describe('when an amount is counted', () => {
  it('is from 0 to the largest integer that every server computes with', () => {
    expect([-1n, 0n, 9007199254740991n, 9007199254740992n].map(isAmount)).toEqual([false, true, true, false]);
  });
});

/** Every code, with a text that it names; the type makes the list complete. */
const NAMED: Readonly<Record<MoneyFaultCode, readonly (() => Parsed<unknown>)[]>> = {
  empty: [() => parseMinor(''), () => parseMoneyBound(new Map())],
  sign: [() => parseMinor('-1'), () => parseMajor('+1', 'USD', NO_OVERRIDES)],
  exponent: [() => parseMinor('1e3')],
  separator: [() => parseMajor('1,000', 'USD', NO_OVERRIDES), () => parseMinor('1.0.0')],
  space: [() => parseMinor(' 1'), () => parseMinor('1\u00a00')],
  non_ascii_digit: [() => parseMinor('\u0661'), () => parseMinor('\uff11')],
  leading_zero: [() => parseMinor('01')],
  too_many_decimals: [() => parseMinor('1.0'), () => parseMajor('0.001', 'USD', NO_OVERRIDES)],
  too_large: [() => parseMinor('9007199254740992'), () => parseMajor('90071992547409.92', 'USD', NO_OVERRIDES)],
  not_a_number: [() => parseMinor('ten'), () => parseMinor('.5'), () => parseMinor('0x1')],
  malformed_currency: [() => parseCurrency('Usd'), () => parseCurrency('\u20ac')],
  unknown_currency: [() => parseCurrency('XXX')],
  duplicate_currency: [() => parseMoneyBound(new Map([['USD', '1'], ['usd', '1']]))], // prettier-ignore
  malformed_bound: [() => parseMoneyBound('500')],
};

describe('when a number is not in its declared form', () => {
  it('says so by name', () => {
    const codes = (['integer', 'number'] as const).map((form) => readUnits('12', form, 'minor', 2));
    expect(codes).toMatchObject([{ fault: { code: 'not_a_number' } }, { fault: { code: 'not_a_number' } }]);
    expect(readFactor(new JsonNumber('2'), 'decimal-string')).toMatchObject({ fault: { code: 'not_a_number' } });
  });
});

describe('when a text is not money', () => {
  it.each(Object.entries(NAMED))('says %s', (code, attempts) => {
    for (const attempt of attempts) {
      const result = attempt();
      expect(result.ok ? 'accepted' : result.fault.code).toBe(code);
    }
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(
        '0',
        '1',
        '9',
        '.',
        ',',
        '-',
        '+',
        'e',
        'E',
        ' ',
        '\uff10',
        '\u0661',
        '_',
        "'",
        '\u2212',
        'x',
      ),
    }),
  );

  it('is either exactly what its grammar says or refused by name, and is never repeated', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const result = parseMajor(text, 'USD', NO_OVERRIDES);
        if (result.ok) {
          // What was read, written out again in major units, is what was written but for trailing zeros.
          expect(text).toMatch(/^(0|[1-9][0-9]*)(\.[0-9]{1,2})?$/);
          const [whole = '', cents = ''] = text.split('.');
          expect(result.value.minor.toString()).toBe(`${whole}${cents.padEnd(2, '0')}`.replace(/^0+(?=\d)/, ''));
          return;
        }
        expect(Object.keys(NAMED)).toContain(result.fault.code);
        if (text.length > 8) expect(result.fault.message).not.toContain(text);
      }),
      times(20),
    );
  });

  it('adds and compares exactly where a double would not', () => {
    const minor = (text: string): bigint => {
      const result = parseMajor(text, 'USD', NO_OVERRIDES);
      return result.ok ? result.value.minor : -1n;
    };
    expect(minor('0.1') + minor('0.2')).toBe(minor('0.3'));
    expect(minor('1.15')).toBe(115n);
    expect(minor('90071992547409.91')).toBe(9007199254740991n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9007199254740991n }), (cents) => {
        const text = `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`;
        expect(minor(text)).toBe(cents);
      }),
    );
  });
});
