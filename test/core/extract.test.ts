import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractFacts, fromPlain, JsonNumber, unknownFacts } from '../../src/core/index.ts';
import { compileEntry, EntryError } from '../../src/core/compiled-entry.ts';
import type {
  Json,
  AmountSpec,
  CatalogueEntry,
  Fact,
  JsonObject,
  Money,
  MoneyFacts,
  Reading,
} from '../../src/core/index.ts';
import { object } from './build.ts';

const ISO: Reading = { exponents: new Map(), assumeCurrency: null };
const ASSUME: Reading = { ...ISO, assumeCurrency: 'USD' };

function extract(entry: CatalogueEntry, args: Record<string, unknown>, reading = ISO): MoneyFacts {
  return extractFacts(entry, object(args), reading);
}

function refund(amount: Partial<AmountSpec> = {}, more: Partial<CatalogueEntry> = {}): CatalogueEntry {
  const spec: AmountSpec = { path: 'amount', unit: 'minor', form: 'integer', absent: 'full', ...amount };
  return { kind: 'refund', amounts: [spec], currency: { path: 'currency' }, ...more };
}

/** The amount as `500.00 USD`-like text, or why there is none. */
function show(fact: Fact<Money>): string {
  if (fact.state === 'known')
    return `${fact.value.minor} ${fact.value.currency}${fact.assumed === true ? ' ASSUMED' : ''}`;
  return fact.state === 'absent' ? 'absent' : fact.why;
}

function literal(text: string): JsonObject {
  return new Map<string, Json>([
    ['amount', new JsonNumber(text)],
    ['currency', 'usd'],
  ]);
}

describe('when an amount is written in its declared form', () => {
  it.each<[Partial<AmountSpec>, unknown, string]>([
    [{ unit: 'minor', form: 'integer' }, 1050, '1050 USD'],
    [{ unit: 'minor', form: 'integer-string' }, '1050', '1050 USD'],
    [{ unit: 'minor', form: 'number' }, 1050, '1050 USD'],
    [{ unit: 'major', form: 'integer' }, 10, '1000 USD'],
    [{ unit: 'major', form: 'number' }, 10.5, '1050 USD'],
    [{ unit: 'major', form: 'decimal-string' }, '10.50', '1050 USD'],
    [{ unit: 'major', form: 'integer-string' }, '10', '1000 USD'],
  ])('reads %j of %j as %s', (spec, amount, text) => {
    expect(show(extract(refund(spec), { amount, currency: 'USD' }).amount)).toBe(text);
  });

  it.each<[Partial<AmountSpec>, unknown, string]>([
    [{ form: 'integer' }, '1050', 'it must be of type number, and is of type string'],
    [{ form: 'integer' }, 10.5, 'a whole number is expected here, without decimals'],
    [{ form: 'integer' }, -5, 'an amount has no sign'],
    [{ form: 'integer' }, true, 'it must be of type number, and is of type boolean'],
    [{ form: 'integer' }, {}, 'it must be of type number, and is of type object'],
    [{ form: 'integer-string' }, 1050, 'it must be of type string, and is of type number'],
    [{ form: 'integer-string' }, '1,000', 'an amount has no separators'],
    [{ form: 'number', unit: 'minor' }, 10.5, 'a whole number is expected here, without decimals'],
    [{ form: 'number', unit: 'major' }, 1.005, 'the amount has more than 2 decimals'],
    [{ form: 'decimal-string', unit: 'major' }, '-1', 'an amount has no sign'],
    [{ form: 'decimal-string', unit: 'major' }, '1e3', 'an amount is written without an exponent'],
    [{ form: 'decimal-string', unit: 'major' }, 10.5, 'it must be of type string, and is of type number'],
  ])('does not read %j of %j', (spec, amount, why) => {
    const { amount: fact } = extract(refund(spec), { amount, currency: 'USD' });
    expect(fact).toEqual({ state: 'unknown', given: true, why: `\`amount\` cannot be read: ${why}` });
  });

  it.each(['1e3', '1E3', '10.0', '-0', '1e-2', '9007199254740992'])(
    'does not read the literal %s as an integer',
    (text) => {
      expect(extractFacts(refund(), literal(text), ISO).amount.state).toBe('unknown');
    },
  );

  it('compares what was written rather than what a double makes of it', () => {
    const written = extractFacts(refund({ unit: 'major', form: 'number' }), literal('10000.000000000000001'), ISO);
    expect(written.amount.state).toBe('unknown');
  });

  it('reads an amount whose provider departs from ISO 4217', () => {
    const reading = { ...ISO, exponents: new Map([['ISK', 2]]) };
    expect(show(extract(refund(), { amount: 50000, currency: 'ISK' }, reading).amount)).toBe('500 ISK');
    expect(show(extract(refund(), { amount: 50050, currency: 'ISK' }, reading).amount)).toBe(
      'the amount is finer than the smallest unit of ISK',
    );
    const broken = { ...ISO, exponents: new Map([['USD', -1]]) };
    expect(show(extract(refund(), { amount: 5, currency: 'USD' }, broken).amount)).toBe(
      'the decimals of USD are not known',
    );
  });
});

