import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierFor } from '../../src/catalogue/index.ts';
import type { Classifier, ToolClassifier } from '../../src/catalogue/index.ts';
import { fromPlain } from '../../src/core/json.ts';
import type { CatalogueEntry } from '../../src/core/entry.ts';
import { connectTo } from '../e2e/support/client.ts';
import { creemServer, squareServer, stripeServer } from '../e2e/support/servers.ts';
import type { LaunchSpec } from '../e2e/support/servers.ts';
import { args, kindOf, toolOf, whyOf } from './support.ts';

/** No call is made, so that nothing has to listen there. */
const NOWHERE = 'http://127.0.0.1:9';

interface Listed {
  readonly classifier: Classifier;
  readonly definitions: ReadonlyMap<string, unknown>;
  tool(name: string): ToolClassifier;
}

async function list(provider: string, spec: LaunchSpec): Promise<Listed> {
  const client: Client = await connectTo(spec);
  const { tools } = await client.listTools();
  await client.close();
  const classifier = await classifierFor(provider, new Map<string, readonly CatalogueEntry[]>(), null);
  const definitions = new Map<string, unknown>(tools.map((tool) => [tool.name, tool]));
  return { classifier, definitions, tool: (name) => classifier.tool(fromPlain(definitions.get(name))) };
}

/** Kinds by tool for everything the server lists; a tool with a fault shows its words. */
function kindsOf(listed: Listed): Record<string, string> {
  const kinds: Record<string, string> = {};
  for (const name of listed.definitions.keys()) {
    const tool = listed.tool(name);
    kinds[name] = tool.why ?? tool.possible[0]?.kind ?? '';
  }
  return kinds;
}

describe("when Stripe's own server lists its tools", () => {
  let stripe: Listed;
  beforeAll(async () => {
    stripe = await list('stripe', stripeServer(NOWHERE));
  });

  it('classifies each of the 22', () => {
    expect(kindsOf(stripe)).toEqual({
      create_customer: 'customer_write',
      list_customers: 'read',
      create_product: 'catalog_write',
      list_products: 'read',
      create_price: 'catalog_write',
      list_prices: 'read',
      create_payment_link: 'payment_link',
      create_invoice: 'invoice',
      list_invoices: 'read',
      create_invoice_item: 'invoice',
      finalize_invoice: 'invoice_issue',
      retrieve_balance: 'read',
      create_refund: 'refund',
      list_payment_intents: 'read',
      list_subscriptions: 'read',
      cancel_subscription: 'subscription',
      update_subscription: 'subscription_charge',
      search_stripe_documentation: 'read',
      list_coupons: 'read',
      create_coupon: 'discount',
      update_dispute: 'dispute',
      list_disputes: 'read',
    });
  });

  it('knows no tool that the server does not list', async () => {
    const { stripe: catalogue } = await import('../../src/catalogue/providers/stripe.ts');
    const known = Object.keys(catalogue.surfaces[0]?.tools ?? {});
    expect(new Set(known)).toEqual(new Set(stripe.definitions.keys()));
  });

  it('knows the payment but not the amount of a refund without a currency', () => {
    const { facts } = stripe.tool('create_refund').call(args({ payment_intent: 'pi_1', amount: 500 }));
    expect(facts.reference).toEqual({ state: 'known', value: 'pi_1' });
    expect(facts.amount.state).toBe('unknown');
    expect(facts.reason.state).toBe('absent');
  });

  it('does not know the amount behind a price', () => {
    const { facts } = stripe.tool('create_payment_link').call(args({ price: 'price_1', quantity: 3 }));
    expect(facts.amount.state).toBe('unknown');
    expect(facts.quantity.state).toBe('known');
  });

  it('does not know what a coupon in percent is worth', () => {
    const coupon = { name: 'c', amount_off: 100, currency: 'USD' };
    const tool = stripe.tool('create_coupon');
    expect(tool.call(args(coupon)).facts.amount).toMatchObject({ value: { currency: 'USD', minor: 100n } });
    expect(tool.call(args({ ...coupon, percent_off: 100 })).facts.amount.state).toBe('unknown');
  });
});

