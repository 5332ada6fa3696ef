// What is thrown at a gateway for money, through the real binary: nothing of it may reach the payment server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const amount = (unit: string, form: string): unknown => ({ path: 'amount', unit, form, absent: 'full' });
const currency = { path: 'currency' };
const KINDS = {
  refund: { kind: 'refund', amounts: [amount('minor', 'integer')], currency, reason: 'reason' },
  pay: { kind: 'payout', amounts: [amount('major', 'decimal-string')], currency },
  pay_number: { kind: 'payout', amounts: [amount('major', 'number')], currency },
  capture: { kind: 'capture', reference: 'order' },
  subscribe: { kind: 'subscription_charge', reference: 'price' },
  link: { kind: 'payment_link', reference: 'price' },
  set_bank: { kind: 'config' },
  open: { kind: 'charge', amounts: [amount('minor', 'integer')], currency },
  look: { kind: 'read' },
};
const TEXT = { type: 'string' };
// Every type is allowed by the schema, so that it is the policy that has to hold.
const ANY = { anyOf: ['integer', 'number', 'string', 'boolean', 'null', 'array', 'object'].map((type) => ({ type })) };
const TOOLS = [
  tool('refund', { amount: ANY, currency: ANY, reason: ANY, payment: ANY }),
  tool('pay', { amount: ANY, currency: ANY, to: TEXT }),
  tool('pay_number', { amount: ANY, currency: ANY, to: TEXT }),
  tool('capture', { order: TEXT }),
  tool('subscribe', { price: TEXT }),
  tool('link', { price: TEXT }),
  tool('set_bank', { iban: TEXT }),
  {
    name: 'open',
    description: 'open',
    inputSchema: { type: 'object', properties: { amount: ANY, currency: ANY }, additionalProperties: true },
  },
  tool('unmapped_pay', { amount: ANY }),
  tool('look', { id: TEXT }),
];
const POLICY = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow', when: { amount: { lte: '100 USD' } } },
    { id: 'money', tools: ['money'], effect: 'allow' },
    { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '19.99 USD' } } },
    { id: 'all', tools: ['*'], effect: 'allow', when: { kind: { in: ['read', 'refund'] } } },
    { id: 'words', tools: ['kind:refund'], effect: 'deny', when: { reason: { present: true, matches: '(x+x+)+y' } } },
    { id: 'many-small', tools: ['kind:charge'], effect: 'limit', limit: { amount: { USD: '19.98' }, per: 'day' } },
  ],
};

const IN_ORDER = [
  ['refund', { amount: 1999, currency: 'USD', reason: 'x' }],
  ['pay', { amount: '19.99', currency: 'usd', to: 'b1' }],
] as const;

let home: Home;
let client: RawClient;
let next = 0;

beforeAll(async () => {
  home = await makeHome({});
  const bank = await recorder(home.room, 'bank', TOOLS, { tools: KINDS });
  const grants = { agent: { principal: 'a@acme.example', policies: ['p'], upstreams: ['bank'] } };
  await home.rewrite({ version: 1, upstreams: { bank }, policies: { p: POLICY }, grants });
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
  await client.tools();
});
afterAll(async () => {
  await client.close();
  // A call that waits for the disk may come after the read that was sent behind it: in the end there is nothing but what
  // is in order.
  const moved = callsOf(home.room, 'bank').filter(({ name }) => name !== 'look');
  expect(moved.map(({ name, arguments: args }) => [name, args])).toEqual(IN_ORDER);
  expect((await home.run(['audit', 'verify'])).exitCode).toBe(0);
  await home.remove();
});

/** Writes the bytes, then waits for a ping behind them: whatever they were, they have been dealt with. */
async function throwAt(bytes: Buffer | string): Promise<void> {
  const before = callsOf(home.room, 'bank').length;
  const id = `ping-${next++}`;
  client.child.stdin.write(bytes);
  client.child.stdin.write(`\n{"jsonrpc":"2.0","id":"${id}","method":"ping"}\n`);
  await client.receive((message) => message.id === id);
  // A read on the same server arrives after everything that was forwarded before it.
  expect((await client.call('look', { id })).result?.isError).not.toBe(true);
  expect(
    callsOf(home.room, 'bank')
      .slice(before)
      .map(({ arguments: args }) => args),
  ).toEqual([{ id }]);
}