describe('when an amount is left out', () => {
  it.each<[AmountSpec['absent'], string]>([
    ['full', '`amount` is left out, which means everything there is'],
    ['unknown', '`amount` is left out, and what the server takes instead cannot be known'],
    ['zero', '0 USD'],
  ])('takes %s by the entry', (absent, text) => {
    for (const args of [{}, { amount: null }, { amount: ' \t' }]) {
      const fact = extract(refund({ absent }), { ...args, currency: 'USD' }).amount;
      expect(show(fact)).toBe(text);
      if (fact.state === 'unknown') expect(fact.given).toBe(false);
    }
  });

  it('does not take a written zero for nothing where nothing means everything', () => {
    expect(extract(refund(), { amount: 0, currency: 'USD' }).amount).toEqual({
      state: 'unknown',
      given: true,
      why: '`amount` is zero, which a server may take for everything there is',
    });
    expect(show(extract(refund({ absent: 'unknown' }), { amount: 0, currency: 'USD' }).amount)).toBe('0 USD');
  });

  it('is unknown when something else stands on the way to it', () => {
    const entry = refund({ path: 'money.amount', absent: 'zero' });
    expect(extract(entry, { money: 'x', currency: 'USD' }).amount).toEqual({
      state: 'unknown',
      given: false,
      why: '`money.amount` cannot be read: it is not where the tool expects it',
    });
  });

  it('is unknown when an entry that moves money has no amount, and absent when it moves none', () => {
    expect(show(extract({ kind: 'payment_link' }, {}, ASSUME).amount)).toBe('the arguments carry no amount');
    expect(extract({ kind: 'read' }, {}, ASSUME)).toMatchObject({
      amount: { state: 'absent' },
      currency: { state: 'absent' },
    });
    const quote = refund({}, { kind: 'quote' });
    expect(show(extract(quote, { amount: 5, currency: 'USD' }).amount)).toBe('5 USD');
    expect(extract({ kind: 'read', currency: { constant: 'EUR' } }, {}).currency).toEqual({
      state: 'known',
      value: 'EUR',
    });
  });
});