describe("when Creem's own server lists its tools", () => {
  let creem: Listed;
  beforeAll(async () => {
    creem = await list('creem', creemServer(NOWHERE));
  });

  it('classifies all 79, and none of them as generic', () => {
    expect(creem.definitions.size).toBe(79);
    for (const name of creem.definitions.keys()) {
      const tool = creem.tool(name);
      expect([name, tool.why, tool.generic]).toEqual([name, null, false]);
    }
  });

  it('knows what moves money whatever its name', () => {
    expect(kindsOf(creem)).toMatchObject({
      'transactions-refund': 'refund',
      'splits-create': 'payout_rule',
      'affiliates-create-invite': 'payout_rule',
      'subscriptions-update': 'subscription_charge',
      'customer-credits-credit-account': 'credit',
      'customer-credits-create-account': 'credit',
      'events-ingest-events': 'metered_usage',
      'events-preview-events': 'read',
      'webhooks-get-secret': 'secret_read',
      'licenses-validate': 'read',
    });
  });

  it('knows no tool that the server does not list', async () => {
    const { creem: catalogue } = await import('../../src/catalogue/providers/creem.ts');
    const known = Object.keys(catalogue.surfaces[0]?.tools ?? {});
    expect(new Set(known)).toEqual(new Set(creem.definitions.keys()));
  });

  it('calls 40 of them reads, by name', () => {
    const reads = Object.entries(kindsOf(creem)).filter(([, kind]) => kind === 'read');
    expect(reads).toHaveLength(40);
    for (const [name] of reads) expect(name).not.toMatch(/create|update|delete|refund|cancel|credit-account$|secret/);
  });

  it('never knows the amount of a refund, which is always the whole', () => {
    const { facts } = creem.tool('transactions-refund').call(args({ request: { transaction_id: 'tran_1' } }));
    expect(facts.amount.state).toBe('unknown');
    expect(facts.reference).toEqual({ state: 'known', value: 'tran_1' });
  });
});

