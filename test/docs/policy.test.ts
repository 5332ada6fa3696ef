/** docs/policy.md, executed: its policies decide calls, and its words are those that an agent is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/config/index.ts';
import { type Home, makeHome, recorder, tool } from '../e2e/support/home.ts';
import { RawClient } from '../e2e/support/raw-client.ts';
import { type Block, blocksOf, ROOT } from './markdown.ts';

const BLOCKS = blocksOf('docs/policy.md');
const GENERIC = readFileSync(join(ROOT, 'policies', 'generic.json'), 'utf8');

function withRole(role: string): readonly Block[] {
  return BLOCKS.filter((block) => block.role === role);
}

function valueOf({ language, text }: Block): unknown {
  return readSource(`shown.${language}`, text).part([]).value;
}

const UPSTREAMS = {
  stripe: { command: 'unused', provider: 'stripe', currency: { assume: 'USD' } },
  ...Object.fromEntries(['paypal', 'creem', 'sandbox'].map((name) => [name, { command: 'unused', provider: name }])),
};

/** A home in which one grant has one policy. */
function homeWith(policy: string): Promise<Home> {
  const grants = { agent: { principal: 'a@acme.example', policies: ['generic'], upstreams: Object.keys(UPSTREAMS) } };
  const config = { version: 1, upstreams: UPSTREAMS, policies: { generic: 'generic.jsonc' }, grants };
  return makeHome(config, { 'generic.jsonc': policy });
}

describe('when docs/policy.md walks through the generic starter', () => {
  let home: Home;
  beforeAll(async () => {
    home = await homeWith(GENERIC);
  });
  afterAll(() => home.remove());

  it('shows every rule, in order, as it ships', () => {
    const { rules } = readSource('generic.jsonc', GENERIC).part([]).value as { rules: unknown };
    expect(withRole('rules').flatMap((block) => valueOf(block) as unknown[])).toEqual(rules);
  });

  it('gives an answer to each call', () => {
    const order = BLOCKS.filter(({ role }) => role === 'call' || role === 'told').map(({ role }) => role);
    expect(order.length).toBeGreaterThan(20);
    expect(order).toEqual(order.map((_role, index) => (index % 2 === 0 ? 'call' : 'told')));
  });

  const answers = withRole('told');
  it.each(withRole('call').map((block, index) => [`${block.document}:${block.line}`, block, answers[index]] as const))(
    '%s is answered as `policy explain` answers it',
    async (_title, call, told) => {
      const { stdout, stderr } = await home.run(['policy', 'explain', '--grant', 'agent', '--call', '-'], call.text);
      expect(stderr).toBe('');
      expect(told?.text.trim()).toBe(stdout.split('\n')[1]?.trim());
    },
  );
});

type Decided = readonly [call: object, expected: object];

const refund = (amount: number, currency = 'USD'): object => ({
  tool: 'sandbox/create_refund',
  arguments: { payment_id: 'pay_1', amount, currency, reason: 'damaged' },
});
const payout = (recipient: string, amount: number): object => ({
  tool: 'sandbox/create_payout',
  arguments: { recipient, amount, currency: 'EUR', description: 'rent' },
});
const order = (more: object): object => ({
  tool: 'house/create_order',
  arguments: { items: [{ price: 400, sku: 'ABC-1234' }], note: 'gift', ...more },
});
const WEDNESDAY_NOON = '2026-01-07T12:00:00Z';
const SUNDAY = '2026-01-04T12:00:00Z';

/** What each policy of the document says of itself, as calls, by its description. */
const CASES: Readonly<Record<string, readonly Decided[]>> = {
  'The floor under every grant of the company.': [
    [refund(1_000_001), { decision: 'deny', rule: 'ceiling' }],
    [refund(1_000_000), { decision: 'deny', code: 'not_allowed' }],
    [{ tool: 'creem/webhooks-get-secret' }, { decision: 'deny', rule: 'no-credentials' }],
    [{ tool: 'paypal/create_shipment_tracking' }, { decision: 'deny', rule: 'ceiling' }],
  ],
  'Payouts in office hours, to known suppliers, small ones at any hour.': [
    [
      { ...payout('sup_1', 100_000), time: WEDNESDAY_NOON },
      { decision: 'allow', rule: 'payouts' },
    ],
    [
      { ...payout('sup_1', 100_000), time: SUNDAY },
      { decision: 'deny', code: 'not_allowed' },
    ],
    [
      { ...payout('sup_1', 5000), time: SUNDAY },
      { decision: 'allow', rule: 'payouts' },
    ],
    [
      { ...payout('acct_1', 5000), time: WEDNESDAY_NOON },
      { decision: 'deny', code: 'not_allowed' },
    ],
    // 17:30 in UTC is after six in Berlin.
    [
      { ...payout('sup_1', 100_000), time: '2026-01-07T17:30:00Z' },
      { decision: 'deny', code: 'not_allowed' },
    ],
  ],
  'Orders of at most ten lines and 900 in all, on sound references.': [
    [order({}), { decision: 'allow', rule: 'orders' }],
    [order({ items: [{ price: 901, sku: 'ABC-1234' }] }), { decision: 'deny', code: 'not_allowed' }],
    [order({ items: [{ price: 1, sku: 'abc-1234' }] }), { decision: 'deny', code: 'not_allowed' }],
    [order({ items: [] }), { decision: 'deny', code: 'not_allowed' }],
    [order({ note: 5 }), { decision: 'deny', code: 'not_allowed' }],
  ],
  'What is counted, and what is signed.': [
    [refund(50_000), { decision: 'allow', rule: 'refunds', limits: ['daily-refunds'] }],
    [refund(50_001), { decision: 'approve', rule: 'sign-off', limits: ['daily-refunds'] }],
  ],
};