describe('when an amount is not counted in money', () => {
  it.each(['token', 'sat', 'percent'] as const)('never makes money of %s', (unit) => {
    expect(show(extract(refund({ unit, form: 'number' }), { amount: 5, currency: 'USD' }).amount)).toBe(
      'it is not counted in money',
    );
  });

  it('is unknown as soon as such a part is there, and not when it is left out', () => {
    const amounts: AmountSpec[] = [
      { path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' },
      { path: 'fee', unit: 'percent', form: 'number', absent: 'zero' },
    ];
    const entry = refund({}, { amounts });
    expect(show(extract(entry, { amount: 5, currency: 'USD' }).amount)).toBe('5 USD');
    expect(show(extract(entry, { amount: 5, fee: 2, currency: 'USD' }).amount)).toBe('`fee` is not counted in money');
  });
});

describe('when a call has line items', () => {
  const items = (absent: AmountSpec['absent'] = 'unknown', quantity: 'one' | 'unknown' = 'one'): CatalogueEntry => ({
    kind: 'invoice',
    amounts: [
      {
        path: 'items[*].price',
        unit: 'minor',
        form: 'integer',
        absent,
        times: [{ path: 'items[*].quantity', form: 'decimal-string', absent: quantity }],
      },
      { path: 'shipping', unit: 'minor', form: 'integer', absent: 'zero' },
    ],
    currency: { path: 'items[*].currency' },
  });
  const item = (price?: unknown, quantity?: unknown, currency = 'USD') => ({ price, quantity, currency });

  it('adds every item times its quantity', () => {
    const args = { items: [item(100, '3'), item(50), item(10, '1.5')], shipping: 7 };
    expect(show(extract(items(), args).amount)).toBe('372 USD');
  });

  it.each<[string, unknown, string]>([
    [
      'a price is left out',
      [item(100), item()],
      '`items[*].price` is left out, and what the server takes instead cannot be known',
    ],
    ['an item is no object', [item(100), 'x'], '`items[*].currency` is not a currency code'],
    ['a quantity is signed', [item(1, '-3')], '`items[*].quantity` cannot be read: an amount has no sign'],
    [
      'a quantity is of another type',
      [item(1, 3)],
      '`items[*].quantity` cannot be read: it must be of type string, and is of type number',
    ],
    ['the sum would be rounded', [item(1, '1.5')], '`items[*].price` times its quantity has to be rounded'],
    ['the sum is too large', [item(9007199254740991, '2')], 'the amount is above 9007199254740991 minor units'],
    ['the currencies differ', [item(1), item(1, '1', 'EUR')], '`items[*].currency` names several currencies'],
  ])('is unknown when %s', (_, list, why) => {
    expect(show(extract(items(), { items: list }).amount)).toBe(why);
  });

  it('is unknown when there is no item, no list or another thing', () => {
    for (const args of [{ items: [] }, {}, { items: 'x' }]) {
      expect(extract(items(), args, ASSUME).amount.state).toBe('unknown');
    }
  });

  it('is unknown when an item is not an object, whatever the currency', () => {
    const entry = { ...items(), currency: { constant: 'USD' } };
    expect(show(extract(entry, { items: [item(1), 'x'] }).amount)).toBe(
      '`items[*].price` cannot be read: it is not where the tool expects it',
    );
  });

  it('takes an absent price or quantity for what the entry says', () => {
    expect(show(extract(items('zero'), { items: [item(5), item()] }).amount)).toBe('5 USD');
    expect(show(extract(items('zero', 'unknown'), { items: [item(5)] }).amount)).toBe(
      '`items[*].quantity` is left out',
    );
  });

  it('multiplies by a quantity of the whole call', () => {
    const times = [{ path: 'quantity', form: 'integer', absent: 'unknown' }] as const;
    const entry = refund({ times });
    expect(show(extract(entry, { amount: 5, quantity: 3, currency: 'USD' }).amount)).toBe('15 USD');
    expect(show(extract(entry, { amount: 5, currency: 'USD' }).amount)).toBe('`quantity` is left out');
    expect(show(extract(entry, { amount: 5, quantity: null, currency: 'USD' }).amount)).toBe('`quantity` is left out');
  });

  it('pairs the quantity of an item of an item with its own', () => {
    const times = [{ path: 'orders[*].lines[*].quantity', form: 'integer', absent: 'unknown' }] as const;
    const entry = refund({ path: 'orders[*].lines[*].price', times });
    const line = (price: number, quantity: number) => ({ price, quantity });
    const orders = [{ lines: [line(1, 2), line(3, 4)] }, { lines: [line(5, 6)] }];
    expect(show(extract(entry, { orders, currency: 'USD' }).amount)).toBe('44 USD');
  });

  it('says that the caller wrote an amount as soon as one of several is there', () => {
    const amounts = ['a', 'b'].map((where): AmountSpec => ({
      path: where,
      unit: 'minor',
      form: 'integer',
      absent: 'unknown',
    }));
    const written = (args: Record<string, unknown>) =>
      extract(refund({}, { amounts }), { ...args, currency: 'USD' }).amount;
    expect(written({ a: 5 })).toMatchObject({ state: 'unknown', given: true });
    expect(written({})).toMatchObject({ state: 'unknown', given: false });
  });

  it('does not pair a quantity from another array', () => {
    const times = [{ path: 'others[*].quantity', form: 'integer', absent: 'one' }] as const;
    const entry = refund({ path: 'items[*].price', times });
    const args = { items: [{ price: 5 }], others: [{ quantity: 9 }], currency: 'USD' };
    expect(show(extract(entry, args).amount)).toBe('`others[*].quantity` cannot be paired with its amount');
  });

  it('is unknown when something else stands where the quantity should be', () => {
    const times = [{ path: 'items[*].q.n', form: 'integer', absent: 'one' }] as const;
    const entry = refund({ path: 'items[*].price', times });
    expect(show(extract(entry, { items: [{ price: 5, q: 'x' }], currency: 'USD' }).amount)).toBe(
      '`items[*].q.n` is not where the tool expects it',
    );
  });
});

describe('when something makes the amount unknowable', () => {
  const entry = refund({}, { unknownIf: ['tax.rate', 'discounts[*].id'] });

  it.each([
    [{ tax: { rate: 5 } }, '`tax.rate` is present, and what it adds or takes away cannot be known'],
    [{ tax: 'x' }, '`tax.rate` is present, and what it adds or takes away cannot be known'],
    [{ discounts: [{}, { id: 'd' }] }, '`discounts[*].id` is present, and what it adds or takes away cannot be known'],
    [{ discounts: ['x'] }, '`discounts[*].id` is present, and what it adds or takes away cannot be known'],
  ])('is unknown with %j', (args, why) => {
    expect(show(extract(entry, { amount: 5, currency: 'USD', ...args }).amount)).toBe(why);
  });

  it.each([{}, { tax: null }, { tax: { rate: ' ' } }, { discounts: [] }, { discounts: [{}] }])(
    'is known with %j',
    (args) => {
      expect(show(extract(entry, { amount: 5, currency: 'USD', ...args }).amount)).toBe('5 USD');
    },
  );
});

describe('when the currency is', () => {
  const bare: CatalogueEntry = { kind: 'refund', amounts: refund().amounts ?? [] };

  it('a constant, it is taken', () => {
    expect(extract({ ...bare, currency: { constant: 'eur' } }, { amount: 5 })).toMatchObject({
      currency: { state: 'known', value: 'EUR' },
      amount: { state: 'known', value: { currency: 'EUR', minor: 5n } },
    });
  });

  it('a constant or an assumption that is none, it is unknown and was not given', () => {
    const unknown = { state: 'unknown', why: '`ABC` is not an active currency code of ISO 4217' };
    expect(extract({ ...bare, currency: { constant: 'ABC' } }, { amount: 5 }).currency).toEqual(unknown);
    expect(extract(bare, { amount: 5 }, { ...ISO, assumeCurrency: 'abc' }).currency).toEqual(unknown);
  });

  it('written twice and not the same, it is unknown and was given', () => {
    const entry = refund({}, { currency: { path: 'items[*].currency' } });
    const items = ['USD', 'EUR'].map((currency) => ({ currency }));
    expect(extract(entry, { amount: 5, items }).currency).toEqual({
      state: 'unknown',
      why: '`items[*].currency` names several currencies',
      given: true,
    });
  });

  it('nowhere and nobody assumes one, everything is unknown', () => {
    const why = 'the arguments carry no currency, and only the account knows it';
    expect(extract(bare, { amount: 5 }).currency).toEqual({ state: 'unknown', why });
    expect(extract(bare, { amount: 5 }).amount).toEqual({ state: 'unknown', why, given: true });
    expect(extract(refund(), { amount: 5 }).currency).toEqual({ state: 'unknown', why, given: false });
  });

  it('assumed, currency and amount are marked', () => {
    for (const entry of [bare, refund()]) {
      const facts = extract(entry, { amount: 5, currency: null }, ASSUME);
      expect(facts.currency).toEqual({ state: 'known', value: 'USD', assumed: true });
      expect(show(facts.amount)).toBe('5 USD ASSUMED');
    }
    expect(show(extract(refund(), { amount: 5, currency: 'EUR' }, ASSUME).amount)).toBe('5 EUR');
  });

  it('assumed for a part, it is marked, and must agree', () => {
    const entry = refund({}, { currency: { path: 'items[*].currency' } });
    const args = (currency: string) => ({ amount: 5, items: [{ currency }, {}] });
    expect(extract(entry, args('usd'), ASSUME).currency).toEqual({ state: 'known', value: 'USD', assumed: true });
    expect(extract(entry, args('EUR'), ASSUME).currency).toMatchObject({ state: 'unknown' });
    expect(extract(entry, args('EUR')).currency).toMatchObject({ state: 'unknown', given: true });
    expect(extract(entry, { amount: 5, items: [] }, ASSUME).currency).toMatchObject({ value: 'USD', assumed: true });
  });

  it.each([[5], [{}], ['Usd'], ['US'], ['ABC'], ['\uff35SD'], [['USD']]])(
    'written as %j, it is unknown',
    (currency) => {
      const facts = extract(refund(), { amount: 5, currency }, ASSUME);
      expect(facts.currency).toMatchObject({ state: 'unknown', given: true });
      expect(facts.amount.state).toBe('unknown');
    },
  );

  it('behind something else, it is unknown', () => {
    const entry = refund({}, { currency: { path: 'money.currency' } });
    expect(extract(entry, { amount: 5, money: 'USD' }, ASSUME).currency).toMatchObject({
      state: 'unknown',
      given: false,
    });
  });
});

describe('when an entry names other facts', () => {
  const entry = refund({}, { reason: 'note', recipient: 'to[*].email', reference: 'payment.id', quantity: 'n' });
  const facts = (args: Record<string, unknown>) => extract(entry, args);

  it('takes them as they are written', () => {
    const found = facts({ note: 'damaged', to: [{ email: 'a' }, { email: 'b' }], payment: { id: 'pi_1' }, n: 2 });
    expect(found).toMatchObject({
      reason: { state: 'known', value: 'damaged' },
      recipient: { state: 'known', value: ['a', 'b'] },
      reference: { state: 'known', value: 'pi_1' },
      quantity: { state: 'known', value: fromPlain(2) },
    });
  });

  it('takes null and invisible text for absent', () => {
    for (const note of [undefined, null, '', '  ', '\u200b'])
      expect(facts({ note }).reason).toEqual({ state: 'absent' });
    expect(facts({ to: [] }).recipient).toEqual({ state: 'absent' });
    expect(facts({ to: [{}, { email: ' ' }] }).recipient).toEqual({ state: 'absent' });
  });

  it('does not guess what is half there or somewhere else', () => {
    expect(facts({ to: [{ email: 'a' }, {}] }).recipient.state).toBe('unknown');
    expect(facts({ to: ['a'] }).recipient.state).toBe('unknown');
    expect(facts({ payment: 'pi_1' }).reference.state).toBe('unknown');
  });

  it('says why it does not, and whether the caller wrote something there', () => {
    expect(facts({ to: [{ email: 'a' }, {}] }).recipient).toEqual({
      state: 'unknown',
      why: '`to[*].email` is left out in one place or more',
      given: true,
    });
    for (const to of [['a'], [{}, 'a'], ['a', { email: ' ' }]]) {
      expect(facts({ to }).recipient).toEqual({
        state: 'unknown',
        why: '`to[*].email` is left out in one place or more',
        given: false,
      });
    }
    const inTheWay = facts({ payment: 'pi_1' }).reference;
    expect(inTheWay).toEqual({ state: 'unknown', why: '`payment.id` is not where the tool expects it' });
  });

  it('has none where the entry names no path', () => {
    expect(extract(refund(), {}).reason).toEqual({ state: 'absent' });
  });
});

describe('when an entry is compiled', () => {
  it('is read once, and names the path that it cannot read', () => {
    const entry = refund();
    expect(compileEntry(entry)).toBe(compileEntry(entry));
    const broken = compileEntry(refund({}, { recipient: 'a[' }));
    expect(broken).toBeInstanceOf(EntryError);
    expect(broken).toMatchObject({
      name: 'EntryError',
      code: 'malformed_path',
      message: expect.stringMatching(/^the catalogue path `a\[` cannot be read: a path is written like /) as string,
    });
  });
});

describe('when an entry or a call is out of order', () => {
  it('makes every fact unknown for a path that cannot be read, every time', () => {
    const entry = refund({ path: 'a..b' });
    const why =
      'the catalogue path `a..b` cannot be read: a path is written like `a.b[*].c[0]["odd.key"]`; it stops making sense at character 2';
    const unknown = { state: 'unknown', why };
    for (const facts of [extract(entry, {}), extract(entry, {}), unknownFacts(why)]) {
      expect(facts).toEqual({
        amount: unknown,
        currency: unknown,
        reason: unknown,
        recipient: unknown,
        reference: unknown,
        quantity: unknown,
      });
    }
  });

  it('never throws, and never makes negative money', () => {
    const entry: CatalogueEntry = {
      kind: 'charge',
      amounts: [
        {
          path: 'a',
          unit: 'major',
          form: 'number',
          absent: 'zero',
          times: [{ path: 'q', form: 'number', absent: 'one' }],
        },
        { path: 'b[*].a', unit: 'minor', form: 'integer', absent: 'zero' },
      ],
      currency: { path: 'c' },
      unknownIf: ['b[*].q'],
    };
    const leaf = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom('USD', 'jpy', '1'),
    );
    const args = fc.record({ a: leaf, q: leaf, c: leaf, b: fc.array(fc.record({ a: leaf }, { requiredKeys: [] })) }, { requiredKeys: [] }); // prettier-ignore
    fc.assert(
      fc.property(args, (plain) => {
        const { amount } = extract(entry, plain);
        if (amount.state === 'known') expect(amount.value.minor).toBeGreaterThanOrEqual(0n);
      }),
    );
  });
});