const call = (name: string, args: string): string =>
  `{"jsonrpc":"2.0","id":"c-${next++}","method":"tools/call","params":{"name":"${name}","arguments":${args}}}`;
const usd = (literal: string): string => `{"amount":${literal},"currency":"USD"}`;

describe('JSON and text', () => {
  const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each([
    ['J01 duplicate keys', call('refund', '{"amount":1,"amount":999999,"currency":"USD"}')],
    [
      'J01 duplicate keys, escaped and nested',
      call('refund', '{"amount":1,"currency":"USD","payment":{"a":1,"\\u0061":2}}'),
    ],
    [
      'J02 a twin of `name`',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"look","Name":"refund","arguments":{}}}',
    ],
    [
      'J02 a twin of `method`',
      '{"jsonrpc":"2.0","id":1,"Method":"tools/call","method":"tools/call","params":{"name":"refund","arguments":{}}}',
    ],
    [
      'J02 a long s in `params`',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","paramſ":{"name":"refund","arguments":${usd('1')}}}`,
    ],
    ['J03 __proto__', call('refund', '{"__proto__":{"amount":1,"currency":"USD"}}')],
    ['J03 prototype as a tool', call('prototype', usd('1'))],
    ['J04 an exponent', call('refund', usd('1e2'))],
    ['J04 a capital exponent', call('refund', usd('1E2'))],
    ['J04 a fraction of zero', call('refund', usd('100.0'))],
    ['J04 a fraction below what a float can hold', call('refund', usd('10000.000000000000001'))],
    ['J05 infinity', call('refund', usd('1e400'))],
    ['J05 minus zero', call('refund', usd('-0'))],
    ['J05 NaN', call('refund', usd('NaN'))],
    ['J05 a word for infinity', call('refund', usd('"Infinity"'))],
    ['J06 an unsafe integer', call('refund', usd('9007199254740993'))],
    ['J06 thirty digits', call('refund', usd('1'.repeat(30)))],
    ['J06 thirty digits in a decimal text', call('pay', usd(`"${'1'.repeat(30)}.00"`))],
    ['J07 text for a number', call('refund', usd('"100"'))],
    ['J07 a list', call('refund', usd('[100]'))],
    ['J07 an object', call('refund', usd('{"value":100}'))],
    ['J07 true', call('refund', usd('true'))],
    ['J07 null', call('refund', usd('null'))],
    ['J07 an empty text', call('pay', usd('""'))],
    ['J09 a cent above, by a hair', call('pay_number', usd('19.990000000000001'))],
    ['J09 three decimals', call('pay', usd('"19.999"'))],
    ['J10 a mixed case currency', call('refund', '{"amount":1,"currency":"Usd"}')],
    ['J10 a currency with a space', call('refund', '{"amount":1,"currency":"USD "}')],
    ['J10 full-width letters', call('refund', '{"amount":1,"currency":"ＵＳＤ"}')],
    ['J10 a long s', call('refund', '{"amount":1,"currency":"uſd"}')],
    ['J10 a Cyrillic letter', call('refund', '{"amount":1,"currency":"UЅD"}')],
    ['J11 a name with a space', call('refund ', usd('1'))],
    ['J11 a name with a tab', call('refund\\t', usd('1'))],
    ['J11 a name with a NUL', call('refund\\u0000', usd('1'))],
    ['J11 a name with a joiner', call('ref\\u200dund', usd('1'))],
    ['J11 a name with a Cyrillic letter', call('rеfund', usd('1'))],
    ['J11 a name from right to left', call('\\u202erefund', usd('1'))],
    ['J12 an argument that the schema lacks', call('refund', '{"amount":1,"currency":"USD","charge":"ch_1"}')],
    ['J13 an alias of the amount', call('refund', '{"amt":1,"currency":"USD"}')],
    ['J13 a capital alias', call('refund', '{"Amount":1,"currency":"USD"}')],
    ['J17 a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(call('refund', usd('1')))])],
    ['J17 UTF-16', Buffer.from(call('refund', usd('1')), 'utf16le')],
    [
      'J17 invalid UTF-8',
      Buffer.concat([
        Buffer.from(call('refund', '{"amount":1,"currency":"USD","reason":"').slice(0, -2)),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}}}'),
      ]),
    ],
    ['J18 a lone surrogate', call('refund', '{"amount":1,"currency":"USD","reason":"\\ud800"}')],
    ['J20 a key of a megabyte', call('refund', `{"amount":1,"currency":"USD","${'k'.repeat(1_048_576)}":1}`)],
    [
      'J20 a hundred thousand keys',
      call(
        'refund',
        `{"amount":1,"currency":"USD",${Array.from({ length: 100_000 }, (_, key) => `"k${key}":1`).join(',')}}`,
      ),
    ],
    ['J20 ten thousand levels', call('refund', `{"amount":1,"currency":"USD","payment":${nested(10_000)}}`)],
    [
      'J21 text that a backtracking pattern would never finish',
      call('refund', `{"amount":1000000,"currency":"USD","reason":"${'x'.repeat(50_000)}"}`),
    ],
  ])('%s', async (_what, bytes) => throwAt(bytes));
});

