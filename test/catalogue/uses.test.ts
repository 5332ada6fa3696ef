/** What calls of real tools come to; the lists are those of `surfaces.json`. */
import { describe, expect, it } from 'vitest';
import { classifierFor } from '../../src/catalogue/index.ts';
import type { ClassifiedCall, ToolClassifier } from '../../src/catalogue/index.ts';
import { fromPlain } from '../../src/core/json.ts';
import { args, kindOf, whyOf } from './support.ts';
import { definitionOf, LISTS } from './surfaces.ts';

async function toolOf(provider: string, list: string, name: string, assume: string | null = null) {
  const classifier = await classifierFor(provider, new Map(), assume);
  return classifier.tool(fromPlain(definitionOf(name, LISTS[list]?.[name] ?? '')));
}

/** The amount as `1250 USD`, or its state. */
function amountOf({ facts }: ClassifiedCall): string {
  const { amount } = facts;
  return amount.state === 'known' ? `${amount.value.minor} ${amount.value.currency}` : amount.state;
}

function brief(tool: ToolClassifier, call: Record<string, unknown>): string {
  const classified = tool.call(args(call));
  return `${kindOf(classified)} ${amountOf(classified)}`;
}

describe("when Stripe's hosted server is told an operation", () => {
  const CONTEXT = { stripe_context: 'acct_1', livemode: false };
  const write = () => toolOf('stripe', 'stripe-hosted-2026-09', 'stripe_api_write', 'USD');
  const call = (stripe_api_operation_id: string, parameters: unknown) => ({
    ...{ stripe_api_operation_id, parameters, ...CONTEXT },
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['PostRefunds', { payment_intent: 'pi', amount: 500, reason: 'duplicate' }, 'refund 500 USD'],
    ['PostRefunds', { charge: 'ch', amount: 500 }, 'refund 500 USD'],
    ['PostRefunds', { charge: 'ch' }, 'refund unknown'],
    ['PostPayouts', { amount: 900, currency: 'eur' }, 'payout 900 EUR'],
    ['PostTransfers', { amount: 900, currency: 'eur', destination: 'acct_2' }, 'payout 900 EUR'],
    ['PostInvoiceitems', { customer: 'cus', amount: 700, currency: 'usd' }, 'invoice 700 USD'],
    ['PostInvoiceitems', { customer: 'cus', amount: -700, currency: 'usd' }, 'invoice unknown'],
    ['PostInvoiceitems', { customer: 'cus', 'pricing[price]': 'price_1', quantity: 3 }, 'invoice unknown'],
    ['PostCustomersCustomerBalanceTransactions', { customer: 'c', amount: -5, currency: 'usd' }, 'credit unknown'],
    ['PostCoupons', { amount_off: 100, currency: 'usd', duration: 'once' }, 'discount 100 USD'],
    ['PostCoupons', { percent_off: 100, duration: 'forever' }, 'discount unknown'],
    ['PostDisputesDisputeClose', { dispute: 'dp' }, 'dispute_concede unknown'],
  ])('reads %s with %j as %s', async (operation, parameters, text) => {
    expect(brief(await write(), call(operation, parameters))).toBe(text);
  });

  it('reads the same line items in either form', async () => {
    const price = { currency: 'usd', unit_amount: 2500 };
    const nested = { mode: 'payment', line_items: [{ quantity: 2, price_data: price }] };
    const flat = {
      mode: 'payment',
      'line_items[0][price_data][unit_amount]': 2500,
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][quantity]': 2,
    };
    const tool = await write();
    expect(brief(tool, call('PostCheckoutSessions', nested))).toBe('payment_link 5000 USD');
    expect(brief(tool, call('PostCheckoutSessions', flat))).toBe('payment_link 5000 USD');
    expect(brief(tool, call('PostCheckoutSessions', { ...nested, mode: 'subscription' }))).toBe('payment_link unknown');
    const both = tool.call(args(call('PostCheckoutSessions', { ...nested, ...flat })));
    expect(kindOf(both)).toBe('unclassified');
    expect(whyOf(both)).toBe('what it would do cannot be seen: `parameters` must name each of its places once');
  });

  it.each<[string, Record<string, unknown>]>([
    ['another operation', call('PostAccounts', {})],
    ['another case', call('postrefunds', { charge: 'ch', amount: 1 })],
    ['no operation', { parameters: {}, ...CONTEXT }],
    ['an argument that moves more', call('PostRefunds', { charge: 'ch', amount: 1, reverse_transfer: true })],
    ['two payments', call('PostRefunds', { charge: 'ch', payment_intent: 'pi', amount: 1 })],
    ['a nested name that is not known', call('PostPaymentIntents', { amount: 1, currency: 'usd', 'x[y]': 1 })],
    ['parameters that are no object', call('PostRefunds', 'charge=ch')],
    ['an approval token', { ...call('PostRefunds', { charge: 'ch' }), human_confirmation: { approval_token: 't' } }],
  ])('leaves a call with %s unclassified', async (_, plain) => {
    const classified = (await write()).call(args(plain));
    expect(kindOf(classified)).toBe('unclassified');
    expect(amountOf(classified)).toBe('unknown');
  });

  it('takes only operations that it knows for reads', async () => {
    const tool = await toolOf('stripe', 'stripe-hosted-2026-09', 'stripe_api_read');
    expect(kindOf(tool.call(args(call('GetRefunds', { limit: 3 }))))).toBe('read');
    expect(kindOf(tool.call(args(call('GetIssuingCardsCard', { card: 'ic', expand: ['number'] }))))).toBe(
      'unclassified',
    );
    expect(kindOf(tool.call(args(call('PostRefunds', { charge: 'ch' }))))).toBe('unclassified');
  });
});

