import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fate, FATES, flowOf, MoneySums, toldBy } from '../../../src/audit/report/money.ts';
import { KINDS } from '../../../src/core/kinds.ts';
import { formatMoney } from '../../../src/core/money.ts';

const minor = fc.bigInt(0n, 2n ** 53n - 1n);
const money = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'JPY', 'BHD', 'CLF'), minor });
const entry = fc.record({ flow: fc.constantFrom('out', 'in', 'commit'), money, fate: fc.constantFrom<Fate>(...FATES) });

const DECIMALS: Readonly<Record<string, number>> = { USD: 2, EUR: 2, JPY: 0, BHD: 3, CLF: 4 };

/** The text of a sum, by a dull model: whole units and the rest. */
function textOf(sum: bigint, currency: string): string {
  const unit = 10n ** BigInt(DECIMALS[currency]!);
  const rest = String(sum % unit).padStart(DECIMALS[currency]!, '0');
  return unit === 1n ? String(sum) : `${sum / unit}.${rest}`;
}

describe('sums of money', () => {
  it('are exact to the smallest unit, however many and however large the amounts are', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const sums = new MoneySums();
        for (const { flow, money: amount, fate } of entries) sums.add(flow, amount, fate);
        for (const row of sums.rows())
          for (const fate of FATES) {
            const mine = entries.filter(
              (one) => one.flow === row.flow && one.fate === fate && one.money.currency === row.currency,
            );
            expect(row[fate]).toBe(
              textOf(
                mine.reduce((all, one) => all + one.money.minor, 0n),
                row.currency,
              ),
            );
          }
        expect(sums.rows().reduce((all, { calls }) => all + calls, 0)).toBe(entries.length);
      }),
    );
  });

  it('never mix currencies or directions', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const sums = new MoneySums();
        for (const { flow, money: amount, fate } of entries) sums.add(flow, amount, fate);
        const keys = new Set(entries.map(({ flow, money: { currency } }) => `${currency} ${flow}`));
        expect(sums.rows().map(({ currency, flow }) => `${currency} ${flow}`)).toEqual([...keys].sort());
      }),
    );
  });

  it('do not suffer what floats would: ten times 0.10 is 1.00', () => {
    const sums = new MoneySums();
    for (let time = 0; time < 10; time += 1) sums.add('out', { currency: 'USD', minor: 10n }, 'moved');
    expect(sums.rows()[0]?.moved).toBe('1.00');
  });
});

describe('a revealed amount', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(money, (amount) => {
        expect(toldBy(formatMoney(amount))).toEqual({ is: 'amount', money: amount });
      }),
    );
  });

  it.each([
    'unknown',
    '',
    '12.50',
    'USD 12.50',
    '-1.00 USD',
    '1e3 USD',
    '1.234 USD',
    '12.50 XXX',
    '１２ USD',
    '12.50  USD',
    'NaN USD',
  ])('that is %j is not added to anything', (text) => {
    expect(toldBy(text)).toEqual({ is: 'untold' });
  });

  it('that is not there is not revealed', () => {
    expect(toldBy(null)).toEqual({ is: 'unrevealed' });
  });
});

describe('the direction of a call', () => {
  it('is that of its kind, and none where no money moves', () => {
    expect(flowOf('refund')).toBe('out');
    expect(flowOf('charge')).toBe('in');
    expect(flowOf('mandate')).toBe('commit');
    expect(flowOf('unclassified')).toBe('unclassified');
    for (const kind of ['read', 'void', 'no-such-kind', 'constructor', null]) expect(flowOf(kind)).toBeNull();
    expect(KINDS.map(flowOf).filter((flow) => flow === 'out')).toHaveLength(7);
  });
});
