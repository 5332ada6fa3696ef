// What the state store and the durable audit log cost a call: `npm run bench:state`, `-- --json` for machines,
// `-- --driver sqlite` for one driver, `-- --seconds 5` for longer runs. Drivers whose server is not installed are
// left out and named.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const LANES = join(ROOT, 'bench', 'state-lanes.mjs');
const PROCESSES = [1, 2, 8];
const CONCURRENCIES = [1, 64];
const BURSTS = 40;
const RECORDS_PER_BURST = 50;
const TOGETHER = 64;

const execute = promisify(execFile);
const fdatasync = promisify(fs.fdatasync);
const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    driver: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '2' },
  },
});
const seconds = Number(options.seconds);
const folder = fs.mkdtempSync(join(tmpdir(), 'countersign-bench-'));
try {
  const product = await bundle();
  const parts = await import(product);
  const audit = await benchAudit(parts);
  const { stores, skipped } = await benchStores(parts, product);
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    at: new Date(),
    load: loadavg(),
  };
  const report = { ...machine, seconds, audit, stores, skipped };
  console.log(options.json ? JSON.stringify(report) : words(report));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The sources as one module; packages stay where they are. */
async function bundle() {
  const outfile = join(folder, 'product.mjs');
  const contents = `export * from './test/state/race-stores.ts'; export * from './test/state/quota-build.ts';
    export { openCallLog } from './src/audit/index.ts'; export { nodeFileSystem } from './src/audit/fs.ts';
    export { openSqliteStore } from './src/state/sqlite.ts';`;
  const packagesByPath = (builder) =>
    builder.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('/')) return undefined;
      if (path.startsWith('node:')) return { path, external: true };
      return { path: pathToFileURL(require.resolve(path)).href, external: true };
    });
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile, logLevel: 'warning' },
    plugins: [{ name: 'packages-by-path', setup: packagesByPath }],
  });
  return pathToFileURL(outfile).href;
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** A durable intent beside one bare append and sync of the same size, in turns; then many intents at once. */
async function benchAudit({ openCallLog, nodeFileSystem, openSqliteStore }) {
  const directory = join(folder, 'audit');
  const keysDirectory = join(folder, 'keys');
  for (const path of [directory, keysDirectory]) fs.mkdirSync(path, { mode: 0o700 });
  const store = await openSqliteStore(join(folder, 'audit.db'));
  let syncs = 0;
  let bytes = 0;
  const files = {
    ...nodeFileSystem,
    write: (fd, chunk, offset) => {
      bytes = chunk.length;
      return nodeFileSystem.write(fd, chunk, offset);
    },
    sync: (fd) => {
      syncs += 1;
      return nodeFileSystem.sync(fd);
    },
  };
  const log = openCallLog({
    ...{ directory, keysDirectory, heads: store.heads, segments: store.segments, clock: { nowMs: Date.now }, files },
    ...{ durability: 'money', installId: '0'.repeat(32), version: '0.0.0', rotateBytes: 1 << 30 },
  });
  await log.ready();
  let next = 0;
  const durableIntent = () => log.writeDurable(intentOf(next++));
  await durableIntent();
  const line = Buffer.alloc(bytes, 'x');
  const fd = fs.openSync(join(directory, 'bare'), 'a');
  const bare = async () => {
    fs.writeSync(fd, line);
    await fdatasync(fd);
  };
  const bareBlocking = async () => {
    fs.writeSync(fd, line);
    fs.fdatasyncSync(fd);
  };
  const names = { durableIntent, bare, bareBlocking };
  const times = { durableIntent: [], bare: [], bareBlocking: [] };
  for (let burst = 0; burst < BURSTS; burst += 1)
    for (const [name, step] of Object.entries(names))
      for (let record = 0; record < RECORDS_PER_BURST; record += 1) {
        const startMs = performance.now();
        await step();
        times[name].push((performance.now() - startMs) * 1_000);
      }
  const figures = Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      const sorted = all.sort((a, b) => a - b);
      return [name, { p20Us: quantile(sorted, 0.2), p50Us: quantile(sorted, 0.5), p99Us: quantile(sorted, 0.99) }];
    }),
  );
  const together = await benchTogether(durableIntent, () => syncs);
  await log.close();
  fs.closeSync(fd);
  await store.close();
  return {
    ...{ lineBytes: bytes, ...figures, together },
    // At the 20th percentile: what the machine does when nobody disturbs.
    quietRatio: figures.durableIntent.p20Us / figures.bare.p20Us,
    ratio: figures.durableIntent.p50Us / figures.bare.p50Us,
    ratioToBlocking: figures.durableIntent.p50Us / figures.bareBlocking.p50Us,
  };
}

