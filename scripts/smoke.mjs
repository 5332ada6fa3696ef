// Packs the product, installs the tarball into an empty directory with an empty cache as a user would, and drives it there
// with the SDK's client on every Node release that is supported. `--node 22` takes only that one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

/** Beside the one that runs this. npm's `node` package provides the binaries. */
const RELEASES = { 20: '20.19.0', 22: '22.23.3', 24: '24.21.0' };
/** What may differ from one machine to another is printed; only what nobody should have to wait for fails. */
const COLD_MS = 60_000;
const WARM_MS = 15_000;

const { values } = parseArgs({ options: { node: { type: 'string', multiple: true } } });
const releases = values.node ?? Object.keys(RELEASES);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const room = mkdtempSync(join(tmpdir(), 'countersign-smoke-'));
const cache = { npm_config_cache: join(room, 'cache'), npm_config_update_notifier: 'false' };

try {
  const tarball = pack();
  install(tarball);
  refuses();
  const times = npxTimes(tarball);
  for (const release of releases) await drives(release);
  run(join(room, 'app', 'node_modules', '.bin', 'countersign'), ['demo'], room);
  console.log(`ok   npx: ${times.cold} ms with an empty cache, ${times.warm} ms after that`);
  console.log('ok   plays the demo');
} finally {
  rmSync(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Answers the tarball's path. What is in it is looked at. */
function pack() {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', room], root));
  const { filename, files, size, unpackedSize } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  const paths = files.map(({ path }) => path);
  for (const wanted of [
    'bin/countersign.js',
    'dist/main.js',
    'dist/tui.js',
    // blessed reads the terminals that it knows from there.
    'dist/usr/xterm-256color',
    'schema/config.schema.json',
    'config.example.json',
    'docs/verify.py',
    'man/countersign.1',
    'README.md',
    'SECURITY.md',
    'LICENSE',
  ])
    check(paths.includes(wanted), `the tarball holds ${wanted}`);
  const kept = /^(bin|dist|man|schema|policies|docs)\/|^(config\.example\.json|package\.json|[A-Z]+(\.md)?)$/;
  const strays = paths.filter((path) => !kept.test(path) || path.endsWith('meta.json') || path.endsWith('.map'));
  check(strays.length === 0, `the tarball holds nothing else (${strays.join(', ')})`);
  console.log(`ok   ${filename}: ${files.length} files, ${size} bytes packed, ${unpackedSize} unpacked`);
  return join(room, filename);
}

/** Nothing that is installed may need, or run, a program of its own to be installed. */
function install(tarball) {
  const app = emptyRoom('app');
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], app, { env: cache });
  const { scripts = {} } = JSON.parse(readFileSync(join(app, 'node_modules', 'countersign', 'package.json'), 'utf8'));
  const own = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
  check(own.length === 0, `the package runs nothing when it is installed (${own.join(', ')})`);
  const packages = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'));
  console.log(`ok   installed without install scripts, beside ${packages.join(', ')}`);
}

function refuses() {
  const bin = join(room, 'app', 'node_modules', '.bin', 'countersign');
  check(/^\d+\.\d+\.\d+$/.test(run(bin, ['--version'], room).trim()), '`countersign --version` prints a version');
  const greeting = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'smoke', version: '1' } },
  };
  const home = homeOf('bare', { version: 1 });
  const refused = JSON.parse(run(bin, [], room, { input: `${JSON.stringify(greeting)}\n`, env: home }));
  check(
    refused.id === 0 && /COUNTERSIGN_TOKEN/.test(refused.error?.message),
    'without a token `initialize` is refused in words',
  );
  console.log('ok   refuses in words without a token');
}

