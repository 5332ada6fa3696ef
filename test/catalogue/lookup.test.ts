import { describe, expect, it } from 'vitest';
import { CatalogueError, classifierFor, PROVIDER_NAMES } from '../../src/catalogue/index.ts';
import { fromPlain } from '../../src/core/json.ts';
import { args, kindOf, toolOf, whyOf } from './support.ts';

/** The names as they are shown. */
const KNOWN = [
  'adyen',
  'agentcash',
  'airwallex',
  'alby',
  'brex',
  'chargebee',
  'coinbase-agentkit',
  'conway-terminal',
  'creem',
  'dodopayments',
  'gocardless',
  'mollie',
  'paddle',
  'paypal',
  'paystack',
  'quickbooks',
  'quickbooks-official',
  'razorpay',
  'sandbox',
  'square',
  'stripe',
  'wise',
  'worldpay',
  'xero',
]
  .map((name) => `\`${name}\``)
  .join(', ');

const STRIPE_REFUND = {
  type: 'object',
  properties: { payment_intent: { type: 'string' }, amount: { type: 'integer' } },
};

describe('when an upstream states its provider', () => {
  it('knows 24 providers', () => {
    expect(PROVIDER_NAMES).toEqual([
      'adyen',
      'agentcash',
      'airwallex',
      'alby',
      'brex',
      'chargebee',
      'coinbase-agentkit',
      'conway-terminal',
      'creem',
      'dodopayments',
      'gocardless',
      'mollie',
      'paddle',
      'paypal',
      'paystack',
      'quickbooks',
      'quickbooks-official',
      'razorpay',
      'sandbox',
      'square',
      'stripe',
      'wise',
      'worldpay',
      'xero',
    ]);
  });

  it.each([['visa'], ['Stripe'], ['__proto__'], ['']])('refuses `%s`, and names those it knows', async (name) => {
    const refusal = classifierFor(name, new Map(), null);
    await expect(refusal).rejects.toBeInstanceOf(CatalogueError);
    await expect(refusal).rejects.toMatchObject({
      code: 'unknown_provider',
      message: `there is no provider \`${name}\` in the catalogue; it knows ${KNOWN}`,
    });
  });

  it('classifies a tool whose listed schema is as it was written down', async () => {
    const tool = await toolOf('stripe', 'create_refund', STRIPE_REFUND);
    expect(tool).toMatchObject({
      ...{ possible: [{ kind: 'refund', direction: 'out' }], why: null, generic: false },
    });
  });

  it('leaves a tool unclassified that the catalogue does not know', async () => {
    const tool = await toolOf('stripe', 'send_everything', STRIPE_REFUND);
    expect(tool.why).toBe('the catalogue of `stripe` does not know it');
    expect(kindOf(tool.call(args({ amount: 1 })))).toBe('unclassified');
  });

  it.each(['constructor', '__proto__', 'toString'])('does not take `%s` for an entry', async (name) => {
    expect((await toolOf('stripe', name, STRIPE_REFUND)).why).toBe('the catalogue of `stripe` does not know it');
  });
});

describe('when an upstream states no provider', () => {
  it('leaves every tool unclassified, with unknown facts', async () => {
    const tool = await toolOf(null, 'create_refund', STRIPE_REFUND);
    expect(tool.why).toBe('its upstream states no `provider`, and no entry of its own under `tools`');
    expect(tool.possible).toEqual([{ kind: 'unclassified', why: tool.why }]);
    const { facts } = tool.call(args({ payment_intent: 'pi', amount: 1 }));
    expect(Object.values(facts).map(({ state }) => state as string)).toEqual(Array(6).fill('unknown'));
  });

  it.each([[null], [{ name: 7 }], ['create_refund'], [[]]])(
    'survives a definition that is none: %j',
    async (definition) => {
      const classifier = await classifierFor('stripe', new Map(), null);
      expect(classifier.tool(fromPlain(definition)).why).toBe('its definition has no name');
    },
  );
});

describe('when the listed schema differs from the catalogue', () => {
  it.each([
    ['lacks a path', { payment_intent: { type: 'string' } }, 'its listed schema has no `amount`'],
    [
      'has another type, which may mean another unit',
      { payment_intent: { type: 'string' }, amount: { type: 'number' } },
      'the catalogue knows `amount` as integer, and its listed schema does not',
    ],
    [
      'declares no type',
      { payment_intent: { type: 'string' }, amount: {} },
      'the catalogue knows `amount` as integer, and its listed schema does not',
    ],
    ['lacks the reference', { amount: { type: 'integer' } }, 'its listed schema has no `payment_intent`'],
  ])('leaves the tool unclassified if it %s', async (_, properties, words) => {
    const tool = await toolOf('stripe', 'create_refund', { type: 'object', properties });
    expect(tool.why).toContain(words);
    expect(kindOf(tool.call(args({ payment_intent: 'pi', amount: 1 })))).toBe('unclassified');
  });

  it('leaves the tool unclassified if it names nothing at all', async () => {
    const tool = await toolOf('stripe', 'create_refund', { type: 'object' });
    expect(tool.why).toBe(
      "`amount` lies in an open object, and the catalogue's entry does not say what it accepts there",
    );
  });

  it('takes a nullable type, a reference and an alternative for what they are', async () => {
    const schema = {
      type: 'object',
      properties: {
        payment_intent: { $ref: '#/$defs/id' },
        amount: { anyOf: [{ type: ['integer', 'null'] }, { type: 'null' }] },
      },
      $defs: { id: { type: 'string' } },
    };
    expect((await toolOf('stripe', 'create_refund', schema)).why).toBeNull();
  });
});

