import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierFor } from '../../src/catalogue/index.ts';
import type { Classifier } from '../../src/catalogue/index.ts';
import { readPolicy } from '../../src/config/policy.ts';
import { readSource } from '../../src/config/source.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/decision.ts';
import { brandAs, toolName } from '../../src/core/ids.ts';
import { fromPlain } from '../../src/core/json.ts';
import type { LoadedPolicy, Policy } from '../../src/core/policy.ts';
import { args } from '../catalogue/support.ts';

const text = { type: 'string' };
const money = { amount: { type: 'integer' }, currency: text };
const SCHEMAS: Readonly<Record<string, Record<string, unknown>>> = {
  list_payments: {},
  create_refund: { ...money, payment_id: text, reason: text },
  create_charge: { ...money, customer: text, order: text, description: text },
  create_payout: { ...money, recipient: text, description: text },
};

let sandbox: Classifier;
beforeAll(async () => {
  sandbox = await classifierFor('sandbox', new Map(), null);
});

async function starter(name: string): Promise<Policy> {
  const file = fileURLToPath(new URL(`../../policies/${name}.json`, import.meta.url));
  const read = await readPolicy(brandAs(name), readSource(file, readFileSync(file, 'utf8')));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.policy;
}

/** `allow`, the rule that denies, or the rules that still have to be met. */
function answer(policy: Policy, tool: string, plain: Record<string, unknown>): string {
  const loaded: LoadedPolicy = { state: 'loaded', policy };
  const definition = fromPlain({ name: tool, inputSchema: { type: 'object', properties: SCHEMAS[tool] } });
  const { classification, facts } = sandbox.tool(definition).call(args(plain));
  const upstream = brandAs<Parameters<typeof toolName>[0]>('pay');
  const decision: Decision = decide(
    {
      ...facts,
      ...{ tool: toolName(upstream, tool), upstream, classification, args: args(plain) },
      ...{ grant: { name: brandAs('g'), labels: new Map() }, principal: 'p', timeMs: 0 },
    },
    [loaded],
  );
  if (decision.outcome === 'deny') return `deny ${decision.source.rule}`;
  return ['allow', ...decision.obligations.map(({ type, source }) => `${type} ${source.rule}`)].join(', ');
}

const refund = { payment_id: 'pay_1001', amount: 2500, currency: 'USD', reason: 'broken' };
const charge = { amount: 5000, currency: 'USD', customer: 'ana' };
const payout = { amount: 10_000, currency: 'USD', recipient: 'acct' };

describe('when a grant has the starter policy for support', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['a look-up', 'list_payments', {}, 'allow'],
    ['a small refund with a reason', 'create_refund', refund, 'allow'],
    ['a refund of exactly 100 USD', 'create_refund', { ...refund, amount: 10_000 }, 'allow'],
    ['a refund above it', 'create_refund', { ...refund, amount: 10_001 }, 'allow, approve refund-sign-off'],
    ['a refund above the ceiling', 'create_refund', { ...refund, amount: 50_001 }, 'deny refund-ceiling'],
    ['a refund in EUR', 'create_refund', { ...refund, currency: 'EUR' }, 'allow'],
    ['a refund in a currency without a bound', 'create_refund', { ...refund, currency: 'GBP' }, 'deny refund-ceiling'],
    ['a refund without a reason', 'create_refund', { ...refund, reason: ' ' }, 'deny refund-reason'],
    [
      'a refund without an amount',
      'create_refund',
      { payment_id: 'pay_1001', currency: 'USD', reason: 'all of it' },
      'deny refund-ceiling',
    ],
    ['a charge', 'create_charge', charge, 'deny (default deny)'],
    ['a payout', 'create_payout', payout, 'deny (default deny)'],
  ])('answers %s', async (_, tool, plain, expected) => {
    expect(answer(await starter('support'), tool, plain)).toBe(expected);
  });
});

describe('when a grant has the starter policy for finance', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['a look-up', 'list_payments', {}, 'allow'],
    ['a refund with a reason', 'create_refund', { ...refund, amount: 50_000 }, 'allow'],
    ['a large refund', 'create_refund', { ...refund, amount: 50_001 }, 'allow, approve sign-off'],
    ['a refund above the ceiling', 'create_refund', { ...refund, amount: 500_001 }, 'deny refund-ceiling'],
    ['a charge of exactly 10,000 USD', 'create_charge', { ...charge, amount: 1_000_000 }, 'allow'],
    ['a charge above it', 'create_charge', { ...charge, amount: 1_000_001 }, 'deny charge-ceiling'],
    ['a payout in USD', 'create_payout', payout, 'allow, reserve daily-payouts'],
    ['a payout in EUR', 'create_payout', { ...payout, currency: 'EUR' }, 'deny usd-payouts'],
    ['a payout above the ceiling', 'create_payout', { ...payout, amount: 2_500_001 }, 'deny payout-ceiling'],
  ])('answers %s', async (_, tool, plain, expected) => {
    expect(answer(await starter('finance'), tool, plain)).toBe(expected);
  });
});