describe('JSON-RPC', () => {
  const inner = call('refund', usd('1'));
  it.each([
    ['R01 a batch', `[${inner}]`],
    ['R01 a nested batch', `[[${inner}]]`],
    ['R01 a batch of ten thousand', `[${Array.from({ length: 10_000 }, () => inner).join(',')}]`],
    [
      'R02 a call without an id',
      `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"refund","arguments":${usd('1')}}}`,
    ],
    [
      'R05 a method of another case',
      `{"jsonrpc":"2.0","id":1,"method":"tools/Call","params":{"name":"refund","arguments":${usd('1')}}}`,
    ],
    [
      'R05 a method with a space',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"refund","arguments":${usd('1')}}}`,
    ],
    [
      'R06 a name that is an object',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{},"arguments":{}}}',
    ],
    ['R06 params in a list', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["refund",{}]}'],
    [
      'R08 a call as a task',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":${usd('1')},"task":{"ttl":1}}}`,
    ],
    ['R08 a task of nobody', '{"jsonrpc":"2.0","id":1,"method":"tasks/result","params":{"taskId":"1"}}'],
  ])('%s', async (_what, bytes) => throwAt(bytes));

  it('R07 a call before initialize', async () => {
    const early = new RawClient(home, undefined);
    expect((await early.call('refund', { amount: 1, currency: 'USD' })).error?.code).toBe(-32600);
    await early.close();
  });
});

describe('Money', () => {
  it.each([
    ['M01 a charge above what is left of its cap', call('open', usd('1999'))],
    ['M02 no amount, which means all', call('refund', '{"currency":"USD"}')],
    ['M04 a cent under the truncated bound', call('pay', usd('"19.995"'))],
    ['M05 no currency', call('refund', '{"amount":1}')],
    ['M05 another currency', call('refund', '{"amount":1,"currency":"JPY"}')],
    ['M05 no currency at all known', call('refund', '{"amount":1,"currency":"BTC"}')],
    ['M07 a tool that nobody classified, allowed by a wildcard only', call('unmapped_pay', '{"amount":1}')],
    ['M07 major units where minor ones are meant', call('pay', usd('"2000"'))],
    ['M08 the second step of a payment', call('capture', '{"order":"o1"}')],
    ['M10 a subscription', call('subscribe', '{"price":"p1"}')],
    ['M10 a payment link', call('link', '{"price":"p1"}')],
    ['M11 a price instead of an amount', call('subscribe', '{"price":"price_1000000"}')],
    ['M19 another bank account', call('set_bank', '{"iban":"DE00"}')],
    ['a negative amount', call('refund', usd('-100'))],
    ['a thousands separator', call('pay', usd('"1,000.00"'))],
    ['a comma for a point', call('pay', usd('"10,00"'))],
    ['full-width digits', call('pay', usd('"１０"'))],
    ['a plus sign', call('pay', usd('"+10"'))],
    ['hexadecimal', call('pay', usd('"0x0a"'))],
    ['a leading zero', call('pay', usd('"010"'))],
  ])('%s', async (_what, bytes) => throwAt(bytes));
});

describe('what is in order', () => {
  it('goes through, so that the rows above prove something', async () => {
    const before = callsOf(home.room, 'bank').length;
    for (const [name, args] of IN_ORDER)
      expect((await client.call(name, args)).result?.content?.[0]?.text).toBe(`did ${name}`);
    expect(callsOf(home.room, 'bank').length - before).toBe(IN_ORDER.length);
  });
});
