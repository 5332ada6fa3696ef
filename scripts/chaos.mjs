// Kills real gateways and counts what is left, and races processes for one cap. test/chaos/rig is what it runs.
//
//   npm run chaos -- --kills 1000 --driver sqlite|redis|postgres|all --seed 1 [--gateways 4] [--json]
//   npm run chaos -- --race [--processes 8] [--reservations 10000] [--driver …] [--json]
//   npm run chaos -- --faults [--driver …] [--json]
//
// Progress goes to standard error, the summary to standard output. Exit code 0: every promise was kept; 1: one was not;
// 2: wrong usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleRig, whole } from './rig.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), 'countersign-chaos-bundle-'));
try {
  await bundleRig({ rig: join(root, 'test', 'chaos', 'rig', 'main.ts') }, folder);
  const { kill, runRaces, runFaults } = await import(pathToFileURL(join(folder, 'rig.mjs')).href);
  const work = options.race ? runRaces : options.faults ? runFaults : kill;
  const { ok, reports, words } = await work({ ...options, say: (sentence) => console.error(sentence) });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length, at: new Date() };
  console.log(options.json ? JSON.stringify({ ok, ...machine, reports }) : words);
  process.exitCode = ok ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  const text = (value) => ({ type: 'string', default: value });
  try {
    const { values } = parseArgs({
      options: {
        kills: text('100'),
        driver: text('sqlite'),
        seed: text('1'),
        gateways: text('4'),
        processes: text('8'),
        reservations: text('10000'),
        race: { type: 'boolean', default: false },
        faults: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    if (!['sqlite', 'redis', 'postgres', 'all'].includes(values.driver))
      throw new Error(`\`--driver\` is sqlite, redis, postgres or all, and not \`${values.driver}\``);
    const numbers = ['kills', 'seed', 'gateways', 'processes', 'reservations'].map((name) => [
      name,
      whole(name, values),
    ]);
    return { ...values, ...Object.fromEntries(numbers) };
  } catch (error) {
    console.error(`chaos: ${error.message}`);
    process.exit(2);
  }
}