/** 64 calls that need a durable intent, over and over: how many syncs they share. */
async function benchTogether(durableIntent, syncsNow) {
  const before = syncsNow();
  const rounds = 100;
  let done = 0;
  const startMs = performance.now();
  const lane = async () => {
    for (let round = 0; round < rounds; round += 1, done += 1) await durableIntent();
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  const elapsedUs = (performance.now() - startMs) * 1_000;
  const syncs = syncsNow() - before;
  return { concurrency: TOGETHER, intents: done, syncs, perSync: done / syncs, usPerIntent: elapsedUs / done };
}

function intentOf(number) {
  const session = {
    ...{ grant: 'support-agent', principal: 'support@acme.example' },
    client: { name: 'bench', version: '1' },
  };
  const place = { rule: 'refunds', pointer: '/rules/1', policy: 'support', policyHash: 'c'.repeat(64) };
  const shape = { type: 'string', length: '<32', hmac: `202611:${'A'.repeat(22)}` };
  const args = ['payment_intent', 'amount', 'currency', 'reason'].map((name) => ({ name, ...shape }));
  const call = { request: `bench-${number}`, tool: 'stripe/create_refund', toolKind: 'refund', args };
  return { kind: 'intent', decision: 'allow', session, ...place, ...call };
}

async function benchStores({ DRIVERS, missing, openYard }, product) {
  const [stores, skipped] = [[], []];
  for (const driver of DRIVERS) {
    if (options.driver !== 'all' && options.driver !== driver) continue;
    const why = missing(driver);
    if (why !== null) {
      skipped.push({ driver, why });
      continue;
    }
    const yard = await openYard(driver);
    try {
      for (const course of coursesOf(driver)) stores.push({ driver, ...(await runCourse(yard, product, course)) });
    } finally {
      await yard.end();
    }
  }
  return { stores, skipped };
}

/** What is tried of a driver. Every reservation of a money call is durable; that of a read is not. */
function coursesOf(driver) {
  const plain = PROCESSES.flatMap((processes) =>
    CONCURRENCIES.map((concurrency) => ({ name: 'flat out', processes, concurrency, durable: true, paceMs: 0 })),
  );
  const paced = { name: '10 ms between calls', processes: 8, concurrency: 1, durable: true, paceMs: 10 };
  if (driver !== 'sqlite') return [...plain, paced];
  return [
    ...plain,
    { name: 'flat out, not durable', processes: 1, concurrency: 1, durable: false, paceMs: 0 },
    { name: 'flat out, not durable', processes: 1, concurrency: 64, durable: false, paceMs: 0 },
    paced,
    // What the machine does to eight busy processes that do not share a file.
    { name: 'flat out, a file each', processes: 8, concurrency: 1, durable: true, paceMs: 0, apart: true },
    { name: 'flat out, a file each', processes: 8, concurrency: 64, durable: true, paceMs: 0, apart: true },
  ];
}

async function runCourse(yard, product, { name, processes, concurrency, durable, paceMs, apart = false }) {
  const shared = yard.fresh();
  const legs = await Promise.all(
    Array.from({ length: processes }, async () => {
      const store = apart ? yard.fresh() : shared;
      const leg = JSON.stringify({ store, concurrency, seconds, durable, paceMs });
      const { stdout } = await execute(process.execPath, [LANES, product, leg], { maxBuffer: 1 << 28 });
      return JSON.parse(stdout);
    }),
  );
  const latencies = legs.flatMap((leg) => leg.latencies).sort((a, b) => a - b);
  const perSecond = legs.reduce((sum, leg) => sum + (leg.latencies.length * 1_000) / leg.elapsedMs, 0);
  const most = (of) => Math.max(...legs.map(of));
  return {
    ...{ name, processes, concurrency, durable, calls: latencies.length, perSecond: Math.round(perSecond) },
    ...{ p50Us: quantile(latencies, 0.5), p99Us: quantile(latencies, 0.99) },
    unanswered: legs.reduce((sum, leg) => sum + leg.unanswered, 0),
    usPerCall: 1e6 / perSecond,
    cpuUsPerCall: legs.reduce((sum, leg) => sum + leg.cpuUs, 0) / latencies.length,
    stallMaxMs: most(({ stallMaxMs }) => stallMaxMs),
    stallP99Ms: most(({ stallP99Ms }) => stallP99Ms),
  };
}

function words({ node, cpu, cores, at, load, audit, stores, skipped }) {
  const us = (figure) => figure.toFixed(0);
  const { durableIntent, bare, bareBlocking, together } = audit;
  const row = (...cells) =>
    cells.map((cell, index) => (index < 2 ? cell.padEnd([10, 24][index]) : cell.padStart(11))).join('');
  const lines = [
    `${at.toISOString()}, node ${node}, ${cpu}, ${cores} cores, load ${load.map((one) => one.toFixed(1)).join(' ')}`,
    '',
    `one durable intent of ${audit.lineBytes} bytes    p50 ${us(durableIntent.p50Us)} us, p99 ${us(durableIntent.p99Us)} us`,
    `one bare append + fdatasync        p50 ${us(bare.p50Us)} us, p99 ${us(bare.p99Us)} us; ratio ${audit.ratio.toFixed(2)} (in quiet moments ${audit.quietRatio.toFixed(2)})`,
    `the same, blocking                 p50 ${us(bareBlocking.p50Us)} us, p99 ${us(bareBlocking.p99Us)} us; ratio ${audit.ratioToBlocking.toFixed(2)}`,
    `${together.concurrency} calls at once                   ${together.intents} intents in ${together.syncs} syncs (${together.perSync.toFixed(1)} a sync), ${together.usPerIntent.toFixed(1)} us each`,
    '',
    'reserve + settle under one money cap, in microseconds; stalls of the event loop in milliseconds',
    row('driver', '', 'processes', 'at once', 'p50', 'p99', 'calls/s', 'us/call', 'CPU us', 'stall p99', 'stall max'),
    ...stores.map((one) =>
      row(
        ...[one.driver, one.name, String(one.processes), String(one.concurrency), us(one.p50Us), us(one.p99Us)],
        ...[String(one.perSecond), one.usPerCall.toFixed(1), one.cpuUsPerCall.toFixed(1)],
        ...[one.stallP99Ms.toFixed(1), one.stallMaxMs.toFixed(1)],
      ),
    ),
    ...stores
      .filter(({ unanswered }) => unanswered > 0)
      .map(
        (one) => `${one.driver}, ${one.processes} x ${one.concurrency}: ${one.unanswered} were not answered in time`,
      ),
    ...skipped.map(({ driver, why }) => `${driver} was left out: ${why}`),
  ];
  return lines.join('\n');
}
