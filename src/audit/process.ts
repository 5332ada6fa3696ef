/** Telling a living process from a dead one, and from another that got its number. */
import { readFileSync } from 'node:fs';

const START_TIME_FIELD = 19; // field 22 of proc_pid_stat(5), counted behind the name
const STATE_FIELD = 0;

/** The fields of `/proc/<pid>/stat` behind the program's name, which may itself hold spaces and parentheses. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** When a process started, in words that no other process of this machine shares; empty where this is not told. */
export function processStart(pid: number): string {
  const start = statFields(pid)?.[START_TIME_FIELD];
  return start === undefined ? '' : `${bootId()}:${start}`;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** True if the process `pid` that started at `start` runs. A zombie has ended: it writes nothing any more. */
export function isAlive(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (start === '') return answersSignals(pid);
  const state = statFields(pid)?.[STATE_FIELD];
  return state !== undefined && state !== 'Z' && state !== 'X' && processStart(pid) === start;
}
