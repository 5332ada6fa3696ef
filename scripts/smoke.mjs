// Packs the product, installs the tarball into an empty directory as a user would, and starts it there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const room = mkdtempSync(join(tmpdir(), 'countersign-smoke-'));

try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', room], root));
  const { filename, files, size, unpackedSize } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  for (const wanted of [
    'bin/countersign.js',
    'dist/main.js',
    'dist/tui.js',
    // blessed reads the terminals that it knows from there.
    'dist/usr/xterm-256color',
    'schema/config.schema.json',
    'config.example.json',
    'README.md',
  ])
    check(
      files.some(({ path }) => path === wanted),
      `the tarball holds ${wanted}`,
    );
  const strays = files.filter(({ path }) => /^(src|test|\.ci|bench)\//.test(path) || path.endsWith('meta.json'));
  check(strays.length === 0, `the tarball holds no sources (${strays.map(({ path }) => path).join(', ')})`);
  writeFileSync(join(room, 'package.json'), '{"private":true}\n');
  run('npm', ['install', '--no-audit', '--no-fund', join(room, filename)], room);
  const bin = join(room, 'node_modules', '.bin', 'countersign');
  check(/^\d+\.\d+\.\d+$/.test(run(bin, ['--version'], room).trim()), '`countersign --version` prints a version');
  const greeting = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'smoke', version: '1' } },
  };
  const home = { COUNTERSIGN_HOME: join(room, 'home') };
  mkdirSync(home.COUNTERSIGN_HOME, { mode: 0o700 });
  writeFileSync(join(home.COUNTERSIGN_HOME, 'countersign.config.json'), '{ "version": 1 }\n', { mode: 0o600 });
  const refused = JSON.parse(run(bin, [], room, { input: `${JSON.stringify(greeting)}\n`, env: home }));
  check(
    refused.id === 0 && /COUNTERSIGN_TOKEN/.test(refused.error?.message),
    'without a token `initialize` is refused in words',
  );
  run(bin, ['demo'], room);
  console.log(
    `ok   ${filename}: ${files.length} files, ${size} bytes packed, ${unpackedSize} unpacked; starts, refuses, plays the demo`,
  );
} finally {
  rmSync(room, { recursive: true, force: true });
}

function run(command, args, cwd, { input = '', env = {} } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    input,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, ...env },
  });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}: exit ${done.status ?? done.signal}\n${done.stdout}\n${done.stderr}`);
}

function check(holds, sentence) {
  if (!holds) throw new Error(`not so: ${sentence}`);
}
