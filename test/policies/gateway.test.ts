import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, type Home, makeHome } from '../e2e/support/home.ts';
import { decisionOf, type Message, RawClient } from '../e2e/support/raw-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const shipped = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const REFUND = { payment_id: 'pay_1001', amount: 2500, currency: 'USD', reason: 'parcel was damaged' };

let home: Home;
let agent: RawClient;
let capped: RawClient;

beforeAll(async () => {
  const config = {
    version: 1,
    upstreams: { pay: { command: process.execPath, args: [BIN, 'sandbox'], provider: 'sandbox' } },
    policies: { generic: 'policies/generic.json', caps: 'policies/limits/money.json' },
    grants: {
      agent: { principal: 'a@acme.example', policies: ['generic'], upstreams: ['pay'] },
      capped: { principal: 'c@acme.example', policies: ['generic', 'caps'], upstreams: ['pay'] },
    },
  };
  const files = ['policies/generic.json', 'policies/limits/money.json'];
  home = await makeHome(config, Object.fromEntries(files.map((path) => [path, shipped(path)])));
  agent = new RawClient(home, await home.issue('agent'));
  capped = new RawClient(home, await home.issue('capped'));
  await Promise.all([agent.initialize(), capped.initialize()]);
});
afterAll(async () => {
  await Promise.all([agent.close(), capped.close()]);
  await home.remove();
});

/** `done`, or the rule and the words of a denial. */
function told(message: Message): string {
  const { rule } = decisionOf(message) ?? {};
  return rule === undefined ? 'done' : `${rule}: ${message.result?.content?.[0]?.text ?? ''}`;
}

describe('when an agent has the generic starter', () => {
  it('shows what some rule allows', async () => {
    expect(await agent.tools()).toEqual([
      ...['list_payments', 'get_payment', 'get_ledger'],
      ...['create_charge', 'create_refund', 'create_payout'],
    ]);
  });

  it('lets lookups, small refunds and small charges through', async () => {
    expect(told(await agent.call('list_payments', {}))).toBe('done');
    expect(told(await agent.call('create_refund', REFUND))).toBe('done');
    const charge = { customer: 'ana', amount: 5000, currency: 'USD', description: 'chair' };
    expect(told(await agent.call('create_charge', charge))).toBe('done');
  });

  it.each([
    [
      'a refund of everything',
      'create_refund',
      { payment_id: 'pay_1001', currency: 'USD', reason: 'all' },
      /^refund-ceiling/,
    ],
    ['a refund without a reason', 'create_refund', { ...REFUND, reason: '' }, /^reason: Denied by rule `reason`/],
    ['a refund above the ceiling', 'create_refund', { ...REFUND, amount: 50_001 }, /^refund-ceiling: .*500\.00 USD/],
    [
      'a refund to be signed',
      'create_refund',
      { ...REFUND, amount: 10_001 },
      /^refund-sign-off: A person must approve this call, and nobody is registered who could\./,
    ],
    [
      'a payout',
      'create_payout',
      { recipient: 'acct_1', amount: 100, currency: 'USD', description: 'rent' },
      /^payout-sign-off/,
    ],
  ])('denies %s', async (_what, tool, args, words) => {
    expect(told(await agent.call(tool, args))).toMatch(words);
  });
});

describe('when a grant has the caps as well', () => {
  it('lets lookups and the first refund of a payment through, and not the second', async () => {
    expect(told(await capped.call('list_payments', {}))).toBe('done');
    expect(told(await capped.call('create_refund', REFUND))).toBe('done');
    expect(told(await capped.call('create_refund', { ...REFUND, amount: 100 }))).toMatch(
      /^once-per-payment: Denied by rule `once-per-payment` of policy `caps`: it allows 1 call in any 30 d; 1 call is counted, 0 calls left, .* This payment was refunded already\.$/,
    );
  });

  it('adds small charges up', async () => {
    const charge = { customer: 'ana', amount: 90_000, currency: 'USD', description: 'chair' };
    for (let n = 0; n < 27; n += 1) expect(told(await capped.call('create_charge', charge))).toBe('done');
    expect(told(await capped.call('create_charge', charge))).toMatch(
      /^daily-charges: .*allows 25000\.00 USD a day; 24300\.00 USD is counted, 700\.00 USD left, and this call needs 900\.00 USD/,
    );
  });
});
