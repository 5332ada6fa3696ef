/** Approvals in front of the real Stripe server: what people sign reaches the provider once, and nothing else does. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Home, makeHome } from './support/home.ts';
import { approvalsOf, enrol, type ListedApproval, sign } from './support/operators.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';
import { stripeServer } from './support/servers.ts';
import { type ProviderStub, startStub } from './support/stub.ts';

const KEY = 'sk_test_stripe_secret_0001';
const REFUNDS = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    {
      ...{ id: 'sign-off', tools: ['kind:refund'], effect: 'approve', when: { amount: { gt: '100 USD' } } },
      approve: { count: 1, roles: ['finance'] },
    },
  ],
};

describe('when a refund of the real Stripe server waits for a person', () => {
  let stub: ProviderStub;
  let home: Home;
  let token: string;

  beforeAll(async () => {
    stub = await startStub();
    const server = stripeServer(stub.url);
    const stripe = { ...server, env: { ...server.env, STRIPE_SECRET_KEY: { secret: 'stripe-test' } } };
    home = await makeHome({
      version: 1,
      upstreams: { stripe: { ...stripe, provider: 'stripe', currency: { assume: 'USD' } } },
      policies: { refunds: REFUNDS },
      grants: { agent: { principal: 'agent@acme.example', policies: ['refunds'], upstreams: ['stripe'] } },
    });
    await home.seal('stripe-test', KEY);
    token = await home.issue('agent');
    await enrol(home, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(home, 'fin', { roles: ['finance'] }, 'ada');
  });
  beforeEach(() => stub.clear());
  afterAll(async () => {
    await stub.close();
    await home.remove();
  });

  async function agent(): Promise<RawClient> {
    const client = new RawClient(home, token);
    onTestFinished(() => client.kill());
    await client.initialize();
    return client;
  }

  /** The request that waits, and no other does. */
  async function waiting(): Promise<ListedApproval> {
    const open = async () => (await approvalsOf(home)).filter(({ state }) => state === 'requested');
    await expect.poll(open, { timeout: 20_000 }).toHaveLength(1);
    const [request] = await open();
    if (request === undefined) throw new Error('the request is gone');
    return request;
  }

  it('reaches Stripe once after somebody signed it, with the sealed key and what was signed', async () => {
    const client = await agent();
    const answer = client.call('create_refund', { payment_intent: 'pi_4471', amount: 12_500 });
    const { id, amount, currency } = await waiting();
    expect({ amount, currency }).toEqual({ amount: '125.00 USD', currency: 'USD' });
    expect(stub.requests).toEqual([]);
    expect((await sign(home, 'approve', id, 'fin')).exitCode).toBe(0);
    expect((await answer).result?.isError).not.toBe(true);
    expect(stub.requests.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: 'POST', path: '/v1/refunds', body: { payment_intent: 'pi_4471', amount: '12500' } },
    ]);
    expect(stub.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  it('never reaches Stripe after somebody rejected it, however often it is tried', async () => {
    const client = await agent();
    const answer = client.call('create_refund', { payment_intent: 'pi_4472', amount: 12_500 });
    const { id } = await waiting();
    expect((await sign(home, 'reject', id, 'fin')).exitCode).toBe(0);
    expect(words(await answer)).toContain('a person rejected this call');
    for (let tries = 0; tries < 3; tries += 1) {
      const again = await client.call('create_refund', { payment_intent: 'pi_4472', amount: 12_500 });
      expect(decisionOf(again)).toMatchObject({ decision: 'deny', approval: id });
    }
    expect(stub.requests).toEqual([]);
  });

  it('is asked anew with other arguments, and what was signed for the first runs for nobody else', async () => {
    const client = await agent();
    void client.call('create_refund', { payment_intent: 'pi_4473', amount: 12_500 });
    const { id } = await waiting();
    await client.kill();
    expect((await sign(home, 'approve', id, 'fin')).exitCode).toBe(0);
    const other = await agent();
    void other.call('create_refund', { payment_intent: 'pi_4473', amount: 99_900 });
    await expect
      .poll(async () => (await approvalsOf(home)).filter(({ state }) => state === 'requested'), { timeout: 20_000 })
      .toMatchObject([{ amount: '999.00 USD' }]);
    expect(stub.requests).toEqual([]);
    const same = await other.call('create_refund', { amount: 12_500, payment_intent: 'pi_4473' });
    expect(same.result?.isError).not.toBe(true);
    expect(stub.requests.map(({ body }) => body)).toEqual([{ payment_intent: 'pi_4473', amount: '12500' }]);
  });
});
