import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatMoney,
  formatMoneyBound,
  isoExponent,
  moneyFromUnits,
  NO_OVERRIDES,
  parseCurrency,
  parseMajor,
  parseMinor,
  parseMoney,
  parseMoneyBound,
  providerExponent,
} from '../../src/core/index.ts';
import type { MoneyFaultCode, Parsed } from '../../src/core/index.ts';

function codeOf(result: Parsed<unknown>): MoneyFaultCode | 'accepted' {
  return result.ok ? 'accepted' : result.fault.code;
}

function minorOf(text: string, currency: string, exponents = NO_OVERRIDES): bigint | string {
  const result = parseMajor(text, currency, exponents);
  return result.ok ? result.value.minor : result.fault.code;
}

const REFUSED: readonly [string, MoneyFaultCode][] = [
  ['', 'empty'],
  ['-5', 'sign'],
  ['+5', 'sign'],
  ['\u22125', 'sign'],
  ['1e3', 'exponent'],
  ['1E3', 'exponent'],
  ['1e-3', 'exponent'],
  ['1.5e+3', 'exponent'],
  ['1,000.00', 'separator'],
  ['1.000,00', 'separator'],
  ['1_000', 'separator'],
  ["1'000", 'separator'],
  ['1.000.000', 'separator'],
  ['12.3.4', 'separator'],
  ['1..2', 'separator'],
  ['x1.2.3', 'not_a_number'],
  ['007', 'leading_zero'],
  ['007.25', 'leading_zero'],
  ['x01', 'not_a_number'],
  ['01x', 'not_a_number'],
  ['12.34.56', 'separator'],
  ['x1.0.0', 'not_a_number'],
  ['1 000', 'space'],
  [' 5', 'space'],
  ['5 ', 'space'],
  ['5\n', 'space'],
  ['1\u00a0000', 'space'],
  ['\uff10', 'non_ascii_digit'],
  ['\u0661\u0662', 'non_ascii_digit'],
  ['1\u00b2', 'non_ascii_digit'],
  ['007', 'leading_zero'],
  ['00', 'leading_zero'],
  ['00.5', 'leading_zero'],
  ['00.25', 'leading_zero'],
  ['01x', 'not_a_number'],
  ['x01', 'not_a_number'],
  ['9007199254740992', 'too_large'],
  ['9'.repeat(60), 'too_large'],
  ['9'.repeat(65), 'too_large'],
  ['abc.def', 'not_a_number'],
  ['0x10', 'not_a_number'],
  ['Infinity', 'not_a_number'],
  ['NaN', 'not_a_number'],
  ['.5', 'not_a_number'],
  ['5.', 'not_a_number'],
  ['$5', 'not_a_number'],
  ['5\u0000', 'not_a_number'],
];

describe('when an amount is written in a way that is not its grammar', () => {
  it.each(REFUSED)('refuses %j in minor units as %s', (text, code) => {
    expect(codeOf(parseMinor(text))).toBe(code);
  });

  it.each(REFUSED)('refuses %j in major units as %s', (text, code) => {
    expect(codeOf(parseMajor(text, 'JPY', NO_OVERRIDES))).toBe(code);
  });

  it('never repeats what was written', () => {
    const result = parseMinor('\u001b[31m12,5');
    expect(result.ok ? '' : result.fault.message).toBe('an amount is written like `12` or `12.50`');
  });
});

/** What a text is refused with, in full. */
function wordsOf(result: Parsed<unknown>): string {
  return result.ok ? 'accepted' : result.fault.message;
}

