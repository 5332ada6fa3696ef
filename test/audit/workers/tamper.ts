/** A share of the work in a process of its own: options as JSON in the first argument, the report on standard output. */
import { TAMPERINGS } from '../tamper/all.ts';
import { runShare } from '../tamper/share.ts';

interface WorkerOptions {
  readonly classes: readonly string[];
  readonly count: number;
  readonly clean: number;
  readonly seed: number;
  readonly folder: string;
}

const { classes, ...options } = JSON.parse(process.argv[2] ?? '') as WorkerOptions;
const tamperings = TAMPERINGS.filter(({ name }) => classes.includes(name));
const report = await runShare({ ...options, tamperings, onProgress: (sentence) => console.error(sentence) });
console.log(JSON.stringify(report));
