/** The last moments before a call is written, on a real store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type Obligation, type PolicyName, type RequestId } from '../../src/core/index.ts';
import { carryOut, type Granted } from '../../src/gateway/carry-out.ts';
import { QuotaDesk } from '../../src/gateway/index.ts';
import type { ReplySink } from '../../src/upstream/port.ts';
import { openSqliteStore, type Store } from '../../src/state/index.ts';
import { call } from '../core/build.ts';
import { DAY_MS, NOON, OWNER } from '../state/quota-build.ts';

const MIDNIGHT = NOON + DAY_MS / 2;
const source = { rule: 'once', pointer: '/rules/0', policy: brandAs<PolicyName>('support'), policyHash: null };
const once: Obligation[] = [
  {
    ...{ type: 'reserve', source },
    limit: {
      counts: { unit: 'calls', cap: 1n },
      window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
      ...{ scope: 'grant', key: [], exceed: 'deny', unknown: 'deny' },
    },
  },
];

let folder: string;
let store: Store;
let clockMs: number;
/** When calls were written. */
let written: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-carry-out-'));
  store = await openSqliteStore(join(folder, 'state.db'), { clock: () => clockMs });
  clockMs = MIDNIGHT - 500;
  written = [];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A call whose gate was passed so long ago that it is asked again, which takes `gateMs`. */
async function granted(desk: QuotaDesk, name: string, gateMs: number): Promise<Granted> {
  const request = brandAs<RequestId>(name);
  const facts = call({});
  const reservation = await desk.reserve(once, { request, call: facts, timeoutMs: 60_000, durable: false });
  if (!('settle' in reservation)) throw new Error('nothing is held');
  const upstream = {
    request: (_method: string, _params: unknown, _progress: boolean, sink: ReplySink) => {
      written.push(clockMs);
      queueMicrotask(() => sink.reply({ is: 'result', raw: Buffer.from('{"content":[]}') }));
    },
  };
  const gatekeeper = (): Promise<object> => {
    clockMs += gateMs;
    return Promise.resolve({ isMoneyFrozen: false, hasApprovals: false });
  };
  const taken = (): Promise<void> => Promise.resolve();
  const log = { write: () => undefined, writeSoon: taken, writeDurable: taken };
  return {
    parts: { quota: desk, gatekeeper, log, digests: {} },
    ...{ request, facts, reservation, durable: false, approval: null, gatedMs: performance.now() - 5_000 },
    ...{ frame: { request }, terms: { reveal: [], shadow: [] }, call: { args: new Map() }, grant: {} },
    tool: { tool: facts.tool, name: 'refund', standing: 'accepted', behind: { upstream, part: { config: {} } } },
    flight: {
      cancelUpstream: null,
      cancelled: false,
      wantsProgress: false,
      gone: new AbortController().signal,
      progress: () => undefined,
    },
  } as unknown as Granted;
}

describe('when the store takes long to say that nobody froze the grant', () => {
  it('writes no call in a window that does not count it', async () => {
    const clocks = { nowMs: () => clockMs, elapsedMs: () => clockMs };
    const desk = new QuotaDesk({ quota: store.quota, owner: OWNER, ...clocks, warn: () => undefined });
    await carryOut(await granted(desk, 'late', 1_000));
    expect(written).toEqual([MIDNIGHT + 500]);
    await expect(granted(desk, 'next', 0)).rejects.toThrow('nothing is held');
  });
});
