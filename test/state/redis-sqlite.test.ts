/** Redis against SQLite: the same history has to get the same answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import { openRedisStore } from '../../src/state/redis.ts';
import { openSqliteStore } from '../../src/state/sqlite.ts';
import type { QuotaStore, QuotaUse } from '../../src/state/quota.ts';
import { redisBinary, type RedisServer, startRedis } from '../support/redis-server.ts';
import { ask, counter, DAY_MS, dayAt, NOON, OWNER, rolling, use } from './quota-build.ts';

const isMissing = redisBinary() === undefined;
const WHY = isMissing ? ' (skipped: redis-server is not on the PATH)' : '';
const RULES = ['daily', 'span', 'euros', 'once'] as const;
const REQUESTS = fc.nat({ max: 7 }).map((n) => brandAs<RequestId>(`r${n}`));

type Step = (quota: QuotaStore, nowMs: number) => Promise<unknown>;
type Move = { readonly does: Step } | { readonly waitMs: number };

function counterFor(rule: (typeof RULES)[number], nowMs: number) {
  if (rule === 'daily') return counter(rule, dayAt(nowMs));
  if (rule === 'euros') return counter(rule, dayAt(nowMs), { unit: 'EUR' });
  return counter(rule, rolling(rule === 'span' ? 3_600_000 : 7_777), { keyed: rule === 'once' });
}

const RESERVE = fc
  .record({
    request: REQUESTS,
    rules: fc.subarray([...RULES], { minLength: 1 }),
    amount: fc.integer({ min: 0, max: 60 }),
    cap: fc.constantFrom(50, 100),
    over: fc.constantFrom('refuse' as const, 'refuse' as const, 'admit' as const),
    closes: fc.constantFrom(false, false, false, true),
    pid: fc.constantFrom(1, 2),
    leaseMs: fc.constantFrom(5_000, 400 * DAY_MS),
  })
  .map(({ request, rules, amount, cap, over, closes, pid, leaseMs }): Move => {
    const uses = (nowMs: number): QuotaUse[] =>
      rules.map((rule) => use(counterFor(rule, nowMs), closes ? 0 : amount, cap, { over, closes }));
    const owner = { ...OWNER, pid };
    const does: Step = (quota, nowMs) =>
      quota.reserve(ask(request, uses(nowMs), { owner, leaseMs })).catch((error: unknown) => (error as Error).name);
    return { does };
  });
const SETTLE = fc
  .record({
    request: REQUESTS,
    outcome: fc.constantFrom('ok' as const, 'failed' as const, 'in-doubt' as const),
    agoMs: fc.constantFrom(null, 0, 50, 9_000),
  })
  .map(({ request, outcome, agoMs }): Move => {
    const does: Step = (quota, nowMs) =>
      quota.settle({ request, outcome, forwardedMs: agoMs === null ? null : nowMs - agoMs });
    return { does };
  });
const OPERATE = fc
  .record({
    request: REQUESTS,
    which: fc.nat({ max: 3 }),
    amount: fc.nat({ max: 200 }),
    rule: fc.constantFrom(...RULES),
  })
  .map(({ request, which, amount, rule }): Move => {
    const acts: Step[] = [
      (quota) => quota.resolve(request, amount % 2 === 0 ? 'ok' : 'failed'),
      (quota) => quota.enter(request, amount % 2 === 0 ? 'USD' : 'EUR', amount),
      (quota) => quota.abandon({ ...OWNER, pid: (amount % 2) + 1 }).then((requests) => [...requests].sort()),
      // It is told differently of a counter that stands at nothing but its name.
      (quota, nowMs) => quota.reset(counterFor(rule, nowMs).id).then(() => 'reset'),
    ];
    return { does: acts[which]! };
  });
const WAIT = fc
  .oneof(
    // Steps back are for the contract, which has a row for each promise about them.
    fc.constantFrom(1, 7, 8, 7_777, 3_600_000, 3_603_600, DAY_MS),
    fc.integer({ min: 1, max: DAY_MS }),
  )
  .map((waitMs): Move => ({ waitMs }));
const HISTORY = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: RESERVE },
    { weight: 5, arbitrary: SETTLE },
    { weight: 2, arbitrary: OPERATE },
    { weight: 2, arbitrary: WAIT },
  ),
  { minLength: 5, maxLength: 60 },
);

describe.skipIf(isMissing)(`redis and sqlite${WHY}`, () => {
  let server: RedisServer;
  let folder: string;
  beforeAll(async () => {
    server = await startRedis({ args: ['--appendfsync', 'no'] });
    folder = mkdtempSync(join(tmpdir(), 'countersign-both-'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('answer the same to any history', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(HISTORY, async (moves) => {
        histories += 1;
        let nowMs = NOON;
        const clock = (): number => nowMs;
        const redis = await openRedisStore({ url: `${server.url}?namespace=h${histories}`, clock });
        const sqlite = await openSqliteStore(join(folder, `${histories}.db`), { clock });
        try {
          for (const move of moves) {
            if ('waitMs' in move) nowMs += move.waitMs;
            else
              expect(withoutResets(await move.does(redis.quota, nowMs))).toEqual(
                withoutResets(await move.does(sqlite.quota, nowMs)),
              );
            expect(await everything(redis.quota)).toEqual(await everything(sqlite.quota));
          }
        } finally {
          await redis.close();
          await sqlite.close();
        }
      }),
      // The same histories each time, unless somebody asks for more.
      process.env['COUNTERSIGN_HISTORIES'] === undefined
        ? { numRuns: 60, seed: 20_261_127 }
        : { numRuns: Number(process.env['COUNTERSIGN_HISTORIES']) },
    );
  });
});

/** SQLite keeps slots of nothing, and so names another instant when one of them would have ended. */
function withoutResets(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer ?? null, (name, value: unknown) => (name === 'resetsMs' ? undefined : value)),
  );
}

async function everything(quota: QuotaStore): Promise<unknown> {
  const counters = (await quota.counters()).filter((one) => one.used + one.reserved + one.inDoubt + one.closed > 0);
  const owners = (await quota.owners()).map(({ pid }) => pid).sort();
  return withoutResets({ counters, requests: await quota.requests(), owners });
}
