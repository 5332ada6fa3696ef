import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, type Message, RawClient } from './support/raw-client.ts';

const REFUND = {
  kind: 'refund',
  amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
  currency: { path: 'currency' },
  reason: 'reason',
  reference: 'payment',
};
const MONEY = {
  amount: { type: 'integer' },
  currency: { type: 'string' },
  reason: { type: 'string' },
  payment: { type: 'string' },
};
const POLICY = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow', when: { amount: { lte: '100 USD' } } },
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
  ],
};

let home: Home;
let client: RawClient;

beforeAll(async () => {
  home = await makeHome({});
  const bank = await recorder(
    home.room,
    'bank',
    [tool('create_refund', MONEY), tool('look', { id: { type: 'string' } })],
    {
      tools: { create_refund: REFUND, look: { kind: 'read' } },
    },
  );
  const config = {
    version: 1,
    upstreams: { bank },
    policies: { small: POLICY },
    grants: { agent: { principal: 'a@acme.example', policies: ['small'], upstreams: ['bank'] } },
  };
  await home.rewrite(config);
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
  await client.tools();
});
afterAll(async () => {
  await client.close();
  await home.remove();
});

/** A line that asks for a refund, with the arguments as they are written. */
function refundLine(id: string, args: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"create_refund","arguments":${args}}}`;
}

const REJECTED: readonly [string, string, number][] = [
  ['duplicate keys', '{"amount":1,"amount":999999,"currency":"USD"}', -32602],
  ['duplicate keys in disguise', '{"amount":1,"\\u0061mount":999999,"currency":"USD"}', -32602],
  ['a __proto__ key', '{"__proto__":{"amount":1},"currency":"USD"}', -32602],
  ['a constructor key', '{"constructor":1,"amount":1,"currency":"USD"}', -32602],
  ['an unsafe integer', '{"amount":9007199254740993,"currency":"USD"}', -32602],
  ['an infinite number', '{"amount":1e400,"currency":"USD"}', -32602],
  ['a fraction that a float cannot hold', '{"amount":10000.000000000000001,"currency":"USD"}', -32602],
  ['minus zero', '{"amount":-0,"currency":"USD"}', -32602],
  ['a lone surrogate', '{"amount":1,"currency":"USD","reason":"\\ud800"}', -32602],
  ['arguments in an array', '[1]', -32602],
  ['arguments in a string', '"{}"', -32602],
  ['null for arguments', 'null', -32602],
  ['65 levels', `{"reason":${'['.repeat(65)}${']'.repeat(65)}}`, -32602],
];

const DENIED: readonly [string, string][] = [
  ['no amount, which means the full payment', '{"currency":"USD","payment":"p"}'],
  ['an amount as text', '{"amount":"100","currency":"USD"}'],
  ['an amount in an array', '{"amount":[100],"currency":"USD"}'],
  ['an amount in an object', '{"amount":{"value":1},"currency":"USD"}'],
  ['true for an amount', '{"amount":true,"currency":"USD"}'],
  ['null for an amount', '{"amount":null,"currency":"USD"}'],
  ['a negative amount', '{"amount":-100,"currency":"USD"}'],
  ['an exponent', '{"amount":1e3,"currency":"USD"}'],
  ['a fraction', '{"amount":100.5,"currency":"USD"}'],
  ['a trailing fraction of zero', '{"amount":100.0,"currency":"USD"}'],
  ['a cent too much', '{"amount":10001,"currency":"USD"}'],
  ['another currency', '{"amount":100,"currency":"EUR"}'],
  ['a currency in mixed case', '{"amount":100,"currency":"Usd"}'],
  ['a currency with a space', '{"amount":100,"currency":"USD "}'],
  ['full-width letters', '{"amount":100,"currency":"ＵＳＤ"}'],
  ['a Cyrillic letter', '{"amount":100,"currency":"UЅD"}'],
  ['a long s', '{"amount":100,"currency":"uſd"}'],
  ['no currency', '{"amount":100}'],
  ['a decoy that the schema does not name', '{"amount":100,"currency":"USD","charge":"ch_1"}'],
  ['a name in other letters', '{"Amount":100,"currency":"USD"}'],
];

async function untouched(work: () => Promise<void>): Promise<void> {
  const before = callsOf(home.room, 'bank').length;
  await work();
  expect(callsOf(home.room, 'bank')).toHaveLength(before);
}

describe('when a tools/call is malformed', () => {
  it.each(REJECTED)('refuses %s with an error and forwards nothing', async (_what, args, code) => {
    await untouched(async () => {
      const id = `"r-${REJECTED.findIndex(([, one]) => one === args)}"`;
      client.send(refundLine(id, args));
      const answer = await client.receive((message) => JSON.stringify(message.id) === id);
      expect(answer.error?.code).toSatisfy((one: number) => one === code || one === -32600);
      expect(answer.error?.message).not.toBe('');
    });
  });

  it('refuses a call without an id and forwards nothing', async () => {
    await untouched(async () => {
      client.send(
        '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"create_refund","arguments":{"amount":1,"currency":"USD"}}}',
      );
      expect((await client.request('ping')).result).toEqual({});
    });
    expect(home.records().filter(({ code }) => code === 'call_without_id')).toHaveLength(1);
  });

  it.each([
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]', -32600],
    ['an empty batch', '[]', -32600],
    ['half a message', '{"jsonrpc":"2.0","id":', -32700],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['a member of another case', '{"jsonrpc":"2.0","id":77,"Method":"ping"}', -32600],
  ])('refuses %s', async (_what, line, code) => {
    const before = client.messages.length;
    client.send(line);
    const answer = await client.receive(
      (message) => message.error !== undefined && client.messages.indexOf(message) >= before,
    );
    expect(answer.error?.code).toBe(code);
  });

  it('refuses keys beside name, arguments and _meta', async () => {
    const answer = await client.request('tools/call', { name: 'look', arguments: {}, task: { ttl: 1 } });
    expect(answer.error?.code).toBe(-32602);
  });

  it('survives a line of 100 MB: its request fails, the next one works', async () => {
    client.child.stdin.write(
      '{"jsonrpc":"2.0","id":"big","method":"tools/call","params":{"name":"look","arguments":{"id":"',
    );
    const chunk = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 100; i++)
      if (!client.child.stdin.write(chunk)) await new Promise((resolve) => client.child.stdin.once('drain', resolve));
    client.send('"}}}');
    const answer = await client.receive((message) => message.id === 'big');
    expect(answer.error?.code).toBe(-32600);
    expect((await client.call('look', { id: 'a' })).result?.content?.[0]?.text).toBe('did look');
  });
});

describe('when the arguments are hostile', () => {
  it.each(DENIED)('denies %s and forwards nothing', async (_what, args) => {
    await untouched(async () => {
      const id = `"d-${DENIED.findIndex(([, one]) => one === args)}"`;
      client.send(refundLine(id, args));
      const answer = await client.receive((message) => JSON.stringify(message.id) === id);
      expect(answer.result?.isError).toBe(true);
      expect(decisionOf(answer)?.decision).toBe('deny');
    });
  });

  it('forwards the call it evaluated, once, and nothing else of the params', async () => {
    const before = callsOf(home.room, 'bank').length;
    const args = { currency: 'USD', amount: 10_000, reason: 'é\u2028"\\', payment: 'p1' };
    const answer = await client.call('create_refund', args, { 'io.example/approval': 'granted', progressToken: 'p' });
    expect(answer.result?.content?.[0]?.text).toBe('did create_refund');
    const [call, ...others] = callsOf(home.room, 'bank').slice(before);
    expect(others).toEqual([]);
    expect(call?.arguments).toEqual(args);
    expect(call?.raw).not.toContain('approval');
  });
});

describe('when a tool does not exist for the grant', () => {
  it('answers unknown names alike', async () => {
    const names = [
      'create_refund ',
      'create_refund\u200b',
      'Create_Refund',
      'constructor',
      '__proto__',
      'toString',
      '',
    ];
    for (const name of names) {
      const { error } = await client.call(name, {});
      expect(error).toEqual({ code: -32602, message: `Unknown tool: ${name}` });
    }
  });

  it('answers methods it does not have with -32601', async () => {
    for (const method of [
      'tools/Call',
      'tools/call ',
      'resources/list',
      'vendor/refund',
      'server/discover',
      'completion/complete',
    ])
      expect((await client.request(method, {})).error?.code).toBe(-32601);
  });
});

describe('ids', () => {
  it.each(['0', '"0"', '-7', '"a\\u0000b"', '9007199254740991', '""'])('come back as %s, type and all', async (id) => {
    client.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    const same = (message: Message): boolean => message.id === JSON.parse(id);
    expect((await client.receive(same)).result).toEqual({});
  });
});