describe('when a server has a currency of its own for calls that name none', () => {
  const entry = refund({}, { currency: { path: 'currency', absent: 'GBP' } });

  it('takes it, and does not mark it as assumed', () => {
    expect(extract(entry, { amount: 5 }, ASSUME).currency).toEqual({ state: 'known', value: 'GBP' });
    expect(show(extract(entry, { amount: 5, currency: null }, ASSUME).amount)).toBe('5 GBP');
  });

  it('takes what the call names before it', () => {
    expect(show(extract(entry, { amount: 5, currency: 'eur' }).amount)).toBe('5 EUR');
    expect(extract(entry, { amount: 5, currency: 'pounds' }).currency.state).toBe('unknown');
  });
});

describe('when an amount may be a number or a string', () => {
  const entry = refund({ form: 'integer-or-string' });

  it.each<[unknown, string]>([
    [1050, '1050 USD'],
    ['1050', '1050 USD'],
    [10.5, '`amount` cannot be read: a whole number is expected here, without decimals'],
    ['10.5', '`amount` cannot be read: a whole number is expected here, without decimals'],
    [true, '`amount` cannot be read: it must be of type number or string, and is of type boolean'],
  ])('reads %j as %s', (amount, text) => {
    expect(show(extract(entry, { amount, currency: 'USD' }).amount)).toBe(text);
  });
});

