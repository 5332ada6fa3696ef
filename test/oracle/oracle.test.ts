import { describe, expect, it } from 'vitest';
import { isBlank } from '../../src/core/lookup.ts';
import { isNothing } from './blank.ts';
import { unreached } from './coverage.ts';
import type { OracleCall, OracleEntry } from './entry.ts';
import { fuzz, readCall } from './fuzz.ts';
import type { Divergence } from './fuzz.ts';
import { sceneOf } from './generate/scene.ts';
import { write } from './generate/tree.ts';
import { read } from './json.ts';
import { judge } from './oracle.ts';
import type { Answer } from './oracle.ts';
import { answerOf, load } from './product.ts';
import { run } from './report.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';
import { wallClock } from './time.ts';

const REFUND: OracleEntry = {
  kind: 'refund',
  amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
  currency: { path: 'currency' },
  reason: 'reason',
  reference: 'payment',
};

function call(args: string, over: Partial<OracleCall> = {}): OracleCall {
  return {
    tool: 'stripe/create_refund',
    known: { direction: 'out', entry: REFUND },
    args,
    assumeCurrency: null,
    decimals: {},
    labels: { team: 'support' },
    principal: 'support@acme.example',
    timeMs: Date.UTC(2026, 10, 22, 23, 30),
    ...over,
  };
}

/** `allow rule, obligations` or `deny code rule`. */
function words({ decision, rule, code, obligations }: Answer): string {
  return decision === 'deny' ? `deny ${code} ${rule}` : ['allow', rule, ...obligations].join(' ');
}

/** What the oracle says, and what the product says, of one call under one document. */
async function both(document: string, one: OracleCall): Promise<readonly [oracle: string, product: string]> {
  const { oracle, product } = readCall(one);
  const policy = await load('p', document);
  return [words(judge(oracle, [{ name: 'p', doc: read(document) }], new Tally())), words(answerOf(product, [policy]))];
}

const ALLOW = `{"id":"ok","tools":["stripe/create_refund"],"effect":"allow"}`;

/** A document that allows refunds and has one rule more. */
function under(effect: string, when: string, tools = '"*"'): string {
  return `{"version":1,"rules":[${ALLOW},{"id":"r","tools":[${tools}],"effect":"${effect}","when":${when}}]}`;
}

const ALLOWED = 'allow p/ok';
const DENIED = 'deny denied p/r';
const CEILING = under('deny', '{"amount":{"gt":{"USD":"500","JPY":"500"}}}');
const REASON = under('require', '{"reason":{"present":true}}');
const NESTED = under('require', '{"args.metadata.order":{"present":true}}');
const TAGS = under('deny', '{"args.tags":{"contains":"7"}}');
const NUMBER = under('deny', '{"args.x":{"eq":10000}}');
const LINES = under('deny', '{"args.items[*].price":{"sum":{"gt":900}}}');
const NUMBER_OF_LINES = under('deny', '{"args.items[*].price":{"count":{"gt":1}}}');

describe('when a case is written by hand, the oracle and the product both say', () => {
  it.each<[document: string, args: string, expected: string]>([
    // money
    [CEILING, '{"amount":50000,"currency":"USD"}', ALLOWED],
    [CEILING, '{"amount":50001,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":500,"currency":"JPY"}', ALLOWED],
    [CEILING, '{"amount":501,"currency":"JPY"}', DENIED],
    [CEILING, '{"amount":1,"currency":"usd"}', ALLOWED],
    [CEILING, '{"amount":1,"currency":"Usd"}', DENIED],
    [CEILING, '{"amount":1,"currency":"uſd"}', DENIED],
    [CEILING, '{"amount":1,"currency":"ＵＳＤ"}', DENIED],
    [CEILING, '{"amount":1,"currency":"EUR"}', DENIED],
    [CEILING, '{"amount":1}', DENIED],
    [CEILING, '{"currency":"USD"}', DENIED],
    [CEILING, '{"amount":0,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":-1,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":-0,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":1e2,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":1.0,"currency":"USD"}', DENIED],
    [CEILING, '{"amount":"1","currency":"USD"}', DENIED],
    [CEILING, '{"amount":[1],"currency":"USD"}', DENIED],
    [CEILING, '{"amount":9007199254740992,"currency":"USD"}', DENIED],
    // absent and blank
    [REASON, '{"reason":"damaged"}', ALLOWED],
    [REASON, '{"reason":" "}', 'deny requirement p/r'],
    [REASON, '{"reason":"\\u200b\\u2800"}', 'deny requirement p/r'],
    [REASON, '{"reason":null}', 'deny requirement p/r'],
    [REASON, '{"reason":0}', ALLOWED],
    [NESTED, '{"metadata":{"order":"o_1"}}', ALLOWED],
    [NESTED, '{"metadata":"order"}', 'deny requirement p/r'],
    // values
    [NUMBER, '{"x":10000.000000000000001}', ALLOWED],
    [NUMBER, '{"x":1e4}', DENIED],
    [NUMBER, '{"x":"10000"}', DENIED],
    [NUMBER, '{"x":1e401}', DENIED],
    [TAGS, '{"tags":["7"]}', DENIED],
    [TAGS, '{"tags":[7]}', DENIED],
    [TAGS, '{"tags":["8"]}', ALLOWED],
    [TAGS, '{"tags":[]}', ALLOWED],
    // arrays
    [LINES, '{"items":[{"price":400},{"price":500}]}', ALLOWED],
    [LINES, '{"items":[{"price":400},{"price":500.01}]}', DENIED],
    [LINES, '{"items":[{"price":400},{}]}', DENIED],
    [LINES, '{"items":[]}', DENIED],
    [LINES, '{}', DENIED],
    [NUMBER_OF_LINES, '{"items":[{"price":1},{}]}', DENIED],
    [NUMBER_OF_LINES, '{"items":[]}', ALLOWED],
    [NUMBER_OF_LINES, '{"items":"two"}', DENIED],
  ])('%s of %s: %s', async (document, args, expected) => {
    expect(await both(document, call(args))).toEqual([expected, expected]);
  });

  it.each<[document: string, over: Partial<OracleCall>, expected: string]>([
    [CEILING, { known: null }, DENIED],
    [under('deny', '{"kind":{"eq":"read"}}'), { known: null }, DENIED],
    [under('deny', '{"principal":{"eq":"x"}}'), { known: null }, ALLOWED],
    [
      under('limit', '{"amount":{"gt":"1 USD"}}').replace('"when"', '"limit":{"calls":1,"per":"day"},"when"'),
      { known: null },
      `${ALLOWED} reserve p/r`,
    ],
    [under('approve', '{"amount":{"gt":"1 USD"}}', '"money:in"'), { known: null }, `${ALLOWED} approve p/r`],
    [CEILING, { known: { direction: 'none', entry: { kind: 'read' } } }, ALLOWED],
    [
      under('require', '{"amount":{"lte":"1 USD"}}'),
      { known: { direction: 'none', entry: { kind: 'read' } } },
      'deny requirement p/r',
    ],
    [under('deny', '{"grant.team":{"ne":"support"}}'), { labels: {} }, DENIED],
    [
      under('deny', '{"time.hour":{"gte":10}}').replace('"when"', '"timezone":"Australia/Lord_Howe","when"'),
      {},
      DENIED,
    ],
    [
      under('deny', '{"time.date":{"eq":"2026-11-23"}}').replace('"when"', '"timezone":"Asia/Kolkata","when"'),
      {},
      DENIED,
    ],
  ])('%s of %j: %s', async (document, over, expected) => {
    expect(await both(document, call('{}', over))).toEqual([expected, expected]);
  });
});