const SETTING = {
  labels: { team: 'finance' },
  upstreams: {
    ...{ stripe: { provider: 'stripe', currency: { assume: 'USD' } }, house: {} },
    ...{ sandbox: { provider: 'sandbox' }, creem: { provider: 'creem' }, paypal: { provider: 'paypal' } },
  },
};

describe('when docs/policy.md shows a policy', () => {
  let room = '';
  let home: Home;
  beforeAll(async () => {
    room = await mkdtemp(join(tmpdir(), 'countersign-docs-'));
    home = await makeHome({ version: 1 });
  });
  afterAll(async () => {
    await home.remove();
    await rm(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  /** The failed cases of a file of cases, and how many there were. */
  async function ran(cases: string): Promise<{ readonly passed: number; readonly failed: readonly unknown[] }> {
    const { stdout, stderr } = await home.run(['policy', 'test', cases, '--json']);
    expect(stderr).toBe('');
    const { passed, cases: all } = JSON.parse(stdout) as { passed: number; cases: { ok: boolean }[] };
    return { passed, failed: all.filter(({ ok }) => !ok) };
  }

  it('decides the cases that stand below the first one', async () => {
    const [policy] = withRole('policy');
    const [cases] = withRole('cases');
    await writeFile(join(room, 'first.jsonc'), policy?.text ?? '');
    await writeFile(join(room, 'first.test.yaml'), cases?.text ?? '');
    expect(await ran(join(room, 'first.test.yaml'))).toEqual({ passed: 5, failed: [] });
  });

  it('has cases for each of the others', () => {
    const shown = withRole('policy').map((block) => (valueOf(block) as { description: string }).description);
    expect(Object.keys(CASES)).toEqual(shown.slice(1));
  });

  it.each(withRole('policy').slice(1))('decides at line $line as it says of itself', async (block) => {
    const { description } = valueOf(block) as { description: string };
    const cases = (CASES[description] ?? []).map(([call, expected], index) => ({
      ...{ name: `call ${index}`, call, expect: expected },
    }));
    const name = `policy-${block.line}.${block.language}`;
    await writeFile(join(room, name), block.text);
    const file = join(room, `${name}.test.json`);
    await writeFile(file, JSON.stringify({ version: 1, policy: name, ...SETTING, cases }));
    expect(await ran(file)).toEqual({ passed: cases.length, failed: [] });
  });
});

describe('when docs/policy.md says what a gateway tells an agent', () => {
  const REFUND = tool('create_refund', { payment_intent: { type: 'string' }, amount: { type: 'integer' } });
  let home: Home;
  let agent: RawClient;
  beforeAll(async () => {
    home = await makeHome({});
    const stripe = await recorder(home.room, 'stripe', [REFUND], { provider: 'stripe', currency: { assume: 'USD' } });
    const policies = { generic: readSource('generic.jsonc', GENERIC).part([]).value };
    const grants = { agent: { principal: 'a@acme.example', policies: ['generic'], upstreams: ['stripe'] } };
    await home.rewrite({ version: 1, upstreams: { stripe }, policies, grants });
    agent = new RawClient(home, await home.issue('agent'));
    await agent.initialize();
  });
  afterAll(async () => {
    await agent.close();
    await home.remove();
  });

  /** What the agent is told about a refund of 200 USD. */
  async function told(client: RawClient): Promise<string | undefined> {
    const args = { payment_intent: 'pi_1', amount: 20_000, reason: 'parcel was damaged' };
    return (await client.call('create_refund', args)).result?.content?.[0]?.text;
  }

  it('quotes the denial of a call that has to be signed', async () => {
    expect(withRole('unsigned').map(({ text }) => text.trim())).toEqual([await told(agent)]);
  });

  it('quotes the denial of a tool whose definition changed', async () => {
    writeFileSync(join(home.room, 'stripe.tools.json'), JSON.stringify([{ ...(REFUND as object), description: 'x' }]));
    const next = new RawClient(home, await bareToken());
    await next.initialize();
    await next.tools();
    expect(withRole('changed').map(({ text }) => text.trim())).toEqual([await told(next)]);
    await next.close();
  });

  /** A token, without accepting anything anew. */
  async function bareToken(): Promise<string> {
    const { stdout } = await home.run(['grant', 'issue', 'agent', '--json']);
    return (JSON.parse(stdout) as { token: string }).token;
  }
});
