// How soon a request is on the approver's screen: `npm run bench:approvals`, `-- --json` for machines, `-- --requests 60`.
// A real gateway, the real screen in a pseudo-terminal, one machine. Measured from the instant in which the gateway made
// the request, before it was sealed and stored, to the instant in which the terminal had drawn it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const GAP_MS = 300;
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, requests: { type: 'string', default: '40' } },
});
const wanted = Number(options.requests);

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
try {
  const { makeHome, BIN, bankConfig, signOff, enrol, approvalsOf } = await supports();
  const home = await makeHome({});
  try {
    const approvals = { wait: '1s', pending: wanted + 10 };
    await home.rewrite(await bankConfig(home.room, { agent: [signOff()] }, { approvals }));
    const token = await home.issue('agent');
    await enrol(home, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(home, 'bo', { roles: ['finance'] }, 'ada');
    const agent = startAgent(BIN, { ...home.env, COUNTERSIGN_TOKEN: token });
    const screen = startScreen(BIN, home.env);
    await screen.shows('nothing waits');
    const shownMs = new Map();
    for (let number = 1; number <= wanted; number += 1) {
      const amount = `${600 + number}.00 USD`;
      agent.call(number, { amount: (600 + number) * 100, currency: 'USD' });
      shownMs.set(amount, await screen.shows(amount));
      // Out of step with the looks of the screen.
      await pause(GAP_MS + ((number * 37) % 83));
    }
    agent.end();
    screen.end();
    const delays = (await approvalsOf(home))
      .filter((request) => shownMs.has(request.amount))
      .map((request) => shownMs.get(request.amount) - Date.parse(request.createdAt))
      .sort((a, b) => a - b);
    report(delays);
  } finally {
    await home.remove();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** What the end-to-end tests make homes and people with, as one module. */
async function supports() {
  const outfile = join(ROOT, 'test', 'e2e', 'support', `.bench-${process.pid}.mjs`);
  const contents = `export * from './home.ts'; export * from './bank.ts'; export * from './operators.ts';`;
  try {
    await build({
      stdin: { contents, resolveDir: join(ROOT, 'test', 'e2e', 'support'), loader: 'ts' },
      ...{ outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

function startAgent(bin, env) {
  const child = spawn(process.execPath, [bin], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'bench', version: '1' };
  send({ id: 0, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
  send({ method: 'notifications/initialized' });
  return {
    call: (id, args) => send({ id, method: 'tools/call', params: { name: 'refund', arguments: args } }),
    end: () => child.kill(),
  };
}

function startScreen(bin, env) {
  // Room for all of them.
  const size = { cols: 100, rows: wanted + 30 };
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  const pty = spawnTerminal(process.execPath, [bin, 'tui', '--as', 'bo'], {
    ...{ name: 'xterm-256color', ...size },
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ...env },
  });
  let drawn = () => undefined;
  pty.onData((data) => terminal.write(data, () => drawn()));
  const text = () =>
    Array.from(
      { length: size.rows },
      (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '',
    ).join('\n');
  return {
    /** Answers the instant in which a line with the words was drawn. */
    async shows(words) {
      const deadlineMs = Date.now() + 20_000;
      while (!text().includes(words)) {
        if (Date.now() > deadlineMs) throw new Error(`the screen never showed \`${words}\`:\n${text()}`);
        await Promise.race([new Promise((resolve) => (drawn = resolve)), pause(1_000)]);
      }
      return Date.now();
    },
    end: () => pty.kill(),
  };
}

function report(delays) {
  const at = (share) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))];
  const figures = { requests: delays.length, p50Ms: at(0.5), p90Ms: at(0.9), maxMs: delays.at(-1) };
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length, load: loadavg() };
  if (options.json) console.log(JSON.stringify({ ...machine, ...figures }));
  else
    console.log(
      `${figures.requests} requests on the screen after p50 ${figures.p50Ms} ms, p90 ${figures.p90Ms} ms, at most ${figures.maxMs} ms`,
      `(node ${machine.node}, ${machine.cores} cores, load ${machine.load[0].toFixed(1)})`,
    );
}