describe('when Paystack is asked', () => {
  const tool = () => toolOf('paystack', 'paystack@0.0.2', 'make_paystack_request');

  it.each<[string, string, Record<string, unknown> | undefined, string]>([
    ['POST', '/refund', { transaction: 't', amount: '2000', currency: 'NGN' }, 'refund 2000 NGN'],
    ['POST', '/refund', { transaction: 't', amount: 2000, currency: 'NGN' }, 'refund 2000 NGN'],
    ['POST', '/refund', { transaction: 't', currency: 'NGN' }, 'refund unknown'],
    ['POST', '/refund', { transaction: 't', amount: '1e6', currency: 'NGN' }, 'refund unknown'],
    ['POST', '/transfer', { amount: 500, recipient: 'r', currency: 'XOF' }, 'payout 5 XOF'],
    [
      ...['POST', '/transfer/bulk'],
      {
        currency: 'NGN',
        transfers: [
          { amount: 100, recipient: 'a' },
          { amount: '50', recipient: 'b' },
        ],
      },
      'payout 150 NGN',
    ],
    ['POST', '/transfer/finalize_transfer', { transfer_code: 't', otp: '1' }, 'payout unknown'],
    ['GET', '/transaction/verify/ref_1', undefined, 'read absent'],
    ['GET', '/refund', { perPage: 5 }, 'read absent'],
  ] as [string, string, Record<string, unknown> | undefined, string][])(
    'reads %s %s with %j as %s',
    async (method, path, data, text) => {
      expect(brief(await tool(), { request: { method, path, ...(data === undefined ? {} : { data }) } })).toBe(text);
    },
  );

  it.each([
    ['post', '/refund'],
    ['DELETE', '/transferrecipient/RCP_1'],
    ['GET', '/transfer?x'],
    ['POST', '.attacker.example/refund'],
    ['POST', '/customer/../transfer'],
    ['GET', '/customer/../transfer'],
    ['POST', '/%74ransfer'],
    ['POST', '/transfer/'],
    ['POST', '/customer/CUS_1'],
  ])('leaves %s %s unclassified', async (method, path) => {
    expect(kindOf((await tool()).call(args({ request: { method, path, data: {} } })))).toBe('unclassified');
  });

  it('leaves a call unclassified that hands out shares', async () => {
    const data = { email: 'a@b.example', amount: 1, currency: 'NGN', split_code: 'SPL_1' };
    const request = { method: 'POST', path: '/transaction/initialize', data };
    expect(whyOf((await tool()).call(args({ request })))).toContain('`request.data.split_code`');
  });
});

