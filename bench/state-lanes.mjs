// One process of bench/state.mjs: reserves and settles under one money cap for a while, and tells what it took.
//   node bench/state-lanes.mjs PRODUCT.mjs '{"store":…,"concurrency":64,"seconds":2,"durable":true,"paceMs":0}'
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

const [, , product, text] = process.argv;
const { openAt, ask, counter, rolling, use } = await import(product);
const { store: address, concurrency, seconds, durable, paceMs } = JSON.parse(text);

const WARM_UP_MS = 400;
// A finer one would wake a waiting process so often that its own work is hard to see.
const RESOLUTION_MS = 10;
const CAP = Number.MAX_SAFE_INTEGER;

const store = await openAt(address);
const capped = counter('bench', rolling(86_400_000));
let next = 0;
let unanswered = 0;

/** False if the store did not answer in time, which a gateway makes a denial of. */
async function once() {
  try {
    await reserveAndSettle(`${process.pid}-${next++}`);
    return true;
  } catch (error) {
    if (error?.name !== 'StateError') throw error;
    unanswered += 1;
    return false;
  }
}

async function reserveAndSettle(request) {
  const answer = await store.quota.reserve(ask(request, [use(capped, 1, CAP)], { durable }));
  if (answer.is !== 'held') throw new Error(JSON.stringify(answer));
  await store.quota.settle({ request, outcome: 'ok', forwardedMs: answer.nowMs });
}

/** Calls until the time is over; their latencies in microseconds. */
async function run(forMs) {
  const latencies = [];
  const endMs = performance.now() + forMs;
  const lane = async () => {
    while (performance.now() < endMs) {
      const startMs = performance.now();
      if (!(await once())) continue;
      latencies.push((performance.now() - startMs) * 1_000);
      if (paceMs > 0) await pause(paceMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return latencies;
}

await run(WARM_UP_MS);
unanswered = 0;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
const [startedMs, cpuBefore] = [performance.now(), process.cpuUsage()];
const latencies = await run(seconds * 1_000);
const cpu = process.cpuUsage(cpuBefore);
const elapsedMs = performance.now() - startedMs;
delays.disable();
await store.close();
const stallMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
console.log(
  JSON.stringify({
    ...{ elapsedMs, latencies: latencies.map(Math.round), cpuUs: cpu.user + cpu.system, unanswered },
    stallMaxMs: stallMs(delays.max),
    stallP99Ms: stallMs(delays.percentile(99)),
  }),
);