/** Milliseconds from nothing to an answer through `npx`, first with an empty cache, then with what that left. */
function npxTimes(tarball) {
  const fresh = { npm_config_cache: join(room, 'npx-cache'), npm_config_update_notifier: 'false' };
  const once = () => {
    const began = performance.now();
    run('npx', ['--yes', '--package', tarball, 'countersign', '--version'], emptyRoom('npx'), { env: fresh });
    return Math.round(performance.now() - began);
  };
  const cold = once();
  const warm = Math.min(once(), once(), once());
  check(cold < COLD_MS && warm < WARM_MS, `npx starts soon (${cold} ms cold, ${warm} ms warm)`);
  return { cold, warm };
}

/** The SDK's client, the installed gateway on one release of Node, and the sandbox behind it. */
async function drives(release) {
  const node = nodeOf(release);
  const bin = join(room, 'app', 'node_modules', 'countersign', 'bin', 'countersign.js');
  const env = homeOf(`home-${release}`, {
    version: 1,
    upstreams: { shop: { command: node, args: [bin, 'sandbox'], provider: 'sandbox' } },
    policies: {
      small: {
        version: 1,
        default: 'deny',
        rules: [
          { id: 'reads', tools: ['kind:read'], effect: 'allow' },
          { id: 'small', tools: ['kind:refund'], effect: 'allow', when: { amount: { lte: '50 USD' } } },
        ],
      },
    },
    grants: { agent: { principal: 'agent@acme.example', policies: ['small'], upstreams: ['shop'] } },
  });
  const command = (...args) => run(node, [bin, ...args], room, { env });
  const version = run(node, ['--version'], room).trim();
  command('upstream', 'review', 'shop', '--accept');
  const { token } = JSON.parse(command('grant', 'issue', 'agent', '--json'));
  const client = new Client({ name: 'smoke', version: '1' });
  const began = performance.now();
  await client.connect(
    new StdioClientTransport({
      command: node,
      args: [bin],
      env: { ...env, COUNTERSIGN_TOKEN: token },
      stderr: 'ignore',
    }),
  );
  const { tools } = await client.listTools();
  const listedMs = Math.round(performance.now() - began);
  check(tools.length > 0, `Node ${version} lists tools`);
  const read = await client.callTool({ name: 'list_payments', arguments: {} });
  check(read.isError !== true, `Node ${version} lets a read through`);
  const refund = { name: 'create_refund', arguments: { payment: 'pay_1001', amount: 60_00, currency: 'usd' } };
  const denied = await client.callTool(refund);
  const decision = denied._meta?.['countersign/decision']?.decision;
  check(denied.isError === true && decision === 'deny', `Node ${version} denies what the policy denies`);
  await client.close();
  const { ok } = JSON.parse(command('audit', 'verify', '--json'));
  check(ok, `the log of Node ${version} is whole`);
  console.log(`ok   Node ${version}: tools listed ${listedMs} ms after the start, calls decided, the log whole`);
}

/** The program of a release of Node: the one that runs this, or one from npm. */
function nodeOf(release) {
  if (process.versions.node.startsWith(`${release}.`) && values.node === undefined) return process.execPath;
  const version = RELEASES[release];
  check(version !== undefined, `Node ${release} is one of ${Object.keys(RELEASES).join(', ')}`);
  const folder = emptyRoom(`node-${release}`);
  run('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], folder, { env: cache });
  return join(folder, 'node_modules', '.bin', 'node');
}

function emptyRoom(name) {
  const folder = join(room, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  return folder;
}

/** The environment of a home with a configuration. */
function homeOf(name, config) {
  const directory = join(room, name);
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'countersign.config.json'), JSON.stringify(config), { mode: 0o600 });
  return { COUNTERSIGN_HOME: directory, COUNTERSIGN_KEYRING: 'off', PATH: process.env.PATH };
}

function run(command, args, cwd, { input = '', env = {} } = {}) {
  // npm's own directory of programs comes first in a script, and with it the tree that the package was made from.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const done = spawnSync(command, args, {
    cwd,
    input,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, ...env, PATH: path.join(delimiter) },
  });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}: exit ${done.status ?? done.signal}\n${done.stdout}\n${done.stderr}`);
}

function check(holds, sentence) {
  if (!holds) throw new Error(`not so: ${sentence}`);
}
