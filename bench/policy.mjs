// What one decision costs: `npm run bench:policy`, `-- --json` for machines. Medians over many short bursts, so that a
// busy machine shows in the spread and not in the figure.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const BURSTS = 400;
const CALLS_PER_BURST = 500;
const WARM_UP = 20_000;
/** The instant of every call: a decision does not ask the clock. */
const TIME_MS = Date.UTC(2026, 5, 15, 12);

const { brandAs, decide, fromPlain, parseMoneyBound, reservationsOf, classifiedTool } = await product();

/** The sources, bundled as the product bundles them. */
async function product() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const outfile = join(folder, 'policy.mjs');
  const contents = `export * from './src/core/index.ts'; export { classifiedTool } from './src/catalogue/tool.ts';`;
  try {
    await build({
      stdin: { contents, resolveDir: ROOT, loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outfile,
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function must(parsed) {
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value;
}

const bound = (text) => must(parseMoneyBound(text));
const above = (text) => ({ is: 'test', fact: { fact: 'amount' }, operator: { op: 'gt', bound: { is: 'money', money: bound(text) } } }); // prettier-ignore
const present = { is: 'test', fact: { fact: 'reason' }, operator: { op: 'present', expected: true } };
const usdOnly = { is: 'test', fact: { fact: 'currency' }, operator: { op: 'not_in', values: [{ is: 'value', value: 'USD' }] } }; // prettier-ignore
const refunds = [{ by: 'kind', kind: 'refund' }];
const limit = {
  counts: { unit: 'amount', caps: bound('5000 USD') },
  window: { is: 'calendar', unit: 'day', timezone: 'Europe/Berlin' },
  scope: 'grant',
  key: [{ fact: 'reference' }],
  exceed: 'deny',
  unknown: 'deny',
};

/** Five rules about the refund that is decided: none denies it, so that all are visited. */
const APPLY = [
  { effect: 'require', selectors: refunds, when: present },
  {
    effect: 'deny',
    selectors: [{ by: 'money', direction: 'any' }],
    when: { is: 'any', of: [above('10000 USD'), usdOnly] },
  },
  { effect: 'allow', selectors: refunds },
  { effect: 'limit', selectors: refunds, limit },
  { effect: 'approve', selectors: refunds, when: above('500 USD'), approve: { count: 1, roles: ['finance'] } },
];

/** Rules about other tools, other servers and other kinds. */
function elsewhere(index) {
  const selectors = [
    [{ by: 'tool', tool: `stripe/tool_${index}` }],
    [{ by: 'upstream', upstream: `server-${index}` }],
    [{ by: 'name', name: `tool_${index}` }],
    [{ by: 'kind', kind: 'charge' }],
  ][index % 4];
  return { effect: index % 2 === 0 ? 'deny' : 'allow', selectors, when: above(`${index} USD`) };
}

/** A loaded policy of `size` rules; the five that apply are spread over it. */
function policyOf(size) {
  const every = size / APPLY.length;
  const rules = Array.from({ length: size }, (_, index) => {
    const rule = index % every === every - 1 ? APPLY[(index + 1) / every - 1] : elsewhere(index);
    return { ...rule, id: brandAs(`rule-${index}`), pointer: `/rules/${index}` };
  });
  return {
    state: 'loaded',
    policy: { name: brandAs('bench'), hash: brandAs('00'.repeat(32)), default: 'deny', rules },
  };
}

const ENTRY = {
  kind: 'refund',
  amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
  currency: { path: 'currency' },
  reason: 'reason',
  reference: 'payment_intent',
};
const classifier = classifiedTool([ENTRY], { exponents: new Map(), assumeCurrency: null });
const ARGS = fromPlain({
  payment_intent: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
  amount: 12345,
  currency: 'usd',
  reason: 'damaged',
});

const GRANT = { name: brandAs('support-agent'), labels: new Map([['team', 'support']]) };

/** What the gateway gathers of a call before it decides. */
function factsOf(args) {
  const { classification, facts } = classifier.call(args);
  return {
    tool: brandAs('stripe/create_refund'),
    upstream: brandAs('stripe'),
    classification,
    args,
    grant: GRANT,
    principal: 'support@acme.example',
    timeMs: TIME_MS,
    // In front, the spread alone would cost V8 several microseconds.
    ...facts,
  };
}

const FACTS = factsOf(ARGS);
const [TEN, THOUSAND] = [[policyOf(10)], [policyOf(1000)]];
if (decide(FACTS, THOUSAND).outcome !== 'allow' || decide(FACTS, THOUSAND).obligations.length !== 1) {
  throw new Error('the call that is measured must pass all five rules');
}

const CASES = [
  ['decide, 10 rules', () => decide(FACTS, TEN)],
  ['decide, 1000 rules', () => decide(FACTS, THOUSAND)],
  ['facts + decide, 10 rules', () => decide(factsOf(ARGS), TEN)],
  ['facts + decide, 1000 rules', () => decide(factsOf(ARGS), THOUSAND)],
  ['facts + decide + reservations, 1000 rules', () => reserved(factsOf(ARGS), THOUSAND)],
  ['decide with a trace, 10 rules', () => decide(FACTS, TEN, { trace: true })],
  ['decide with a trace, 1000 rules', () => decide(FACTS, THOUSAND, { trace: true }), 20],
];

function reserved(facts, policies) {
  return reservationsOf(decide(facts, policies).obligations, facts, TIME_MS);
}

/** Median and spread of the time of one call, in microseconds. */
function measure([name, step, fewer = 1]) {
  const calls = CALLS_PER_BURST / fewer;
  for (let index = 0; index < WARM_UP / fewer; index += 1) step();
  const bursts = Array.from({ length: BURSTS / Math.sqrt(fewer) }, () => {
    const before = process.hrtime.bigint();
    for (let index = 0; index < calls; index += 1) step();
    return Number(process.hrtime.bigint() - before) / calls / 1000;
  }).sort((left, right) => left - right);
  const at = (share) => bursts[Math.floor(share * (bursts.length - 1))];
  return { name, medianUs: at(0.5), p05Us: at(0.05), p95Us: at(0.95) };
}

const results = CASES.map(measure);
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model ?? '', bursts: BURSTS, results }));
} else {
  const row = (name, ...figures) =>
    console.log(name.padEnd(44) + figures.map((figure) => figure.padStart(10)).join(''));
  console.log(`one call of which 5 rules speak, in microseconds (node ${process.version}, ${cpus()[0]?.model ?? ''})`);
  row('', 'median', 'p05', 'p95');
  for (const { name, ...figures } of results) row(name, ...Object.values(figures).map((figure) => figure.toFixed(2)));
}