describe("when Brex's body stands in a string", () => {
  const tool = () => toolOf('brex', 'brex-community', 'transfer_create');
  const amount = { amount: 125_000, currency: 'USD' };
  const body = { amount, description: 'rent', counterparty: { type: 'VENDOR', payment_instrument_id: 'pi_1' } };

  it('reads the facts inside it', async () => {
    expect((await tool()).call(args({ data: JSON.stringify(body) }))).toMatchObject({
      classification: { kind: 'payout' },
      facts: {
        amount: { value: { minor: 125_000n, currency: 'USD' } },
        reason: { value: 'rent' },
        recipient: { value: 'pi_1' },
      },
    });
  });

  it.each([
    ['no JSON', 'amount=1'],
    ['two amounts', '{"amount":{"amount":1,"currency":"USD"},"amount":{"amount":900000,"currency":"USD"}}'],
    ['an array', '[]'],
    ['a name that is not known', JSON.stringify({ ...body, is_ppro_enabled: true })],
  ])('leaves a body with %s unclassified', async (_, data) => {
    expect(kindOf((await tool()).call(args({ data })))).toBe('unclassified');
  });

  it('knows no amount without a body', async () => {
    expect(brief(await tool(), {})).toBe('payout unknown');
  });
});

describe('when one field has two meanings', () => {
  const items = [{ itemId: 'i', type: 'partial', amount: '150' }];
  const adjustment = { transactionId: 'txn', reason: 'r', items };

  it.each<[Record<string, unknown>, string]>([
    [{ action: 'refund', ...adjustment }, 'refund 150 USD'],
    [{ action: 'refund', type: 'partial', ...adjustment }, 'refund 150 USD'],
    [{ action: 'refund', type: 'full', ...adjustment }, 'refund unknown'],
    [{ action: 'credit', ...adjustment }, 'credit 150 USD'],
    [{ action: 'refund', taxMode: 'external', ...adjustment }, 'refund unknown'],
    [{ action: 'refund', ...adjustment, items: [{ itemId: 'i', type: 'full', amount: '1' }] }, 'refund unknown'],
    [{ action: 'refund', ...adjustment, items: [...items, { itemId: 'j', type: 'partial' }] }, 'refund unknown'],
    [{ action: 'refund', ...adjustment, items: [] }, 'refund unknown'],
    [{ action: 'chargeback', ...adjustment }, 'unclassified unknown'],
    [{ action: 'refund', type: null, ...adjustment }, 'unclassified unknown'],
  ])("reads Paddle's adjustment %j as %s", async (call, text) => {
    expect(brief(await toolOf('paddle', 'paddle@0.1.6', 'create_adjustment', 'USD'), call)).toBe(text);
  });

  it('tells a discount in percent from one in money', async () => {
    const tool = await toolOf('paddle', 'paddle@0.1.6', 'create_discount');
    const discount = { description: 'd', amount: '50', currencyCode: 'USD' };
    expect(brief(tool, { ...discount, type: 'flat' })).toBe('discount 50 USD');
    expect(brief(tool, { ...discount, type: 'percentage' })).toBe('discount unknown');
  });
});

