/** Ending what gateways left that were killed together with their watchdog, or where there is none. */
import { readdirSync, readFileSync } from 'node:fs';
import { isAlive, processStart } from '../audit/index.ts';
import { readRuns, removeRun } from './run-file.ts';
import type { ProcessIdentity, Run } from './run-file.ts';
import { waitMs } from './wait.ts';

const POLITE_MS = 1_000;

/**
 * Ends the processes of dead gateways of this machine and forgets these gateways. A number alone ends nothing: a process is
 * taken for theirs if it began when theirs did, or if its environment holds their mark. Answers how many were ended.
 */
export async function endLeftovers(directory: string, host: string): Promise<number> {
  let ended = 0;
  for (const [id, run] of readRuns(directory)) {
    if (run.owner.host !== host || isAlive(run.owner.pid, run.owner.start)) continue;
    ended += await endAll(() => processesOf(run));
    removeRun(directory, id);
  }
  return ended;
}

/** Asks them to end, waits a little, and kills who is left. */
async function endAll(find: () => readonly ProcessIdentity[]): Promise<number> {
  const found = find();
  signal(found, 'SIGTERM');
  const endMs = performance.now() + POLITE_MS;
  while (found.some(isThere) && performance.now() < endMs) await waitMs(20);
  signal(find(), 'SIGKILL');
  return found.length;
}

/** Ends whatever still carries this mark in its environment: what left its process group, where that can be told. */
export async function endMarked(mark: string): Promise<void> {
  if (markedProcesses(mark).length > 0) await endAll(() => markedProcesses(mark));
}

function processesOf({ processes, mark }: Run): readonly ProcessIdentity[] {
  // Where the platform does not tell when a process began, its number may be anybody's.
  const noted = processes.filter(({ pid, start }) => start !== '' && isAlive(pid, start));
  const marked = markedProcesses(mark);
  return [...noted, ...marked.filter(({ pid }) => !noted.some((one) => one.pid === pid))];
}

function markedProcesses(mark: string): readonly ProcessIdentity[] {
  return numbers().flatMap((pid) => {
    const start = processStart(pid);
    return start !== '' && environmentOf(pid).includes(mark) ? [{ pid, start }] : [];
  });
}

function numbers(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^[1-9][0-9]*$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

/** Empty for a process of somebody else, and for one that has ended. */
function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return Buffer.alloc(0);
  }
}

function isThere({ pid, start }: ProcessIdentity): boolean {
  return isAlive(pid, start);
}

function signal(processes: readonly ProcessIdentity[], name: 'SIGTERM' | 'SIGKILL'): void {
  for (const one of processes) {
    if (!isThere(one)) continue;
    try {
      process.kill(one.pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}
