// Compares the policy engine with the oracle of test/oracle over generated policies and calls.
//
//   npm run fuzz:policy -- --calls 1000000 --seed 7 [--from SCENE] [--json]
//
// Exit code 0: no divergence; 1: a divergence, or something that was never reached; 2: wrong usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), 'fuzz-policy-'));
try {
  const { run } = await import(pathToFileURL(await bundle(join(folder, 'report.mjs'))).href);
  process.exitCode = await compare(run);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        calls: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        from: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
      },
    });
    return { ...values, calls: whole('calls', values), seed: whole('seed', values), from: whole('from', values) };
  } catch (error) {
    console.error(`fuzz-policy: ${error.message}`);
    process.exit(2);
  }
}

function whole(name, values) {
  if (/^[0-9]{1,9}$/.test(values[name])) return Number(values[name]);
  throw new Error(`\`--${name}\` takes a whole number, and \`${values[name]}\` is none`);
}

async function bundle(outfile) {
  // Bundled CommonJS packages ask for `require`.
  const banner =
    "import { createRequire as fuzzRequire } from 'node:module'; const require = fuzzRequire(import.meta.url);";
  const entry = join(root, 'test', 'oracle', 'report.ts');
  const shape = { bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' };
  await build({ ...shape, absWorkingDir: root, entryPoints: [entry], outfile, banner: { js: banner } });
  return outfile;
}

async function compare(run) {
  const started = process.hrtime.bigint();
  const { calls, seed, from, json } = options;
  const report = await run({ calls, seed, from, ...(process.stderr.isTTY && { onProgress: progress }) });
  const seconds = Number((process.hrtime.bigint() - started) / 10_000_000n) / 100;
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(json ? JSON.stringify({ ...report, seconds }) : words(report, seconds));
  return report.ok ? 0 : 1;
}

function progress(done) {
  process.stderr.write(`\r${done.toLocaleString('en')} of ${options.calls.toLocaleString('en')} compared`);
}

function words(report, seconds) {
  const rate = Math.round(report.comparisons / seconds).toLocaleString('en');
  const lines = Object.entries(report.reached).map(([name, count]) => `  ${name.padEnd(20)} ${count}`);
  lines.push(`seed ${report.seed}: ${report.comparisons} comparisons in ${seconds} s (${rate}/s)`);
  lines.push(`${report.divergences} divergences`);
  if (report.unreached.length > 0) lines.push(`never reached: ${report.unreached.join(', ')}`);
  if (report.divergence !== null) lines.push(JSON.stringify(report.divergence, null, 2));
  return lines.join('\n');
}
