/** What this process runs of upstreams, and what others on the same home do. */
import { join } from 'node:path';
import { isAlive } from '../audit/index.ts';
import { Guard, runningGateways } from '../upstream/index.ts';
import { thisHost } from './quota-owners.ts';
import { say } from './report.ts';

const guards = new Map<string, Guard>();

/** The guard of this process over what it starts for a home. */
export function guardOf(home: string): Guard {
  const known = guards.get(home);
  if (known !== undefined) return known;
  const guard = new Guard({ directory: directoryOf(home), host: thisHost(), nowMs: Date.now, warn: say });
  guards.set(home, guard);
  return guard;
}

/** How an upstream does in one running gateway. */
export interface RunningUpstream {
  readonly pid: number;
  readonly state: string;
  readonly tools: number;
  readonly restarts: number;
  readonly since: string;
  readonly lastError: string | null;
}

/** Every upstream of the gateways that run on this home now, by name. */
export function runningUpstreams(home: string): ReadonlyMap<string, readonly RunningUpstream[]> {
  const byName = new Map<string, RunningUpstream[]>();
  for (const { owner, servers } of runningGateways(directoryOf(home), thisHost(), isAlive)) {
    if (owner.pid === process.pid) continue;
    for (const { name, ...how } of servers) byName.set(name, [...(byName.get(name) ?? []), { pid: owner.pid, ...how }]);
  }
  return byName;
}

function directoryOf(home: string): string {
  return join(home, 'run');
}
