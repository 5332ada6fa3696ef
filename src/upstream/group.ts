/** Ending a process with all it has started. `npx` and `sh` put the server one or two processes below the one we know. */
import { spawn } from 'node:child_process';
import { waitMs } from './wait.ts';

const POLL_MS = 20;
const POLITE_MS = 2_000;
const FIRM_MS = 1_000;

/** Signals every process of the group that `pid` leads. False if there is none, or none that we may signal. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  if (process.platform === 'win32') return signal !== 0 && killTree(pid);
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends what is left of a group whose leader is gone. As long as a member lives its number is not given to another group,
 * so once the group was seen empty nothing is sent to it again.
 */
export async function sweepGroup(pid: number): Promise<void> {
  if (process.platform === 'win32' || !signalGroup(pid, 'SIGTERM')) return;
  if (await isEmptied(pid, POLITE_MS)) return;
  signalGroup(pid, 'SIGKILL');
  await isEmptied(pid, FIRM_MS);
}

/** A process that is not our child ends without an event, so it is asked for. */
async function isEmptied(pid: number, deadlineMs: number): Promise<boolean> {
  for (let waited = 0; waited < deadlineMs; waited += POLL_MS) {
    if (!signalGroup(pid, 0)) return true;
    await waitMs(POLL_MS);
  }
  return false;
}

/** Windows has no process groups of this kind; `taskkill` walks the tree while the leader is still there. */
function killTree(pid: number): boolean {
  spawn('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
    'error',
    () => undefined,
  );
  return true;
}
