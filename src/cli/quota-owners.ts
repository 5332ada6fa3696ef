/** Who holds reservations: this process, and those of this machine that died with some. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAlive, processStart } from '../audit/index.ts';
import type { RequestId } from '../core/ids.ts';
import type { QuotaOwner, QuotaStore } from '../state/index.ts';

let host: string | undefined;

/**
 * Names this machine until it restarts, and the process numbers that are valid here: two containers share the machine
 * and its kernel, and cannot see whether a process of the other lives.
 */
export function thisHost(): string {
  host ??= hostDigest();
  return host;
}

function hostDigest(): string {
  const boot = textOf('/proc/sys/kernel/random/boot_id');
  // Where the platform does not tell when it started, its name has to do.
  const parts = [textOf('/etc/machine-id'), boot, pidNamespace(), boot === '' ? hostname() : ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** This process, as an owner of reservations. */
export function ownOwner(): QuotaOwner {
  return { host: thisHost(), pid: process.pid, processStart: processStart(process.pid) };
}

/** True for a process of this machine that does not run any more. */
export function isDead({ host: where, pid, processStart: start }: QuotaOwner): boolean {
  return where === thisHost() && !isAlive(pid, start);
}

/**
 * What processes of this machine held when they died becomes in doubt; answers which requests. Those of other machines
 * are in doubt once their lease has ended. Throws `StateError`.
 */
export async function abandonDead(quota: Pick<QuotaStore, 'owners' | 'abandon'>): Promise<readonly RequestId[]> {
  const owners = await quota.owners();
  const dead = owners.filter(isDead);
  const abandoned: RequestId[] = [];
  for (const owner of dead) abandoned.push(...(await quota.abandon(owner)));
  return abandoned;
}
