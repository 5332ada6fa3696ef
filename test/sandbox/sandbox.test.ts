import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifierFor } from '../../src/catalogue/index.ts';
import { fromPlain } from '../../src/core/json.ts';
import { args } from '../catalogue/support.ts';
import { call, connectTo } from '../e2e/support/client.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-sandbox-'));
const program = join(directory, 'sandbox.mjs');

beforeAll(async () => {
  // Node 20 runs no TypeScript: one bundle, as the product ships it.
  await build({
    stdin: { contents: "import { runSandbox } from './index.ts';\nawait runSandbox();", resolveDir: 'src/sandbox' },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile: program, logLevel: 'error' },
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function start(env: Record<string, string> = {}): Promise<Client> {
  return connectTo({ command: process.execPath, args: [program], env });
}

function read(text: string): unknown {
  return JSON.parse(text) as unknown;
}

describe('when the sandbox is asked what it has', () => {
  let client: Client;
  beforeEach(async () => {
    client = await start();
  });
  afterEach(() => client.close());

  it('lists six tools, each of which the catalogue classifies', async () => {
    const { tools } = await client.listTools();
    const classifier = await classifierFor('sandbox', new Map(), null);
    const kinds = tools.map((tool) => {
      const { why, possible } = classifier.tool(fromPlain(tool));
      return [tool.name, why, possible[0]?.kind];
    });
    expect(kinds).toEqual([
      ['list_payments', null, 'read'],
      ['get_payment', null, 'read'],
      ['get_ledger', null, 'read'],
      ['create_charge', null, 'charge'],
      ['create_refund', null, 'refund'],
      ['create_payout', null, 'payout'],
    ]);
  });

  it('carries every fact that a policy speaks of in its arguments', async () => {
    const { tools } = await client.listTools();
    const classifier = await classifierFor('sandbox', new Map(), null);
    const factsOf = (name: string, plain: Record<string, unknown>) =>
      classifier.tool(fromPlain(tools.find((tool) => tool.name === name))).call(args(plain)).facts;
    const money = { amount: 1250, currency: 'USD' };
    expect(factsOf('create_refund', { ...money, payment_id: 'pay_1001', reason: 'broken' })).toMatchObject({
      amount: { state: 'known', value: { currency: 'USD', minor: 1250n } },
      currency: { state: 'known', value: 'USD' },
      reason: { state: 'known', value: 'broken' },
      reference: { state: 'known', value: 'pay_1001' },
    });
    expect(factsOf('create_refund', { payment_id: 'pay_1001', currency: 'USD' }).amount.state).toBe('unknown');
    expect(factsOf('create_payout', { ...money, recipient: 'acct_1' })).toMatchObject({
      amount: { state: 'known' },
      recipient: { state: 'known', value: 'acct_1' },
    });
    expect(factsOf('create_charge', { ...money, customer: 'ana', order: '#1', description: 'tea' })).toMatchObject({
      recipient: { value: 'ana' },
      reference: { value: '#1' },
      reason: { value: 'tea' },
    });
  });

  it('shows payments in two currencies, order #4471 among them, the same at each start', async () => {
    const listed = await call(client, 'list_payments', {});
    expect(read(listed.text)).toMatchObject([
      { id: 'pay_1001', order: '#4471', currency: 'USD', amountMinor: 12_900, refundedMinor: 0 },
      { id: 'pay_1002', currency: 'USD' },
      { id: 'pay_1003', currency: 'EUR' },
      { id: 'pay_1004', currency: 'EUR' },
      { id: 'pay_1005', currency: 'USD' },
    ]);
    const again = await start();
    expect(await call(again, 'list_payments', {})).toEqual(listed);
    await again.close();
  });

  it('looks up one payment, and the payments of one customer', async () => {
    expect(read((await call(client, 'get_payment', { payment_id: 'pay_1003' })).text)).toMatchObject({
      id: 'pay_1003',
    });
    expect(read((await call(client, 'list_payments', { customer: 'ana@shop.example' })).text)).toHaveLength(2);
  });
});

describe('when money moves in the sandbox', () => {
  let client: Client;
  const ledgerFile = join(directory, 'ledger.jsonl');
  beforeEach(async () => {
    client = await start({ SANDBOX_LEDGER_FILE: ledgerFile });
  });
  afterEach(async () => {
    await client.close();
    rmSync(ledgerFile, { force: true });
  });

  function lines(): unknown[] {
    return readFileSync(ledgerFile, 'utf8').trimEnd().split('\n').map(read);
  }

  it('keeps every operation in the ledger and appends it to the file, with ids that count up', async () => {
    await call(client, 'create_refund', { payment_id: 'pay_1001', amount: 900, currency: 'USD', reason: 'late' });
    await call(client, 'create_charge', { amount: 5000, currency: 'EUR', customer: 'eva@shop.example' });
    await call(client, 'create_payout', { amount: 100_000, currency: 'USD', recipient: 'acct_rent' });
    const operations = [
      { id: 're_2001', type: 'refund', amountMinor: 900, currency: 'USD', party: 'pay_1001', note: 'late' },
      { id: 'pay_2002', type: 'charge', amountMinor: 5000, currency: 'EUR', party: 'eva@shop.example', note: null },
      { id: 'po_2003', type: 'payout', amountMinor: 100_000, currency: 'USD', party: 'acct_rent', note: null },
    ];
    expect(read((await call(client, 'get_ledger', {})).text)).toEqual({
      balance: { USD: 4_899_100, EUR: 2_505_000 },
      operations,
    });
    expect(lines()).toEqual(operations);
  });

  it('refunds all that is left when the amount is left out', async () => {
    await call(client, 'create_refund', { payment_id: 'pay_1001', amount: 900 });
    const rest = await call(client, 'create_refund', { payment_id: 'pay_1001' });
    expect(read(rest.text)).toMatchObject({ amountMinor: 12_000 });
  });

  it.each([
    ['no such payment', { payment_id: 'pay_9' }, 'there is no payment `pay_9`'],
    ['another currency', { payment_id: 'pay_1001', currency: 'EUR' }, 'payment `pay_1001` is in USD, not in `EUR`'],
    [
      'more than was paid',
      { payment_id: 'pay_1001', amount: 12_901 },
      '12900 USD minor units are left of payment `pay_1001`',
    ],
  ])('answers a tool error for a refund of %s, and writes nothing', async (_, refund, words) => {
    expect(await call(client, 'create_refund', refund)).toEqual({ text: words, isError: true });
    expect(read((await call(client, 'get_ledger', {})).text)).toMatchObject({ operations: [] });
  });

  it('answers a tool error for a payout beyond the balance', async () => {
    const payout = { amount: 5_000_001, currency: 'USD', recipient: 'r' };
    expect(await call(client, 'create_payout', payout)).toEqual({
      text: 'the balance holds 5000000 USD minor units',
      isError: true,
    });
  });

  it.each([
    ['an amount with decimals', { payment_id: 'pay_1001', amount: 1.5 }],
    ['an amount below one', { payment_id: 'pay_1001', amount: 0 }],
    ['an argument that it does not know', { payment_id: 'pay_1001', amount: 1, memo: 'x' }],
    ['a currency in small letters', { payment_id: 'pay_1001', amount: 1, currency: 'usd' }],
  ])('refuses %s', async (_, refund) => {
    expect((await call(client, 'create_refund', refund)).isError).toBe(true);
    expect(read((await call(client, 'get_ledger', {})).text)).toMatchObject({ operations: [] });
  });
});

describe('when the ledger file cannot be written', () => {
  it('does nothing and says so', async () => {
    const file = join(directory, 'nowhere', 'ledger.jsonl');
    const client = await start({ SANDBOX_LEDGER_FILE: file });
    expect(await call(client, 'create_payout', { amount: 1, currency: 'USD', recipient: 'r' })).toEqual({
      text: `the ledger file \`${file}\` cannot be written; nothing was done`,
      isError: true,
    });
    expect(read((await call(client, 'get_ledger', {})).text)).toMatchObject({ operations: [] });
    await client.close();
  });
});

describe('when the client goes away', () => {
  it('answers what it has read, and exits with success at the end of its input', async () => {
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    const message = (value: object): string => `${JSON.stringify({ jsonrpc: '2.0', ...value })}\n`;
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    child.stdin.end(
      message({ id: 1, method: 'initialize', params: hello }) +
        message({ method: 'notifications/initialized' }) +
        message({ id: 2, method: 'tools/call', params: { name: 'get_ledger', arguments: {} } }),
    );
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(0);
    expect(
      output
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number }).id),
    ).toEqual([1, 2]);
  });
});
