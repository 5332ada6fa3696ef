import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, makeHome } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';
import { creemServer, squareServer, stripeServer } from './support/servers.ts';
import { type ProviderStub, startStub } from './support/stub.ts';

const SUPPORT = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    { id: 'ceiling', tools: ['kind:refund'], effect: 'deny', when: { amount: { gt: '100 USD' } } },
    { id: 'no-coupons', tools: ['stripe/list_coupons'], effect: 'hide' },
  ],
};
const READER = { version: 1, default: 'deny', rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };
const STRIPE_KEY = 'sk_test_stripe_secret_0001';
const SQUARE_KEY = 'square_secret_0002';

let stub: ProviderStub;
let home: Home;
let support: RawClient;
let reader: RawClient;

beforeAll(async () => {
  stub = await startStub();
  const stripe = stripeServer(stub.url);
  const square = squareServer(stub.url);
  const creem = creemServer(stub.url, 'creem_plain');
  home = await makeHome({
    version: 1,
    upstreams: {
      stripe: {
        ...stripe,
        env: { ...stripe.env, STRIPE_SECRET_KEY: { secret: 'stripe-test' } },
        provider: 'stripe',
        currency: { assume: 'USD' },
      },
      square: { ...square, env: { ...square.env, ACCESS_TOKEN: { secret: 'square-test' } }, provider: 'square' },
      creem: { ...creem, provider: 'creem' },
    },
    policies: { support: SUPPORT, reader: READER },
    grants: {
      support: { principal: 's@acme.example', policies: ['support'], upstreams: ['stripe', 'square', 'creem'] },
      reader: { principal: 'r@acme.example', policies: ['reader'], upstreams: ['creem'] },
    },
  });
  await home.seal('stripe-test', STRIPE_KEY);
  await home.seal('square-test', SQUARE_KEY);
  support = new RawClient(home, await home.issue('support'));
  reader = new RawClient(home, await home.issue('reader'));
  await Promise.all([support.initialize(), reader.initialize()]);
});
afterAll(async () => {
  await Promise.all([support.close(), reader.close()]);
  await stub.close();
  await home.remove();
});

describe('when real payment servers stand behind the gateway', () => {
  it('shows each grant its own tools', async () => {
    const [all, few] = await Promise.all([support.tools(), reader.tools()]);
    expect(all).toEqual(
      expect.arrayContaining(['stripe_create_refund', 'square_make_api_request', 'creem_transactions-refund']),
    );
    expect(all).not.toContain('stripe_list_coupons');
    expect(all).not.toContain('stripe_cancel_subscription');
    expect(few.every((name) => name.startsWith('creem_'))).toBe(true);
    expect(few).not.toContain('creem_transactions-refund');
    expect(few.length).toBeGreaterThan(20);
  });

  it('sends an allowed refund once, with exactly the arguments that were evaluated and the sealed key', async () => {
    stub.clear();
    const answer = await support.call('stripe_create_refund', { payment_intent: 'pi_4471', amount: 1250 });
    expect(answer.result?.isError).not.toBe(true);
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]).toMatchObject({ method: 'POST', path: '/v1/refunds', host: 'api.stripe.com' });
    expect(stub.requests[0]?.body).toEqual({ payment_intent: 'pi_4471', amount: '1250' });
    expect(stub.requests[0]?.headers['authorization']).toBe(`Bearer ${STRIPE_KEY}`);
  });

  it('looks into a generic tool', async () => {
    stub.clear();
    const request = { idempotency_key: 'k1', payment_id: 'P1', amount_money: { amount: 1250, currency: 'USD' } };
    const answer = await support.call('square_make_api_request', { service: 'refunds', method: 'payment', request });
    expect(answer.result?.isError).not.toBe(true);
    expect(stub.requests.map(({ body }) => body)).toEqual([request]);
    expect(stub.requests[0]?.headers['authorization']).toBe(`Bearer ${SQUARE_KEY}`);
  });

  it.each([
    ['a refund over the ceiling', 'stripe_create_refund', { payment_intent: 'pi_1', amount: 10_001 }, 'ceiling'],
    ['a refund without an amount, which is unknown', 'stripe_create_refund', { payment_intent: 'pi_1' }, 'ceiling'],
    ['a refund that is always full', 'creem_transactions-refund', { request: { transaction_id: 't' } }, 'ceiling'],
    [
      'a decoy argument',
      'stripe_create_refund',
      { payment_intent: 'pi_1', amount: 5, currency: 'USD' },
      '(unknown argument)',
    ],
    [
      'a write of a generic tool',
      'square_make_api_request',
      { service: 'payments', method: 'create', request: {} },
      '(default deny)',
    ],
    [
      'a generic call in a form that the catalogue does not know',
      'square_make_api_request',
      { service: 'REFUNDS', method: 'payment', request: { amount_money: { amount: 1, currency: 'USD' } } },
      'ceiling',
    ],
  ])('denies %s and leaves no request', async (_what, name, args, rule) => {
    stub.clear();
    const answer = await support.call(name, args);
    expect(decisionOf(answer)).toMatchObject({ decision: 'deny', rule });
    expect(answer.result?.isError).toBe(true);
    expect(stub.requests).toEqual([]);
  });

  it.each([
    ['hidden', 'stripe_list_coupons'],
    ['allowed by no rule', 'stripe_create_coupon'],
    ['of no server', 'stripe_nothing'],
  ])('answers a tool that is %s like one that does not exist', async (_what, name) => {
    stub.clear();
    expect((await support.call(name, {})).error).toEqual({ code: -32602, message: `Unknown tool: ${name}` });
    expect(stub.requests).toEqual([]);
  });

  it('answers an ungranted tool like one that does not exist', async () => {
    stub.clear();
    const answers = await Promise.all([
      reader.call('stripe_create_refund', { payment_intent: 'pi_1', amount: 1 }),
      reader.call('creem_transactions-refund', { request: { transaction_id: 't' } }),
    ]);
    for (const { error } of answers) expect(error?.code).toBe(-32602);
    expect(stub.requests).toEqual([]);
  });

  it('keeps an intent before and an outcome after every forwarded call, and no value of an argument', () => {
    const records = home.records();
    const intents = records.filter(({ kind }) => kind === 'intent');
    const outcomes = records.filter(({ kind }) => kind === 'outcome');
    expect(intents.map(({ tool }) => tool)).toEqual(['stripe/create_refund', 'square/make_api_request']);
    expect(outcomes.map(({ request }) => request)).toEqual(intents.map(({ request }) => request));
    expect(records.findIndex(({ kind }) => kind === 'intent')).toBeLessThan(
      records.findIndex(({ kind }) => kind === 'outcome'),
    );
    const text = JSON.stringify(records);
    for (const value of ['pi_4471', ':1250', STRIPE_KEY, SQUARE_KEY, 'transaction_id":"t'])
      expect(text).not.toContain(value);
  });

  it('leaves a log that verifies', async () => {
    const { exitCode, stdout } = await home.run(['audit', 'verify', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, faults: [] });
    expect(exitCode).toBe(0);
  });
});
