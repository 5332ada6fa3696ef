/** What servers ask of the client, where nobody answers as he should. The clock is the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { brandAs, type RequestId } from '../../src/core/index.ts';
import { fromPlain, isObject, type Json, stringify } from '../../src/core/json.ts';
import { type AskParts, Asks } from '../../src/gateway/asks.ts';
import type { Behind } from '../../src/gateway/tool-list.ts';
import { policy, rule } from '../core/build.ts';

const CLIENT = fromPlain({ roots: {}, sampling: {}, elicitation: {} });

interface Line {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}

/** What the client was written. */
let told: Line[];
/** What the server was answered. */
let answered: { readonly id: unknown; readonly result?: unknown; readonly error?: { readonly code: number } }[];
let records: Record<string, unknown>[];
let asks: Asks;
/** The gate opens when this does. */
let gate: Promise<unknown>;

const plain = (value: Json): unknown => JSON.parse(stringify(value));

const behind = {
  part: { config: { name: 'shop', elicitation: true } },
  upstream: {
    respond: (id: Json, answer: Record<string, Json>) =>
      answered.push({ id: plain(id), ...(plain(new Map(Object.entries(answer))) as object) }),
    notify: () => undefined,
  },
} as unknown as Behind;

beforeEach(() => {
  vi.useFakeTimers();
  [told, answered, records, gate] = [[], [], [], Promise.resolve()];
  const capabilities = new Set(['roots', 'sampling', 'elicitation']);
  const terms = {
    grant: { name: 'agent', principal: 'a@b.example', capabilities },
    policies: [policy([rule('all', ['*'], { effect: 'allow' })])],
    ...{ shadow: [], reveal: [] },
  };
  if (!isObject(CLIENT)) throw new Error('no object');
  let next = 0;
  asks = new Asks({
    parts: {
      log: { ready: () => Promise.resolve(), write: (event: Record<string, unknown>) => records.push(event) },
      newRequestId: () => brandAs<RequestId>(`q${(next += 1)}`),
      gatekeeper: () => gate.then(() => ({ isMoneyFrozen: false, hasApprovals: false })),
      ...{ nowMs: () => 0, warn: () => undefined },
    },
    session: {},
    out: { push: (line: string | Buffer) => told.push(JSON.parse(String(line)) as Line) > 0 },
    client: CLIENT,
    terms: () => Promise.resolve(terms),
  } as unknown as AskParts);
});
afterEach(() => {
  vi.useRealTimers();
});

const ask = (id: unknown, method = 'roots/list'): Promise<void> =>
  asks.request(behind, fromPlain(id), method, undefined);
const open = (): unknown[] => told.filter(({ method }) => method === 'roots/list').map(({ id }) => id);
const endings = (): unknown[] => records.filter(({ kind }) => kind === 'request_ended').map(({ code }) => code);

describe('when a client never answers', () => {
  it.each([
    ['roots/list', 30_000],
    ['sampling/createMessage', 600_000],
  ])('%s is given up after %i ms, both sides are told once, and what comes later is for nobody', async (method, ms) => {
    asks.ready();
    await ask(7, method);
    const [question] = told;
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(answered).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(answered).toMatchObject([{ id: 7, error: { code: -32603 } }]);
    expect(told.slice(1)).toEqual([
      {
        ...{ jsonrpc: '2.0', method: 'notifications/cancelled' },
        params: { requestId: question?.id, reason: 'timeout' },
      },
    ]);
    asks.answer(fromPlain(question?.id), { result: new Map() });
    expect([answered.length, asks.dropped, endings()]).toEqual([1, 1, ['timeout']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves room again for as many as before, however often that happens', async () => {
    asks.ready();
    for (let round = 1; round <= 3; round += 1) {
      for (let id = 0; id < 32; id += 1) await ask(id);
      expect(open()).toHaveLength(32 * round);
      await ask('one too many');
      expect(open()).toHaveLength(32 * round);
      // A new minute, in which it may ask again.
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('when answers come that nobody waits for', () => {
  it('drops and counts those with ids never asked, of another type, or answered before', async () => {
    asks.ready();
    await ask(1);
    const [own] = open();
    for (const id of [1, 'sshop-99', 'shop-1', null, `${String(own)} `])
      asks.answer(fromPlain(id), { result: new Map() });
    expect([answered.length, asks.dropped]).toEqual([0, 5]);
    asks.answer(fromPlain(own), { result: new Map() });
    asks.answer(fromPlain(own), { result: new Map() });
    expect([answered, asks.dropped]).toEqual([[{ id: 1, result: {} }], 6]);
  });
});

describe('when the process that asked goes', () => {
  it('takes the question back, and hands a late answer to nobody, least of all to the next process', async () => {
    asks.ready();
    await ask(1);
    const [first] = open();
    asks.drop(behind);
    expect(told.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: first } });
    await ask(1);
    const second = open()[1];
    expect(second).not.toBe(first);
    asks.answer(fromPlain(first), { result: new Map([['of', 'the first']]) });
    expect(answered).toEqual([]);
    asks.answer(fromPlain(second), { result: new Map() });
    expect(answered).toEqual([{ id: 1, result: {} }]);
    await vi.advanceTimersByTimeAsync(0);
    expect(endings()).toEqual(['exited', 'result']);
  });

  it('asks the client nothing for one that went while the gate was asked', async () => {
    asks.ready();
    let pass: (value: unknown) => void = () => undefined;
    gate = new Promise((resolve) => (pass = resolve));
    const asking = ask(1);
    asks.drop(behind);
    pass(null);
    await asking;
    expect([told, answered, endings()]).toEqual([[], [], ['exited']]);
    await ask(1);
    expect(open()).toHaveLength(1);
  });
});

describe('when the client is not ready yet', () => {
  it('asks once it is, and tells nothing of what was taken back before', async () => {
    await ask(1);
    await ask(2);
    asks.cancelled(behind, fromPlain({ requestId: 1 }));
    expect(told).toEqual([]);
    asks.ready();
    expect(told.map(({ method }) => method)).toEqual(['roots/list']);
    asks.answer(fromPlain(told[0]?.id), { result: new Map() });
    expect(answered).toEqual([{ id: 2, result: {} }]);
  });
});

describe('when a server floods', () => {
  it('keeps nothing of what it refuses', async () => {
    asks.ready();
    for (let id = 0; id < 20_000; id += 1) await ask(id);
    expect(open()).toHaveLength(32);
    expect(records.length).toBeLessThanOrEqual(61);
    expect(answered).toHaveLength(20_000 - 32);
    expect(vi.getTimerCount()).toBe(32);
    asks.end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