describe("when Square's own server lists its tools", () => {
  let square: Listed;
  beforeAll(async () => {
    square = await list('square', squareServer(NOWHERE));
  });

  function request(service: unknown, method: unknown, body?: unknown): ReturnType<ToolClassifier['call']> {
    const call = body === undefined ? { service, method } : { service, method, request: body };
    return square.tool('make_api_request').call(args(call));
  }

  const REFUND = { idempotency_key: 'k', payment_id: 'P1', amount_money: { amount: 1250, currency: 'USD' } };

  it('classifies its three tools, the first as generic', () => {
    expect(kindsOf(square)).toEqual({ make_api_request: 'refund', get_type_info: 'read', get_service_info: 'read' });
    const tool = square.tool('make_api_request');
    expect(tool.generic).toBe(true);
    expect(tool.possible.at(-1)).toMatchObject({ kind: 'unclassified' });
  });

  it('recognises a refund by either spelling that the server takes', () => {
    for (const service of ['refunds', 'Refunds']) {
      const { classification, facts } = request(service, 'payment', { ...REFUND, reason: 'broken' });
      expect(classification).toEqual({ kind: 'refund', direction: 'out' });
      expect(facts).toMatchObject({
        amount: { state: 'known', value: { currency: 'USD', minor: 1250n } },
        reason: { state: 'known', value: 'broken' },
        reference: { state: 'known', value: 'P1' },
      });
    }
  });

  it('recognises look-ups by their names', () => {
    expect(kindOf(request('payments', 'list', { limit: 10, location_id: 'L' }))).toBe('read');
    expect(kindOf(request('payments', 'get', { payment_id: 'P1' }))).toBe('read');
    expect(kindOf(request('locations', 'list'))).toBe('read');
    expect(kindOf(request('locations', 'list', {}))).toBe('read');
    expect(kindOf(request('oAuth', 'getTokenStatus', {}))).toBe('read');
    const filter = { state_filter: { states: ['OPEN'] }, date_time_filter: { created_at: { start_at: 'a' } } };
    expect(kindOf(request('orders', 'search', { location_ids: ['L'], query: { filter } }))).toBe('read');
  });

  it('does not take the look-up of a credential for a read', () => {
    expect(kindOf(request('webhookSubscriptions', 'get', { subscription_id: 'w' }))).toBe('secret_read');
    expect(kindOf(request('devices', 'getCode', { id: 'd' }))).toBe('secret_read');
  });

  it('does not know the amount when a tip comes on top', () => {
    const payment = { idempotency_key: 'k', source_id: 's', amount_money: { amount: 100, currency: 'USD' } };
    expect(request('payments', 'create', payment).facts.amount.state).toBe('known');
    const tipped = { ...payment, tip_money: { amount: 900000, currency: 'USD' } };
    expect(kindOf(request('payments', 'create', tipped))).toBe('charge');
    expect(request('payments', 'create', tipped).facts.amount.state).toBe('unknown');
  });

  it('does not know an amount of another type', () => {
    const call = request('refunds', 'payment', { ...REFUND, amount_money: { amount: '1250', currency: 'USD' } });
    expect(kindOf(call)).toBe('refund');
    expect(call.facts.amount.state).toBe('unknown');
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['the service in capitals', 'REFUNDS', 'payment', REFUND],
    ['the service with a space', 'refunds ', 'payment', REFUND],
    ['the service with a letter that only looks alike', 'rеfunds', 'payment', REFUND],
    ['the method in another case', 'refunds', 'Payment', REFUND],
    ['a method of another service', 'refunds', 'create', REFUND],
    ['a service that nobody has', 'transfers', 'create', REFUND],
    ['a method that every object has', 'refunds', 'constructor', REFUND],
    ['a service that is a list', ['refunds'], 'payment', REFUND],
    ['a method that is null', 'refunds', null, REFUND],
    ['no method', 'refunds', undefined, REFUND],
    ['an unlinked refund to anyone', 'refunds', 'payment', { ...REFUND, unlinked: true, destination_id: 'X' }],
    ['a key beside those known', 'refunds', 'payment', { ...REFUND, note: 'x' }],
    ['a key in another case', 'refunds', 'payment', { ...REFUND, Amount_money: { amount: 1 } }],
    ['a key with a dot', 'refunds', 'payment', { ...REFUND, 'amount_money.amount': 1 }],
    ['a key with brackets', 'refunds', 'payment', { ...REFUND, 'amount_money[amount]': 1 }],
    ['a key deeper down', 'refunds', 'payment', { ...REFUND, amount_money: { amount: 1, currency: 'USD', x: 1 } }],
    ['a list where an object is known', 'refunds', 'payment', { ...REFUND, amount_money: [{ amount: 1 }] }],
    ['a text where an object is known', 'refunds', 'payment', { ...REFUND, amount_money: '12.50 USD' }],
    ['an object where a text is known', 'refunds', 'payment', { ...REFUND, payment_id: { $gt: '' } }],
    ['a request that is a text', 'refunds', 'payment', JSON.stringify(REFUND)],
    ['a request that is a list', 'refunds', 'payment', [REFUND]],
    ['a look-up with a body of its own', 'payments', 'list', { limit: 1, amount_money: { amount: 1 } }],
    ['a token being minted', 'oAuth', 'obtainToken', { client_id: 'c' }],
    ['a write that the server says is none', 'inventory', 'batchChange', {}],
  ])('leaves a call unclassified with %s', (_, service, method, body) => {
    const call = request(service, method, body);
    expect(kindOf(call)).toBe('unclassified');
    expect(call.facts.amount.state).toBe('unknown');
  });

  it('leaves a call unclassified with an argument beside the three', () => {
    const call = square
      .tool('make_api_request')
      .call(args({ service: 'refunds', method: 'payment', request: REFUND, dry_run: true }));
    expect(kindOf(call)).toBe('unclassified');
    expect(whyOf(call)).toBe('the catalogue does not know this use of it with `dry_run`');
  });

  it('knows only methods that the server has', async () => {
    const server = '../../node_modules/square-mcp-server/dist/server.js';
    const { serviceMethodsMap } = (await import(server)) as {
      serviceMethodsMap: Record<string, Record<string, { readonly method: string }>>;
    };
    const { square: catalogue } = await import('../../src/catalogue/providers/square.ts');
    const entries: readonly CatalogueEntry[] = catalogue.surfaces[0]?.tools.make_api_request ?? [];
    for (const { when, kind } of entries) {
      const [folded, exact] = when?.['service'] ?? [];
      const [method] = when?.['method'] ?? [];
      expect(folded).toBe(`${exact?.charAt(0).toLowerCase()}${exact?.slice(1)}`);
      const verb = serviceMethodsMap[exact ?? '']?.[method ?? '']?.method;
      expect([exact, method, verb]).toEqual([exact, method, expect.any(String)]);
      if (kind !== 'read' && verb === 'get') expect(kind).toBe('secret_read');
    }
    const uses = entries.map(({ when, accepts }) => JSON.stringify([when, accepts]));
    expect(new Set(uses).size).toBe(uses.length);
  });

  it('accepts only names that the server describes for the method', async () => {
    const root = '../../node_modules/square-mcp-server/dist';
    const server = `${root}/server.js`;
    const types = `${root}/utils/type-map.js`;
    const { serviceMethodsMap } = (await import(server)) as {
      serviceMethodsMap: Record<string, Record<string, { readonly requestType: string }>>;
    };
    const { typeMap } = (await import(types)) as {
      typeMap: Record<string, readonly { readonly properties?: readonly { readonly name: string }[] }[]>;
    };
    const { square: catalogue } = await import('../../src/catalogue/providers/square.ts');
    const entries: readonly CatalogueEntry[] = catalogue.surfaces[0]?.tools.make_api_request ?? [];
    for (const { when, accepts } of entries) {
      const service = when?.['service']?.[1] ?? '';
      const method = when?.['method']?.[0] ?? '';
      const described = new Set(
        (typeMap[serviceMethodsMap[service]?.[method]?.requestType ?? ''] ?? []).flatMap((type) =>
          (type.properties ?? []).map(({ name }) => name),
        ),
      );
      for (const path of accepts ?? []) {
        const keys = path.replaceAll('[*]', '').split('.').slice(1);
        expect([service, method, keys.filter((key) => !described.has(key))]).toEqual([service, method, []]);
      }
    }
  });
});

