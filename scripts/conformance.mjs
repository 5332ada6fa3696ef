// Runs the conformance suite of MCP (server role) against a server of ours, first by itself and then with the gateway
// before it: the scores have to be full, and the same.
//
//   npm run conformance -- [--next] [--scenario NAME] [--cache DIR] [--json]
//
// `--next` takes the pre-release of the suite, with the requirements of 2025-11-25. The suite speaks HTTP only and needs
// Node.js 22: both come at the first run into a folder of their own, `node_modules/.cache/conformance`, in the versions
// of test/conformance/package-lock.json. Progress goes to standard error, the scores to standard output. Exit code 0:
// both full and the same; 1: not so; 2: wrong usage; 3: the suite cannot be installed or run.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const own = join(root, 'test', 'conformance');
const gateway = join(root, 'bin', 'countersign.js');
const SUITE_NODE = 22;
const RUN_MS = 240_000;

const options = readOptions();
const say = (sentence) => console.error(sentence);
const room = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
try {
  const suite = await installed(options.cache);
  const fixture = [process.execPath, join(own, 'fixture.mjs')];
  say('the server by itself');
  const direct = await score(suite, fixture, {}, join(room, 'direct'));
  say('the server behind the gateway');
  const through = await score(suite, [process.execPath, gateway], await granted(fixture), join(room, 'through'));
  report(direct, through);
} catch (error) {
  say(`conformance: ${error.message}`);
  process.exitCode = 3;
} finally {
  rmSync(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** The suite and the Node.js that it runs on; installs both where they are not yet. */
async function installed(cache) {
  const lock = readFileSync(join(own, 'package-lock.json'), 'utf8');
  const needsNode = Number(process.versions.node.split('.')[0]) < SUITE_NODE;
  const stamp = join(cache, 'installed.json');
  const wanted = JSON.stringify({ lock, needsNode });
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    say(`installing the suite into ${cache}`);
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(own, name), join(cache, name));
    const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...(needsNode ? [] : ['--omit=optional'])];
    await run('npm', npm, { cwd: cache });
    writeFileSync(stamp, wanted);
  }
  const packages = join(cache, 'node_modules');
  const node = needsNode ? nodeIn(packages) : process.execPath;
  const entry = join(packages, options.next ? 'conformance-next' : 'conformance', 'dist', 'index.js');
  return { node, entry };
}

function nodeIn(packages) {
  const node = join(packages, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(node)) return node;
  throw new Error(`the suite needs Node.js ${SUITE_NODE}, and this is ${process.version}`);
}

/** A home with a grant for the server that carries everything, and a policy that allows all of it. */
async function granted([command, ...args]) {
  const home = join(room, 'home');
  mkdirSync(home, { mode: 0o700 });
  const capabilities = 'tools resources prompts completion logging roots sampling elicitation'.split(' ');
  const rules = [{ id: 'all', tools: ['kind:unclassified'], effect: 'allow' }];
  const config = {
    version: 1,
    upstreams: { fixture: { command, args, elicitation: true } },
    policies: { all: { version: 1, default: 'deny', rules } },
    grants: { suite: { principal: 'suite@example.com', policies: ['all'], upstreams: ['fixture'], capabilities } },
  };
  writeFileSync(join(home, 'countersign.config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { COUNTERSIGN_HOME: home, COUNTERSIGN_KEYRING: 'off' };
  await run(process.execPath, [gateway, 'upstream', 'review', 'fixture', '--accept'], { env });
  const issued = await run(process.execPath, [gateway, 'grant', 'issue', 'suite', '--json'], { env });
  return { ...env, COUNTERSIGN_TOKEN: JSON.parse(issued).token };
}

/** The score of the command behind the bridge: checks by scenario. */
async function score({ node, entry }, command, env, output) {
  const port = await freePort();
  const bridge = spawn(process.execPath, [join(own, 'bridge.mjs'), String(port), ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve, reject) => {
      bridge.stdout.once('data', resolve);
      bridge.once('exit', () => reject(new Error('the bridge did not start')));
    });
    const which = options.scenario === undefined ? everything() : ['--scenario', options.scenario];
    const url = `http://localhost:${port}/mcp`;
    // The exit code says that a check failed; the checks say which.
    await run(node, [entry, 'server', '--url', url, ...which, '-o', output], { mayFail: true });
    return checksIn(output);
  } finally {
    // It ends when the processes of all its sessions have.
    const ended = once(bridge, 'exit');
    bridge.kill();
    await ended;
  }
}

function everything() {
  return options.next ? ['--requirements', '2025-11-25'] : ['--suite', 'all'];
}

function checksIn(output) {
  const score = { passed: 0, failed: 0, warned: 0, faults: [], checks: [] };
  for (const name of existsSync(output) ? readdirSync(output).sort() : []) {
    const file = join(output, name, 'checks.json');
    if (!existsSync(file)) continue;
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    for (const { id, status, errorMessage } of JSON.parse(readFileSync(file, 'utf8'))) {
      if (status === 'SUCCESS') score.passed += 1;
      if (status === 'FAILURE') score.failed += 1;
      if (status === 'WARNING') score.warned += 1;
      if (status === 'SUCCESS' || status === 'FAILURE' || status === 'WARNING')
        score.checks.push(`${scenario} ${id} ${status}`);
      if (status === 'FAILURE' || status === 'WARNING') score.faults.push(`${scenario}: ${id}: ${errorMessage ?? ''}`);
    }
  }
  score.checks.sort();
  return score;
}

function report(direct, through) {
  const isSame = JSON.stringify(direct.checks) === JSON.stringify(through.checks);
  const isFull = direct.passed > 0 && direct.failed === 0 && direct.warned === 0;
  const words = ({ passed, failed, warned }) =>
    `${passed}/${passed + failed}${warned === 0 ? '' : `, ${warned} warnings`}`;
  if (options.json) console.log(JSON.stringify({ ok: isSame && isFull, direct, through }));
  else {
    console.log(`the server by itself:          ${words(direct)}`);
    console.log(`the server behind the gateway: ${words(through)}`);
    for (const fault of direct.faults) console.log(`  by itself: ${fault}`);
    for (const fault of through.faults) console.log(`  behind the gateway: ${fault}`);
    if (!isSame) for (const line of differences(direct.checks, through.checks)) console.log(`  ${line}`);
  }
  process.exitCode = isSame && isFull ? 0 : 1;
}

function differences(left, right) {
  const only = (own, other, where) => own.filter((one) => !other.includes(one)).map((one) => `only ${where}: ${one}`);
  return [...only(left, right, 'by itself'), ...only(right, left, 'behind the gateway')];
}

/** Runs a command to its end, and answers what it wrote; throws if it failed. */
function run(command, args, { env = {}, cwd = room, mayFail = false } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill(), RUN_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0 || (mayFail && code !== null)) resolve(stdout);
      else reject(new Error(`\`${command} ${args.join(' ')}\` failed: ${stderr.slice(-2_000)}`));
    });
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, 'localhost', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        next: { type: 'boolean', default: false },
        scenario: { type: 'string' },
        cache: { type: 'string', default: join(root, 'node_modules', '.cache', 'conformance') },
        json: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    console.error(`conformance: ${error.message}`);
    process.exit(2);
  }
}
