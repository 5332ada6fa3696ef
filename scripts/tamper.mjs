// Tampers with real logs in every way that we know, and counts what the two verifiers find: `verifyLog` and
// docs/verify.py. test/audit/tamper is what it runs.
//
//   npm run tamper -- [--count 1000] [--clean 1000] [--seed 1] [--classes a,b] [--json]
//
// Progress goes to standard error, the table to standard output. Exit code 0: everything was found that has to be, both
// agreed, and no untouched log was faulted; 1: not so; 2: wrong usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleRig, whole } from './rig.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), 'countersign-tamper-bundle-'));
try {
  const audit = join(root, 'test', 'audit');
  const entries = { main: join(audit, 'tamper', 'main.ts'), worker: join(audit, 'workers', 'tamper.ts') };
  await bundleRig(entries, folder);
  const { tamper } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
  const worker = join(folder, 'worker.mjs');
  const { words, ...report } = await tamper({ ...options, worker, say: (sentence) => console.error(sentence) });
  console.log(options.json ? JSON.stringify(report) : words);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  const text = (value) => ({ type: 'string', default: value });
  try {
    const { values } = parseArgs({
      options: {
        count: text('1000'),
        clean: text('1000'),
        seed: text('1'),
        classes: text(''),
        json: { type: 'boolean', default: false },
      },
    });
    const numbers = ['count', 'clean', 'seed'].map((name) => [name, whole(name, values)]);
    const classes = values.classes === '' ? [] : values.classes.split(',');
    return { json: values.json, classes, ...Object.fromEntries(numbers) };
  } catch (error) {
    console.error(`tamper: ${error.message}`);
    process.exit(2);
  }
}