describe('when an amount only counts with certain values beside it', () => {
  const simple = refund({}, { unknownUnless: { mode: ['payment', null] } });
  const lines = refund({ path: 'lines[*].amount' }, { unknownUnless: { 'lines[*].tax': ['NONE'] } });

  it.each<[unknown, boolean]>([
    ['payment', true],
    [undefined, true],
    ['subscription', false],
    [null, false],
    [['payment'], false],
    [{}, false],
  ])('knows it with %j: %s', (mode, known) => {
    const { amount } = extract(simple, { amount: 5, currency: 'USD', mode });
    expect(amount.state).toBe(known ? 'known' : 'unknown');
  });

  it('says which value makes it another sum', () => {
    const { amount } = extract(simple, { amount: 5, currency: 'USD', mode: 'subscription' });
    expect(show(amount)).toBe('`mode` makes it another sum than the one written');
  });

  it('takes an element that leaves it out for what the entry says of that', () => {
    const entry = refund({ path: 'lines[*].amount' }, { unknownUnless: { 'lines[*].tax': ['NONE', null] } });
    const sum = (of: unknown) => show(extract(entry, { currency: 'USD', lines: of }).amount);
    expect(sum([{ amount: 5 }, { amount: 6, tax: 'NONE' }])).toBe('11 USD');
    expect(sum([{ amount: 5 }, { amount: 6, tax: 'VAT' }])).toBe(
      '`lines[*].tax` makes it another sum than the one written',
    );
    expect(sum([{ amount: 5 }, 6])).toBe('`lines[*].tax` makes it another sum than the one written');
  });

  it('does not take something in its way for left out', () => {
    const entry = refund({}, { unknownUnless: { 'options.mode': ['payment', null] } });
    expect(show(extract(entry, { amount: 5, currency: 'USD', options: 'x' }).amount)).toBe(
      '`options.mode` makes it another sum than the one written',
    );
  });

  it('asks for the value in every element', () => {
    const line = { amount: 5, tax: 'NONE' };
    const sum = (of: unknown) => show(extract(lines, { currency: 'USD', lines: of }).amount);
    expect(sum([line, line])).toBe('10 USD');
    expect(sum([line, { ...line, tax: 'VAT' }])).toBe('`lines[*].tax` makes it another sum than the one written');
    expect(sum([line, { amount: 5 }])).toBe('`lines[*].tax` makes it another sum than the one written');
    expect(sum([line, 5])).toBe('`lines[*].tax` makes it another sum than the one written');
    expect(sum(line)).toBe('`lines[*].tax` makes it another sum than the one written');
  });
});

describe('when a factor is written at the edge of its form', () => {
  const product = (form: AmountSpec['form'], quantity: string | JsonNumber): string => {
    const entry = refund({ times: [{ path: 'quantity', form, absent: 'unknown' }] });
    return show(extract(entry, { amount: 100, currency: 'usd', quantity }).amount);
  };

  it.each<[AmountSpec['form'], string | JsonNumber]>([
    ['integer', new JsonNumber('1.5')],
    ['integer-string', '1.5'],
    ['integer-or-string', '1.5'],
    ['integer-or-string', new JsonNumber('1.5')],
  ])('refuses decimals in the form %s', (form, quantity) => {
    expect(product(form, quantity)).toBe(
      '`quantity` cannot be read: a whole number is expected here, without decimals',
    );
  });

  it('reads 64 characters and no more', () => {
    expect(product('decimal-string', `1.${'0'.repeat(62)}`)).toBe('100 USD');
    expect(product('decimal-string', `1.${'0'.repeat(63)}`)).toBe(
      '`quantity` cannot be read: an amount has fewer digits',
    );
  });
});