describe('when money is refused', () => {
  it.each([
    ['', 'an amount cannot be empty'],
    ['1 0', 'an amount has no spaces'],
    ['1e3', 'an amount is written without an exponent'],
    ['-1', 'an amount has no sign'],
    ['\u0661', 'an amount is written with the digits 0 to 9'],
    ['1,000', 'an amount has no separators'],
    ['1.0.0', 'an amount has one decimal point at most'],
    ['01', 'an amount has no leading zeros'],
    ['x', 'an amount is written like `12` or `12.50`'],
    ['9'.repeat(65), 'an amount has fewer digits'],
    ['1.5', 'a whole number is expected here, without decimals'],
    ['9007199254740992', 'the amount is above 9007199254740991 minor units'],
  ])('says of %j that %s', (text, words) => {
    expect(wordsOf(parseMinor(text))).toBe(words);
  });

  it('says what is wrong with its currency, its decimals or its form', () => {
    expect(wordsOf(parseCurrency('Usd'))).toBe('a currency is a code of three letters, for example `USD`');
    expect(wordsOf(parseCurrency('xxx'))).toBe('`XXX` is not an active currency code of ISO 4217');
    expect(wordsOf(parseMajor('1.005', 'USD', NO_OVERRIDES))).toBe('the amount has more than 2 decimals');
    expect(wordsOf(parseMajor('1', 'USD', new Map([['USD', 9]])))).toBe('the decimals of `USD` are not known');
    expect(wordsOf(moneyFromUnits(1n, 'BTC', NO_OVERRIDES))).toBe('the currency is not known');
    expect(wordsOf(moneyFromUnits(1n, 'ISK', new Map([['ISK', 2]])))).toBe('the amount is finer than the smallest unit of ISK'); // prettier-ignore
    expect(wordsOf(moneyFromUnits(-1n, 'USD', NO_OVERRIDES))).toBe('the amount is below zero');
    expect(wordsOf(parseMoneyBound('500'))).toBe('money is written as an amount and a currency: `500 USD`');
    expect(wordsOf(parseMoneyBound(new Map()))).toBe('a money bound names one currency at least');
    expect(wordsOf(parseMoneyBound(new Map([['USD', '1'], ['usd', '2']])))).toBe('the bound names `USD` twice'); // prettier-ignore
  });
});

describe('when an amount is in minor units', () => {
  it.each([
    ['0', 0n],
    ['1', 1n],
    ['9007199254740991', 9007199254740991n],
  ])('reads %s', (text, minor) => {
    expect(parseMinor(text)).toEqual({ ok: true, value: minor });
  });

  it.each(['10.5', '10.0'])('refuses the decimals of %s', (text) => {
    expect(codeOf(parseMinor(text))).toBe('too_many_decimals');
  });
});

describe('when an amount is in major units', () => {
  it.each([
    ['10', 'USD', 1000n],
    ['10.5', 'USD', 1050n],
    ['0.01', 'USD', 1n],
    ['0', 'USD', 0n],
    ['0.00', 'USD', 0n],
    ['1200', 'JPY', 1200n],
    ['1.234', 'KWD', 1234n],
    ['1.2345', 'CLF', 12345n],
    ['12.34', 'HUF', 1234n],
    ['12.34', 'IDR', 1234n],
    ['5', 'UGX', 5n],
    ['5', 'XPF', 5n],
    ['90071992547409.91', 'USD', 9007199254740991n],
  ])('reads %s %s', (text, currency, minor) => {
    expect(minorOf(text, currency)).toBe(minor);
  });

  it.each([
    ['1.005', 'USD', 'too_many_decimals'],
    ['1.000', 'USD', 'too_many_decimals'],
    ['1.0', 'JPY', 'too_many_decimals'],
    ['1.2345', 'TND', 'too_many_decimals'],
    ['90071992547409.92', 'USD', 'too_large'],
    ['5', 'XXX', 'unknown_currency'],
    ['5', 'BTC', 'unknown_currency'],
    ['5', 'Usd', 'malformed_currency'],
  ])('refuses %s %s as %s', (text, currency, code) => {
    expect(minorOf(text, currency)).toBe(code);
  });
});

describe('when a provider departs from ISO 4217', () => {
  const exponents = new Map([
    ['ISK', 2],
    ['HUF', 0],
    ['USD', 9],
  ]);

  it('keeps the money in the minor unit of ISO 4217', () => {
    expect(moneyFromUnits(50000n, 'ISK', exponents)).toEqual({ ok: true, value: { currency: 'ISK', minor: 500n } });
    expect(minorOf('12', 'HUF', exponents)).toBe(1200n);
  });

  it('refuses an amount finer than the currency', () => {
    expect(codeOf(moneyFromUnits(50001n, 'ISK', exponents))).toBe('too_many_decimals');
    expect(minorOf('12.5', 'HUF', exponents)).toBe('too_many_decimals');
  });

  it('refuses an amount that the currency makes too large', () => {
    expect(codeOf(moneyFromUnits(9007199254740991n, 'HUF', exponents))).toBe('too_large');
  });

  it('refuses an exponent that is out of range and a currency that is not in the table', () => {
    expect(providerExponent('USD', exponents)).toBeUndefined();
    expect(minorOf('1', 'USD', exponents)).toBe('unknown_currency');
    expect(codeOf(moneyFromUnits(1n, 'BTC', new Map([['BTC', 8]])))).toBe('unknown_currency');
  });

  it('refuses an amount below zero', () => {
    expect(codeOf(moneyFromUnits(-1n, 'USD', NO_OVERRIDES))).toBe('sign');
  });
});