describe('when a currency or an amount is left out', () => {
  it.each<[string, string, string, Record<string, unknown>, string]>([
    ['worldpay', 'worldpay@1.1.0', 'take_guest_payment', { amount: 1250 }, 'charge 1250 GBP'],
    ['worldpay', 'worldpay@1.1.0', 'take_guest_payment', { amount: 1250, currency: 'USD' }, 'charge 1250 USD'],
    ['worldpay', 'worldpay@1.1.0', 'take_guest_payment', { amount: 12.5 }, 'charge unknown'],
    ['razorpay', 'razorpay@ad68cf0', 'initiate_payment', { amount: 100, order_id: 'o' }, 'charge 100 INR'],
    ['razorpay', 'razorpay@ad68cf0', 'create_instant_settlement', { amount: 100 }, 'payout 100 INR'],
    [
      ...['razorpay', 'razorpay@ad68cf0', 'create_instant_settlement'],
      { amount: 100, settle_full_balance: true },
      'payout unknown',
    ],
    ['razorpay', 'razorpay@ad68cf0', 'create_refund', { payment_id: 'p', amount: 100 }, 'refund unknown'],
    ['mollie', 'mollie@0.1.0', 'create-payment-link', { amount: '12.50' }, 'payment_link 1250 EUR'],
    ['mollie', 'mollie@0.1.0', 'create-payment-link', { amount: 'abc.def' }, 'payment_link unknown'],
    ['adyen', 'adyen@0.5.0', 'refund_payment', { value: 5000, currency: 'ISK' }, 'refund 50 ISK'],
    ['adyen', 'adyen@0.5.0', 'refund_payment', { value: 5000, currency: 'IDR' }, 'refund 500000 IDR'],
    ['stripe', 'stripe@0.2.5', 'create_coupon', { name: 'c', amount_off: 100 }, 'discount 100 USD'],
    ['agentcash', 'agentcash@0.14.4', 'fetch', { url: 'https://x.example' }, 'wallet_pay unknown'],
    ['agentcash', 'agentcash@0.14.4', 'fetch', { url: 'https://x.example', maxAmount: 90 }, 'wallet_pay 9000 USD'],
    ['alby', 'alby@1.1.1', 'pay_invoice', { invoice: 'lnbc1', amount_in_sats: 5 }, 'wallet_pay unknown'],
    ['wise', 'wise-community', 'fund_transfer', { profileId: 1, transferId: 2 }, 'payout unknown'],
    [
      'airwallex',
      'airwallex-community',
      'airwallex_create_payment',
      { amount: 5.5, currency: 'EUR' },
      'payout 550 EUR',
    ],
  ] as [string, string, string, Record<string, unknown>, string][])(
    'reads %s %s %s with %j as %s',
    async (provider, list, name, call, text) => {
      expect(brief(await toolOf(provider, list, name), call)).toBe(text);
    },
  );

  it('knows a bill in full only when none of its lines is taxed', async () => {
    const tool = await toolOf('xero', 'xero@0.0.17', 'create-invoice', 'NZD');
    const line = { description: 'd', quantity: 3, unitAmount: 1.5, accountCode: '200', taxType: 'NONE' };
    expect(brief(tool, { contactId: 'c', type: 'ACCREC', lineItems: [line] })).toBe('invoice 450 NZD');
    const taxed = [line, { ...line, taxType: 'OUTPUT2' }];
    expect(brief(tool, { contactId: 'c', type: 'ACCREC', lineItems: taxed })).toBe('invoice unknown');
  });
});

describe('when Square is asked for an order or a gift card', () => {
  const tool = () => toolOf('square', 'square@0.1.2', 'make_api_request');
  const item = { name: 'a', quantity: '2.5', base_price_money: { amount: 1000, currency: 'USD' } };
  const order = (lines: readonly unknown[], more = {}) => ({ order: { location_id: 'l', line_items: lines, ...more } });

  it.each<[string, string, Record<string, unknown>, string]>([
    ['orders', 'create', order([item, { ...item, quantity: '1' }]), 'invoice 3500 USD'],
    ['Orders', 'create', order([item]), 'invoice 2500 USD'],
    ['orders', 'create', order([{ quantity: '1', catalog_object_id: 'x' }]), 'invoice unknown'],
    ['orders', 'create', order([item], { taxes: [{ name: 't', percentage: '20' }] }), 'unclassified unknown'],
    ['checkout', 'createPaymentLink', order([item]), 'payment_link 2500 USD'],
    ['orders', 'calculate', order([item]), 'read absent'],
    [
      ...['giftCardActivities', 'createGiftCardActivity'],
      gift('LOAD', { load_activity_details: { amount_money: { amount: 500, currency: 'USD' } } }),
      'credit 500 USD',
    ],
    [
      ...['giftCardActivities', 'createGiftCardActivity'],
      gift('ADJUST_INCREMENT', { load_activity_details: { amount_money: { amount: 500, currency: 'USD' } } }),
      'unclassified unknown',
    ],
  ] as [string, string, Record<string, unknown>, string][])(
    'reads %s.%s with %j as %s',
    async (service, method, request, text) => {
      expect(brief(await tool(), { service, method, request })).toBe(text);
    },
  );
});

function gift(type: string, details: Record<string, unknown>): Record<string, unknown> {
  return { gift_card_activity: { type, location_id: 'l', gift_card_id: 'g', ...details } };
}
