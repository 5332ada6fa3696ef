import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

// A mutant meets the same generated cases every time, so that the score is a number; they are few, because it is the
// sentences of the specification that have to find it.
fc.configureGlobal({ seed: 20260101, numRuns: 20 });

// All tests in one module graph: a worker that loads the core once per mutant and not once per file.
const HERE = dirname(fileURLToPath(import.meta.url));
// It reads the sources, and those of a mutation run hold all mutants at once.
const NOT_HERE = 'exact-source.test.ts';
for (const name of readdirSync(HERE)) {
  if (name.endsWith('.test.ts') && name !== NOT_HERE) await import(/* @vite-ignore */ `./${name}`);
}
