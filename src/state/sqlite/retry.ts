/**
 * Waiting for a lock without holding up the event loop: SQLite's own busy handler sleeps inside the call and starves
 * everything else in the process, so it is off and the statement is tried again after a short random pause.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { StateError } from '../port.ts';
import { isBusy } from './errors.ts';

const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 12;

/** How long callers wait for other processes before they are refused. */
export const DEADLINE_MS = 10_000;

function jitterMs(): number {
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
}

/** Runs `attempt` until it is not busy. Throws `StateError` `busy` after `deadlineMs`, other errors at once. */
export async function whenFree<T>(attempt: () => T, deadlineMs: number): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - startedMs >= deadlineMs) throw busyFor(deadlineMs, error);
    }
    await pause(jitterMs());
  }
}

function busyFor(deadlineMs: number, cause: unknown): StateError {
  const message = `the state file was locked by another process for ${deadlineMs} ms; end the process that holds it`;
  return new StateError('busy', message, { cause });
}
