import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, connectTo } from './support/client.ts';
import { creemByPreload, creemServer, squareServer, stripeServer } from './support/servers.ts';
import type { LaunchSpec } from './support/servers.ts';
import { startStub } from './support/stub.ts';
import type { ProviderStub } from './support/stub.ts';

interface Case {
  readonly server: string;
  readonly launch: (stubUrl: string) => LaunchSpec;
  readonly tools: number;
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly answer: string;
  readonly received: Record<string, unknown>;
  readonly credential: string;
}

const CASES: readonly Case[] = [
  {
    server: '@stripe/mcp 0.2.5',
    launch: (url) => stripeServer(url),
    tools: 22,
    tool: 'create_refund',
    args: { payment_intent: 'pi_4471', amount: 1250 },
    answer: '"re_1"',
    received: {
      ...{ method: 'POST', path: '/v1/refunds', host: 'api.stripe.com' },
      body: { payment_intent: 'pi_4471', amount: '1250' },
    },
    credential: 'Bearer sk_test_loopback',
  },
  {
    server: 'square-mcp-server 0.1.2',
    launch: (url) => squareServer(url),
    tools: 3,
    tool: 'make_api_request',
    args: {
      ...{ service: 'refunds', method: 'payment' },
      request: { idempotency_key: 'k1', payment_id: 'P1', amount_money: { amount: 1250, currency: 'USD' } },
    },
    answer: '"sq_refund_1"',
    received: {
      ...{ method: 'POST', path: '/v2/refunds', host: 'connect.squareupsandbox.com' },
      body: { idempotency_key: 'k1', payment_id: 'P1', amount_money: { amount: 1250, currency: 'USD' } },
    },
    credential: 'Bearer square_test_token',
  },
  {
    server: 'creem 1.13.0',
    launch: (url) => creemServer(url),
    tools: 79,
    tool: 'transactions-refund',
    args: { request: { transaction_id: 'tran_4471' } },
    answer: '"succeeded"',
    received: { method: 'POST', path: '/v1/refunds', body: { transaction_id: 'tran_4471' } },
    credential: 'creem_test_key',
  },
  {
    server: 'creem 1.13.0 by preload',
    launch: (url) => creemByPreload(url),
    tools: 79,
    tool: 'transactions-refund',
    args: { request: { transaction_id: 'tran_4471' } },
    answer: '"succeeded"',
    received: {
      ...{ method: 'POST', path: '/v1/refunds', host: 'api.creem.io' },
      body: { transaction_id: 'tran_4471' },
    },
    credential: 'creem_test_key',
  },
];

describe.each(CASES)('when $server runs against the stub', (one) => {
  let stub: ProviderStub;
  let client: Client;

  beforeAll(async () => {
    stub = await startStub();
    client = await connectTo(one.launch(stub.url));
  });
  afterAll(async () => {
    await client.close();
    await stub.close();
  });
  beforeEach(() => stub.clear());
  afterEach(() => stub.clear());

  it('lists its tools without a word to the provider', async () => {
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(one.tools);
    expect(tools.map(({ name }) => name)).toContain(one.tool);
    expect(stub.requests).toEqual([]);
  });

  it('makes one refund, which the provider receives once and exactly', async () => {
    const result = await call(client, one.tool, one.args);
    expect(result.text).toContain(one.answer);
    expect(result.isError).toBe(false);
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]).toMatchObject(one.received);
    expect(stub.requests[0]?.body).toEqual(one.received['body']);
    expect(Object.values(stub.requests[0]?.headers ?? {})).toContain(one.credential);
  });
});
