// What the gateway costs on the wire, beside a direct connection, a relay of bytes and a proxy made with the SDK, all in
// one run. It is a report: it exits 0 whether or not a goal is met.
//   npm run bench -- --only latency --quick
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Target } from './wire/client.mjs';
import { BIN, ECHO, makeHome } from './wire/home.mjs';
import { measureLarge, measureSmall } from './wire/latency.mjs';
import { afterMany, sixteen, unread } from './wire/memory.mjs';
import { measureStarts } from './wire/start.mjs';

const PARTS = ['latency', 'size', 'start', 'memory'];
const HELP = `Usage: npm run bench -- [options]

Measures the gateway on the wire, and prints each figure with its goal.

Options:
  --only PART    one of ${PARTS.join(', ')}; may be repeated
  --quick        a tenth of the rounds: a first impression
  --rounds N     rounds of the bursts (default 40)
  --json         one JSON object a line of the table
  --help

Example: npm run bench -- --only latency --quick`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const parts = values.only ?? PARTS;
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined || !existsSync(join(dirname(BIN), '..', 'dist', 'main.js'))) {
  console.error(unknown === undefined ? 'bench: dist/ is missing: npm run build' : `bench: no part \`${unknown}\`\n\n${HELP}`); // prettier-ignore
  process.exit(2);
}
const roundCount = Number(values.rounds ?? (values.quick ? 6 : 40));
const startCount = values.quick ? 5 : 21;

const TARGETS = join(dirname(fileURLToPath(import.meta.url)), 'wire', 'targets');
const DIRECT = { args: [ECHO] };
const RELAY = { args: [join(TARGETS, 'relay.mjs'), ECHO] };
const SDK = { args: [join(TARGETS, 'sdk-proxy.mjs'), ECHO] };
const rows = [];
const homes = [];

