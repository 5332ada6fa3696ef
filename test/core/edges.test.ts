/** The last value on either side of a bound, where another answer would let an amount through or break a window. */
import { describe, expect, it } from 'vitest';
import { parseScaled } from '../../src/core/amount-text.ts';
import { orderOf } from '../../src/core/compare.ts';
import { providerExponent } from '../../src/core/currencies.ts';
import { JsonNumber } from '../../src/core/json.ts';
import { moneyFromUnits, parseMajorUnits } from '../../src/core/money.ts';
import { windowAt } from '../../src/core/windows.ts';
import { readUnits } from '../../src/core/written-number.ts';

describe('when a provider counts in decimals of its own', () => {
  it('takes up to eight and no more', () => {
    expect(providerExponent('USD', new Map([['USD', 8]]))).toBe(8);
    expect(providerExponent('USD', new Map([['USD', 9]]))).toBeUndefined();
  });

  it('makes no money of an exponent that is none', () => {
    expect(moneyFromUnits(1n, 'USD', new Map([['USD', 9]]))).toMatchObject({
      ok: false,
      fault: { code: 'unknown_currency' },
    });
  });
});

describe('when an amount is as large as it may be', () => {
  it('is refused one minor unit above, before anything is multiplied with it', () => {
    expect(parseMajorUnits('90071992547409.91', 2)).toMatchObject({ ok: true, value: 9_007_199_254_740_991n });
    expect(parseMajorUnits('90071992547409.92', 2)).toMatchObject({ ok: false, fault: { code: 'too_large' } });
  });

  it('is read up to the longest text, and refused beyond it', () => {
    const longest = `1.${'0'.repeat(62)}`;
    expect(parseScaled(longest).ok).toBe(true);
    expect(parseScaled(`${longest}0`)).toMatchObject({ ok: false, fault: { code: 'too_large' } });
  });
});

describe('when a whole number is expected as a number or a text', () => {
  it.each(['12.50', '12.0'])('refuses %s in either', (text) => {
    for (const value of [text, new JsonNumber(text)])
      expect(readUnits(value, 'integer-or-string', 'major', 2)).toMatchObject({
        ok: false,
        fault: { code: 'too_many_decimals' },
      });
  });
});

describe('when a list of one date meets a date', () => {
  it('has no order, though a text made of it would be one', () => {
    const [list, date] = [['2026-01-02'], '2026-01-01'];
    expect(orderOf({ is: 'value', value: list }, { is: 'value', value: date })).toBeUndefined();
    expect(orderOf({ is: 'value', value: date }, { is: 'value', value: list })).toBeUndefined();
  });
});

describe('when a zone shifts its clocks by half an hour at the end of an hour', () => {
  it('ends the hour there, and not a millisecond before', () => {
    const shiftMs = Date.UTC(2026, 9, 3, 15, 30); // Lord Howe Island, 02:00 becomes 02:30
    const window = { is: 'calendar', unit: 'hour', timezone: 'Australia/Lord_Howe' } as const;
    expect(windowAt(window, shiftMs - 1)).toMatchObject({ endMs: shiftMs });
    expect(windowAt(window, shiftMs)).toMatchObject({ startMs: shiftMs });
  });
});
