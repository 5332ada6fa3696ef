import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';

const REFUND = {
  kind: 'refund',
  amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
  reference: 'payment',
};
const MONEY = { amount: { type: 'integer' }, payment: { type: 'string' } };
const POLICY = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'money', tools: ['kind:refund', 'kind:charge'], effect: 'allow' },
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'why', tools: ['kind:refund'], effect: 'require', when: { reason: { present: true } }, message: 'Say why.' },
    { id: 'no-tests', tools: ['kind:charge'], effect: 'deny', when: { reason: { eq: 'test' } } },
  ],
};

let home: Home;
let client: RawClient;

interface Listed {
  readonly name: string;
  readonly inputSchema: { readonly properties: Record<string, unknown>; readonly required: string[] };
}

async function listed(name: string): Promise<Listed['inputSchema']> {
  const tools = ((await client.request('tools/list')).result?.tools ?? []) as unknown as Listed[];
  return tools.find((one) => one.name === name)!.inputSchema;
}

async function forwarded(work: () => Promise<unknown>): Promise<unknown[]> {
  const before = callsOf(home.room, 'bank').length;
  await work();
  return callsOf(home.room, 'bank')
    .slice(before)
    .map((call) => call.arguments);
}

beforeAll(async () => {
  home = await makeHome({});
  const tools = [
    tool('create_refund', MONEY, ['payment']),
    tool('create_charge', MONEY),
    tool('refund_with_note', { ...MONEY, note: { type: 'string' } }),
    tool('refund_with_reason', { ...MONEY, reason: { type: 'string' } }),
    tool('look', { id: { type: 'string' } }),
  ];
  const bank = await recorder(home.room, 'bank', tools, {
    currency: { assume: 'USD' },
    tools: {
      create_refund: REFUND,
      create_charge: { ...REFUND, kind: 'charge' },
      refund_with_note: { ...REFUND, reason: 'note' },
      refund_with_reason: REFUND,
      look: { kind: 'read' },
    },
  });
  const grants = { agent: { principal: 'a@acme.example', policies: ['p'], upstreams: ['bank'] } };
  await home.rewrite({ version: 1, upstreams: { bank }, policies: { p: POLICY }, grants });
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
});
afterAll(async () => {
  await client.close();
  await home.remove();
});

describe('when a rule asks for a reason and the tool has no argument for one', () => {
  it('lists one: required where a `require` rule needs it, else optional', async () => {
    const refund = await listed('create_refund');
    expect(refund.properties['reason']).toMatchObject({ type: 'string', maxLength: 500 });
    expect(refund.required).toEqual(['payment', 'reason']);
    const charge = await listed('create_charge');
    expect(charge.properties).toHaveProperty('reason');
    expect(charge.required).toEqual([]);
  });

  it('adds none to a tool that has one, or that no such rule is about', async () => {
    expect((await listed('refund_with_note')).properties).not.toHaveProperty('reason');
    expect((await listed('refund_with_reason')).properties['reason']).toEqual({ type: 'string' });
    expect((await listed('look')).properties).not.toHaveProperty('reason');
  });

  it('decides on it and takes it out before forwarding', async () => {
    const sent = await forwarded(async () => {
      const answer = await client.call('create_refund', { payment: 'p1', amount: 5, reason: 'broken parcel' });
      expect(answer.result?.isError).not.toBe(true);
      expect(decisionOf(await client.call('create_charge', { amount: 5, reason: 'test' }))?.rule).toBe('no-tests');
    });
    expect(sent).toEqual([{ payment: 'p1', amount: 5 }]);
  });

  it.each([
    ['is missing', { payment: 'p1', amount: 5 }, 'why'],
    ['is blank', { payment: 'p1', amount: 5, reason: ' \u200b' }, 'why'],
    ['is null', { payment: 'p1', amount: 5, reason: null }, 'why'],
    ['is no text', { payment: 'p1', amount: 5, reason: 7 }, '(invalid arguments)'],
    ['is over 500 characters', { payment: 'p1', amount: 5, reason: 'x'.repeat(501) }, '(invalid arguments)'],
  ])('denies a call whose reason %s', async (_what, args, rule) => {
    const sent = await forwarded(async () =>
      expect(decisionOf(await client.call('create_refund', args))?.rule).toBe(rule),
    );
    expect(sent).toEqual([]);
  });

  it('leaves the argument of a tool that has one alone', async () => {
    const args = { payment: 'p1', amount: 5, note: 'broken parcel' };
    expect(await forwarded(() => client.call('refund_with_note', args))).toEqual([args]);
  });

  it('writes its name and type into the log, and not its words', () => {
    const intent = home.records().find(({ kind, tool: name }) => kind === 'intent' && name === 'bank/create_refund');
    const reason: unknown = expect.objectContaining({ name: 'reason', type: 'string' });
    expect(intent?.['args']).toEqual(expect.arrayContaining([reason]));
    expect(JSON.stringify(home.records())).not.toContain('broken parcel');
  });
});