describe('when policies and calls are generated', () => {
  it('answers as the product does', async () => {
    const { divergence, comparisons } = await fuzz({ calls: 50_000, seed: 20_261_123 });
    expect(divergence).toBeNull();
    expect(comparisons).toBeGreaterThanOrEqual(50_000);
  });

  it('repeats what a seed made', () => {
    const [first, second] = [sceneOf(7, 3), sceneOf(7, 3)];
    expect(first.documents.map(write)).toEqual(second.documents.map(write));
    expect([first.next(), first.next()]).toEqual([second.next(), second.next()]);
    expect(sceneOf(8, 3).documents.map(write)).not.toEqual(first.documents.map(write));
  });

  it('reports a run as data', async () => {
    const report = await run({ calls: 600, seed: 1 });
    expect(report).toMatchObject({
      ok: true,
      seed: 1,
      comparisons: 600,
      divergences: 0,
      divergence: null,
      unreached: [],
    });
    expect(report.reached['allow']).toBeGreaterThan(0);
  });

  it('asks of a long run that it reached everything', () => {
    expect(unreached(new Map([['eq T', 1]]))).toContain('eq U');
    expect(unreached(new Map([['eq T', 1]]))).not.toContain('eq T');
  });
});

describe('when the two differ', () => {
  it('leaves of the case what it takes to differ', async () => {
    const rule = (id: string) => ({ id, tools: ['*', 'money'], effect: 'deny' });
    const divergence: Divergence = {
      ...{ seed: 1, scene: 2, product: 'a', oracle: 'b' },
      documents: [{ rules: [rule('r0')] }, { rules: [rule('r1'), rule('r2')] }],
      call: call('{"amount":1,"x":[1,{"y":2}]}'),
    };
    const small = await shrink(divergence, ({ documents, call: one }) => {
      const holds = write([...documents]).includes('"r2"') && 'args' in one && one.args.includes('"y"');
      return Promise.resolve(holds ? { product: 'c', oracle: 'd' } : null);
    });
    expect(small.documents.map(write)).toEqual(['{"rules":[{"id":"r2"}]}']);
    expect(small.call).toMatchObject({ args: '{"x":[{"y":2}]}' });
    expect(small).toMatchObject({ seed: 1, scene: 2, product: 'c', oracle: 'd' });
  });
});

describe('when a character cannot be seen', () => {
  it('both count a text of it as absent', () => {
    const differing: string[] = [];
    for (let point = 0; point <= 0x1ffff; point += 1) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const text = String.fromCodePoint(point);
      if (isBlank(text) !== isNothing({ t: 'str', v: text })) differing.push(point.toString(16));
    }
    expect(differing).toEqual([]);
  });
});

describe('when a clock on the wall is read', () => {
  it.each([
    ['2026-04-04T14:59:59Z', 'Australia/Lord_Howe', { hour: 1, weekday: 'sun', date: '2026-04-05' }],
    ['2026-04-04T15:00:00Z', 'Australia/Lord_Howe', { hour: 1, weekday: 'sun', date: '2026-04-05' }],
    ['2011-12-30T09:59:59Z', 'Pacific/Apia', { hour: 23, weekday: 'thu', date: '2011-12-29' }],
    ['2011-12-30T10:00:00Z', 'Pacific/Apia', { hour: 0, weekday: 'sat', date: '2011-12-31' }],
    ['2024-02-29T18:14:59Z', 'Asia/Kathmandu', { hour: 23, weekday: 'thu', date: '2024-02-29' }],
    ['1969-12-31T23:59:59Z', 'UTC', { hour: 23, weekday: 'wed', date: '1969-12-31' }],
  ])('%s in %s', (instant, timezone, expected) => {
    expect(wallClock(Date.parse(instant), timezone)).toEqual(expected);
  });
});
