/** Whoever reads the log with one of our commands leaves a record of it. */
import type { LogReading } from '../audit/index.ts';
import { actor, type Installation } from './compose.ts';
import { say } from './report.ts';

interface Reading {
  readonly does: LogReading;
  /** How many records were given out; null for a reading that goes on. */
  readonly records: number | null;
  /** Names of options and formats; never a value that somebody looks for. */
  readonly options?: readonly string[];
}

/**
 * Records a reading. Where the log cannot be written, this says so and lets the reading stand: a damaged log must still be
 * looked into, and its files can be read without us.
 */
export async function recordReading(
  installation: Installation,
  { does, records, options = [] }: Reading,
): Promise<void> {
  try {
    const log = await installation.adminLog();
    await log.write({ kind: 'log_read', actor: actor(), does, records, options });
  } catch (error) {
    say(`this reading could not be recorded: ${error instanceof Error ? error.message : String(error)}`);
  }
}