function progress(words) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words}`);
}

/** One line of the table. `goal` is an upper bound, or a lower one with `atLeast`; none for what is only told. */
function row(what, figure, unit, { goal, stretch, atLeast = false, beside = '' } = {}) {
  const meets = (bound) => bound !== undefined && (atLeast ? figure >= bound : figure <= bound);
  const verdict = goal === undefined ? '' : meets(stretch) ? 'met, stretch too' : meets(goal) ? 'met' : 'missed';
  rows.push({ what, figure, unit, goal: goal ?? null, stretch: stretch ?? null, atLeast, verdict, beside });
}

async function home(servers, more) {
  const made = await makeHome(servers, more);
  homes.push(made);
  return made;
}

async function connected(specs) {
  const targets = specs.map(([name, spec]) => new Target(name, spec));
  for (const target of targets) await target.initialize();
  return targets;
}

const us = (value) => `${Math.round(value)} µs`;
const ms = (value) => `${Math.round(value)} ms`;
const perSecond = (value) => `${(value / 1000).toFixed(1)} k/s`;

async function latency(single) {
  const targets = await connected([['direct', DIRECT], ['relay', RELAY], ['sdk', SDK], ['countersign', single.target]]); // prettier-ignore
  const found = await measureSmall(targets, roundCount, progress);
  for (const target of targets) await target.end();
  const all = (work, figure, write) => targets.map(({ name }) => `${name} ${write(found.of(name, work, figure))}`).join(', '); // prettier-ignore
  row('one at a time, 200 B: p50 against the relay', found.ratio('countersign', 'relay', 'one', 'p50Us'), '×', {
    ...{ goal: 1.5, stretch: 1.3, beside: all('one', 'p50Us', us) },
  });
  row('one at a time: p99 against the relay', found.ratio('countersign', 'relay', 'one', 'p99Us'), '×', {
    ...{ goal: 1.6, beside: all('one', 'p99Us', us) },
  });
  row('64 at a time: calls/s against direct', found.ratio('countersign', 'direct', 'many', 'perSecond'), '×', {
    ...{ goal: 0.35, stretch: 0.45, atLeast: true, beside: all('many', 'perSecond', perSecond) },
  });
  row('the SDK proxy, without policy or log, in its place', found.ratio('sdk', 'direct', 'many', 'perSecond'), '×');
  row('CPU of the gateway per call at 64', found.of('countersign', 'many', 'cpuUs'), 'µs', {
    ...{ goal: 16, stretch: 12, beside: `relay ${us(found.of('relay', 'many', 'cpuUs'))}, sdk ${us(found.of('sdk', 'many', 'cpuUs'))}` }, // prettier-ignore
  });
}

async function size(single) {
  const targets = await connected([['direct', DIRECT], ['relay', RELAY], ['sdk', SDK], ['countersign', single.target]]); // prettier-ignore
  const found = await measureLarge(targets, Math.ceil(roundCount / 2), progress);
  for (const target of targets) await target.end();
  const all = (work, figure, write) => targets.map(({ name }) => `${name} ${write(found.of(name, work, figure))}`).join(', '); // prettier-ignore
  row('1 MB result: p50 against direct', found.ratio('countersign', 'direct', 'huge', 'p50Us'), '×', {
    ...{ goal: 1.8, beside: all('huge', 'p50Us', us) },
  });
  row('10 KB at 64: calls/s against direct', found.ratio('countersign', 'direct', 'large', 'perSecond'), '×', {
    ...{ goal: 0.4, atLeast: true, beside: all('large', 'perSecond', perSecond) },
  });
  row('one 16 MB result', await sixteen(single.target), 'ms', { beside: 'passes, and the connection lives' });
}

async function start(single) {
  const four = await home({ one: 1000, two: 1300, three: 1600, four: 2000 });
  const six = await home({ one: 1000, two: 1200, three: 1400, four: 1600, five: 1800, six: 2000 });
  const programs = [
    { name: 'direct', spec: DIRECT },
    { name: 'relay', spec: RELAY },
    { name: 'one', spec: single.target },
  ];
  const found = await measureStarts(programs, startCount, progress);
  const slow = [
    { name: 'direct', spec: DIRECT },
    { name: 'four', spec: four.target },
    { name: 'six', spec: six.target },
  ];
  const foundSlow = await measureStarts(slow, Math.ceil(startCount / 2), progress);
  const [direct, one] = [found.get('direct'), found.get('one')];
  const [bare, atFour, atSix] = ['direct', 'four', 'six'].map((name) => foundSlow.get(name));
  row('`initialize` answered, later than a bare Node server', one.initializedMs - direct.initializedMs, 'ms', {
    ...{ goal: 20, beside: `direct ${ms(direct.initializedMs)}, countersign ${ms(one.initializedMs)}` },
  });
  row('first `tools/list`, one server: against direct', one.listedMs / direct.listedMs, '×', {
    ...{ goal: 2.1, beside: `direct ${ms(direct.listedMs)}, relay ${ms(found.get('relay').listedMs)}, countersign ${ms(one.listedMs)}` }, // prettier-ignore
  });
  row('first `tools/list`, four slow servers', atFour.listedMs, 'ms', {
    ...{ goal: 120, beside: `${atFour.tools} tools of servers that take 1 to 2 s; direct ${ms(bare.listedMs)}` },
  });
  row('first `tools/list`, six slow servers: against direct', atSix.listedMs / bare.listedMs, '×', {
    ...{ goal: 2, beside: `${atSix.tools} tools, ${ms(atSix.listedMs)}` },
  });
  row('first call answered, one server: against direct', one.calledMs / direct.calledMs, '×', {
    beside: `direct ${ms(direct.calledMs)}, countersign ${ms(one.calledMs)}`,
  });
  row('RSS at the first `tools/list`, store open', one.listedMiB, 'MiB', {
    ...{ goal: 60, beside: `direct ${Math.round(direct.listedMiB)} MiB` },
  });
}

async function memory(single) {
  const calls = values.quick ? 60_000 : 300_000;
  row(`RSS after ${calls / 1000},000 calls`, await afterMany(single.target, calls, progress), 'MiB', { goal: 90 });
  row('RSS, 200 × 1 MB outstanding, nobody reads', await unread(single.target, progress), 'MiB', { goal: 110 });
}

function digits(figure, unit) {
  return unit === '×' ? figure.toFixed(2) : figure.toFixed(unit === 'µs' ? 1 : 0);
}

function print() {
  if (values.json) {
    for (const one of rows) console.log(JSON.stringify(one));
    return;
  }
  console.log('| what | measured | goal | | beside it |\n| --- | --- | --- | --- | --- |');
  for (const { what, figure, unit, goal, stretch, atLeast, verdict, beside } of rows) {
    const sign = atLeast ? '≥' : '≤';
    const bound = goal === null ? '' : `${sign} ${goal} ${unit}${stretch === null ? '' : `, stretch ${stretch}`}`;
    console.log(`| ${what} | ${digits(figure, unit)} ${unit} | ${bound} | ${verdict} | ${beside} |`);
  }
  const load = loadavg().map((one) => one.toFixed(1));
  console.log(`\n${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}, load average ${load.join(' ')}, ${new Date().toISOString()}, ${roundCount} rounds`); // prettier-ignore
}

try {
  const single = await home({ echo: 0 });
  if (parts.includes('latency')) await latency(single);
  if (parts.includes('size')) await size(single);
  if (parts.includes('start')) await start(single);
  if (parts.includes('memory')) await memory(single);
  progress('');
  print();
} finally {
  for (const { remove } of homes) remove();
}
