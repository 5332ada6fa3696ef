/** A fault that nobody caught. Node would print its message and the values in it. */
import { faultWords } from '../core/fault-words.ts';
import { Exit } from './report.ts';

/** Ends the process at the first fault that nobody caught. */
export function endOnFaults(): void {
  process.on('uncaughtException', (error: unknown) => {
    process.stderr.write(`countersign: internal error, please report it: ${faultWords(error)}\n`);
    process.exit(Exit.unavailable);
  });
}