describe('when the operator writes entries', () => {
  const schema = { type: 'object', properties: { sum: { type: 'string' }, why: { type: 'string' } } };

  it('classifies a tool that the catalogue does not know', async () => {
    const own = [
      {
        kind: 'payout',
        amounts: [{ path: 'sum', unit: 'major', form: 'decimal-string', absent: 'unknown' }],
        currency: { constant: 'EUR' },
        reason: 'why',
      },
    ] as const;
    const tool = await toolOf(null, 'wire_it', schema, { own });
    expect(tool.call(args({ sum: '12.50', why: 'rent' }))).toMatchObject({
      classification: { kind: 'payout', direction: 'out' },
      facts: {
        amount: { state: 'known', value: { currency: 'EUR', minor: 1250n } },
        reason: { state: 'known', value: 'rent' },
      },
    });
  });

  it('takes them in place of the catalogue, not beside it', async () => {
    const tool = await toolOf('stripe', 'create_refund', STRIPE_REFUND, { own: [{ kind: 'payout' }] });
    expect(tool.possible).toEqual([{ kind: 'payout', direction: 'out' }]);
  });

  it('holds them to the listed schema too', async () => {
    const tool = await toolOf('stripe', 'create_refund', STRIPE_REFUND, { own: [{ kind: 'read', reason: 'memo' }] });
    expect(tool.why).toBe('the catalogue knows it with `memo`, and its listed schema has no `memo`');
  });

  it.each([
    ['is empty', [], 'its list of catalogue entries is empty'],
    [
      'has several entries without `when`',
      [{ kind: 'read' }, { kind: 'refund' }],
      'it has several catalogue entries, and one of them has no `when`',
    ],
    [
      'has a path that is none',
      [{ kind: 'refund', reason: 'a..b' }],
      'the catalogue\'s path `a..b` cannot be read: a path is written like `a.b[*].c[0]["odd.key"]`; it stops making sense at character 2',
    ],
  ] as const)('leaves the tool unclassified if their list %s', async (_, own, words) => {
    expect((await toolOf('stripe', 'create_refund', STRIPE_REFUND, { own })).why).toBe(words);
  });

  it('recognises a use of a generic tool only with the names it says', async () => {
    const open = { type: 'object', properties: { op: { type: 'string' }, body: { type: 'object' } } };
    const own = [
      { kind: 'refund', when: { op: ['refund'] }, accepts: ['body.id', 'body.lines[*].sku'] },
      { kind: 'read', when: { op: ['look'] } },
    ] as const;
    const tool = await toolOf(null, 'run', open, { own });
    expect(tool.generic).toBe(true);
    expect(tool.possible.map(({ kind }) => kind)).toEqual(['refund', 'read', 'unclassified']);
    expect(kindOf(tool.call(args({ op: 'refund', body: { id: 'x', lines: [{ sku: 'a' }, {}] } })))).toBe('refund');
    expect(whyOf(tool.call(args({ op: 'refund', body: { id: 'x', all: true } })))).toBe(
      'the catalogue does not know this use of it with `body.all`',
    );
    expect(kindOf(tool.call(args({ op: 'refund', body: { lines: [{ sku: 'a' }, { qty: 1 }] } })))).toBe('unclassified');
    expect(kindOf(tool.call(args({ op: 'look' })))).toBe('read');
    // Without `accepts` nothing of the open object is known.
    expect(kindOf(tool.call(args({ op: 'look', body: { id: 'x' } })))).toBe('unclassified');
  });
});

describe('when the operator states the only currency of the account', () => {
  it('marks the amount as assumed', async () => {
    const tool = await toolOf('stripe', 'create_refund', STRIPE_REFUND, { assume: 'USD' });
    expect(tool.call(args({ payment_intent: 'pi', amount: 1250 })).facts.amount).toEqual({
      ...{ state: 'known', value: { currency: 'USD', minor: 1250n }, assumed: true },
    });
  });

  it('reads amounts with the decimals that the provider uses', async () => {
    // Stripe's 5000 ISK are 50 krónur, which have no decimals.
    const tool = await toolOf('stripe', 'create_refund', STRIPE_REFUND, { assume: 'ISK' });
    expect(tool.call(args({ payment_intent: 'pi', amount: 5000 })).facts.amount).toMatchObject({
      value: { currency: 'ISK', minor: 50n },
    });
  });
});