describe('when a currency is named', () => {
  it.each([
    ['USD', 'USD'],
    ['usd', 'USD'],
  ])('reads %s', (text, code) => {
    expect(parseCurrency(text)).toEqual({ ok: true, value: code });
  });

  it.each([
    ['Usd', 'malformed_currency'],
    ['US', 'malformed_currency'],
    ['USDC', 'malformed_currency'],
    ['USD\n', 'malformed_currency'],
    ['u\u017fd', 'malformed_currency'],
    ['\uff35\uff33\uff24', 'malformed_currency'],
    ['', 'malformed_currency'],
    ['XXX', 'unknown_currency'],
    ['xau', 'unknown_currency'],
    ['HRK', 'unknown_currency'],
  ])('refuses %j as %s', (text, code) => {
    expect(codeOf(parseCurrency(text))).toBe(code);
  });

  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['CLP', 0],
    ['VND', 0],
    ['ISK', 0],
    ['UGX', 0],
    ['XOF', 0],
    ['XAF', 0],
    ['BHD', 3],
    ['IQD', 3],
    ['JOD', 3],
    ['KWD', 3],
    ['LYD', 3],
    ['OMR', 3],
    ['TND', 3],
    ['HUF', 2],
    ['IDR', 2],
    ['MGA', 2],
    ['UYW', 4],
    ['XTS', undefined],
    ['', undefined],
  ])('gives %s %s decimals', (code, exponent) => {
    expect(isoExponent(code)).toBe(exponent);
  });
});

describe('when money is shown', () => {
  it.each([
    ['USD', 50000n, '500.00 USD'],
    ['USD', 5n, '0.05 USD'],
    ['USD', 0n, '0.00 USD'],
    ['USD', -5n, '-0.05 USD'],
    ['JPY', 1200n, '1200 JPY'],
    ['KWD', 1n, '0.001 KWD'],
    ['BTC', 1n, '1 minor units of BTC'],
  ])('shows %s %s as %s', (currency, minor, text) => {
    expect(formatMoney({ currency, minor })).toBe(text);
  });

  it('reads back as the same money', () => {
    const currencies = fc.constantFrom('USD', 'JPY', 'KWD', 'CLF', 'ISK', 'HUF');
    fc.assert(
      fc.property(currencies, fc.bigInt({ min: 0n, max: 9007199254740991n }), (currency, minor) => {
        expect(parseMoney(formatMoney({ currency, minor }))).toEqual({ ok: true, value: { currency, minor } });
      }),
    );
  });

  it('reads no text but those of its grammar', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', ',', ' ', '\uff10') }), (text) => {
        const wellFormed = /^(0|[1-9][0-9]*)(\.[0-9]{1,2})?$/.test(text) && text.length < 15;
        if (text.length < 15) expect(parseMajor(text, 'USD', NO_OVERRIDES).ok).toBe(wellFormed);
      }),
    );
  });
});

describe('when a policy states a bound', () => {
  it('reads a text and a map', () => {
    expect(parseMoneyBound('500 USD')).toEqual({ ok: true, value: new Map([['USD', 50000n]]) });
    const map = new Map([
      ['USD', '10000'],
      ['eur', '9000.50'],
    ]);
    const result = parseMoneyBound(map);
    expect(result).toEqual({ ok: true, value: new Map([['USD', 1000000n], ['EUR', 900050n]]) }); // prettier-ignore
    expect(result.ok && formatMoneyBound(result.value)).toBe('10000.00 USD or 9000.50 EUR');
  });

  it.each([
    ['500', 'malformed_bound'],
    ['500USD', 'malformed_bound'],
    ['500  USD', 'malformed_bound'],
    ['500 USD ', 'malformed_bound'],
    [' USD', 'empty'],
    ['-1 USD', 'sign'],
    ['1.005 USD', 'too_many_decimals'],
    ['1 ABC', 'unknown_currency'],
  ])('refuses %j as %s', (text, code) => {
    expect(codeOf(parseMoneyBound(text))).toBe(code);
  });

  it('refuses an empty map, a bad amount and a currency named twice', () => {
    expect(codeOf(parseMoneyBound(new Map()))).toBe('empty');
    expect(codeOf(parseMoneyBound(new Map([['USD', 'x']])))).toBe('not_a_number');
    expect(codeOf(parseMoneyBound(new Map([['USD', '1'], ['usd', '2']])))).toBe('duplicate_currency'); // prettier-ignore
  });
});