const text = { type: 'string' };
const number = { type: 'number' };
const money = { type: 'object', properties: { currency_code: text, value: text } };

describe("when PayPal's money tools are listed", () => {
  const REFUND = { type: 'object', properties: { capture_id: text, amount: money, note_to_payer: text } };
  const item = {
    type: 'object',
    properties: { name: text, quantity: number, itemCost: number, itemTotal: number, taxPercent: number },
  };
  const ORDER = {
    type: 'object',
    properties: {
      ...{ currencyCode: text, discount: number, shippingCost: number },
      items: { type: 'array', items: item },
      notes: { anyOf: [{ anyOf: [{ not: {} }, text] }, { type: 'null' }] },
    },
  };

  it('reads the amount of a refund in major units', async () => {
    const tool = await toolOf('paypal', 'create_refund', REFUND);
    const call = { capture_id: 'c', amount: { currency_code: 'USD', value: '12.50' }, note_to_payer: 'sorry' };
    expect(tool.call(args(call))).toMatchObject({
      classification: { kind: 'refund', direction: 'out' },
      facts: { amount: { value: { currency: 'USD', minor: 1250n } }, reason: { value: 'sorry' } },
    });
  });

  it.each([['1,000.00'], ['1e6'], ['-5.00'], [' 5.00'], ['5.001']])('does not know the amount `%s`', async (value) => {
    const tool = await toolOf('paypal', 'create_refund', REFUND);
    const call = { capture_id: 'c', amount: { currency_code: 'USD', value } };
    expect(tool.call(args(call)).facts.amount.state).toBe('unknown');
  });

  it('does not know the amount of a refund that leaves it out', async () => {
    const tool = await toolOf('paypal', 'create_refund', REFUND);
    expect(tool.call(args({ capture_id: 'c' })).facts.amount.state).toBe('unknown');
  });

  it('adds up an order by cost and quantity, and takes no notice of the decoy total', async () => {
    const tool = await toolOf('paypal', 'create_order', ORDER);
    const items = [
      { name: 'a', itemCost: 10, quantity: 1000, itemTotal: 1 },
      { name: 'b', itemCost: 1, itemTotal: 1 },
    ];
    const order = { currencyCode: 'USD', items, shippingCost: 4.5 };
    expect(tool.call(args(order)).facts.amount).toMatchObject({ value: { currency: 'USD', minor: 1_000_550n } });
  });

  it.each([
    ['a tax', { items: [{ name: 'a', itemCost: 10, itemTotal: 10, taxPercent: 400 }] }],
    ['a discount', { items: [{ name: 'a', itemCost: 10, itemTotal: 10 }], discount: 1 }],
    ['no items', { items: [] }],
  ])('does not know the amount of an order with %s', async (_, rest) => {
    const tool = await toolOf('paypal', 'create_order', ORDER);
    expect(tool.call(args({ currencyCode: 'USD', ...rest })).facts.amount.state).toBe('unknown');
  });

  it('does not know the amount behind an order, an invoice, a plan or a dispute', async () => {
    const cases: readonly [string, Record<string, unknown>, string][] = [
      ['pay_order', { id: text }, 'capture'],
      [
        'send_invoice',
        { invoice_id: text, note: text, additional_recipients: { type: 'array', items: text } },
        'invoice_issue',
      ],
      ['accept_dispute_claim', { dispute_id: text, note: text }, 'dispute_concede'],
    ];
    for (const [name, properties, kind] of cases) {
      const call = (await toolOf('paypal', name, { type: 'object', properties })).call(args({ id: 'x' }));
      expect([name, kindOf(call), call.facts.amount.state]).toEqual([name, kind, 'unknown']);
    }
  });
});
