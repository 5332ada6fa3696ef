/** What may go wrong around a running gateway, and its undoing. Each is done to a real process, disk or server. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Driver, StoreYard } from '../../state/race-stores.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import type { Scene } from './scene.ts';

const CLOCK = fileURLToPath(new URL('../../e2e/fixtures/clock-shift.cjs', import.meta.url));
const READ_ONLY = fileURLToPath(new URL('../fixtures/read-only.cjs', import.meta.url));
const HOUR_MS = 3_600_000;

export interface Place {
  readonly scene: Scene;
  readonly yard: StoreYard;
}

export interface Fault {
  readonly name: string;
  readonly drivers: readonly Driver[];
  /** Environment of the gateway that meets it. */
  readonly env?: (room: string) => Readonly<Record<string, string>>;
  /** True: the home lies on a small disk of its own, where one can be mounted. */
  readonly smallDisk?: boolean;
  readonly spoil: (place: Place) => unknown;
  readonly mend: (place: Place) => unknown;
  /** What the agent reads while it lasts; null: it must notice nothing. */
  readonly denial: RegExp | null;
  /** True: it is over by itself, and calls may pass at once. */
  readonly passes?: boolean;
  /**
   * True: the store may lose the last ends of calls, which it does not sync. What they had reserved is in doubt then,
   * although the log knows the outcome: an operator settles it, and nothing is given back.
   */
  readonly losesEnds?: boolean;
}

const NO_STORE =
  /^Denied: the state store cannot be reached, so the call was not sent\. Tell the operator; do not call/;
const NO_LOG = /^Denied: the audit log cannot be written, so the call was not sent\. Tell the operator; do not call/;
const NO_DISK =
  /^Denied: the (?:audit log cannot be written|state store cannot be reached), so the call was not sent\./;
const CLOCK_BACK =
  /^Denied: the clock of the state store stepped back by (?:59 min \d+ s|1 h), so rule `[a-z-]+` cannot/;

const homeOf = ({ scene }: Place): string => scene.homes[0]!.directory;
const redis = ({ yard }: Place): RedisServer => yard.server as RedisServer;
const postgres = ({ yard }: Place): PostgresServer => yard.server as PostgresServer;

const clockFile = (room: string): string => join(room, 'clock');
const readOnlyFile = (room: string): string => join(room, 'read-only');
const preload = (file: string): string => `--require ${JSON.stringify(file)}`;
const shifted = (room: string) => ({ NODE_OPTIONS: preload(CLOCK), CLOCK_FILE: clockFile(room) });
const setBack = ({ scene }: Place): void => fs.writeFileSync(clockFile(scene.room), String(-HOUR_MS));
const setRight = ({ scene }: Place): void => fs.rmSync(clockFile(scene.room));

const EVERYWHERE: readonly Driver[] = ['sqlite', 'redis', 'postgres'];

export const FAULTS: readonly Fault[] = [
  {
    name: 'the disk of the home is full',
    drivers: EVERYWHERE,
    smallDisk: true,
    spoil: (place) => fill(join(homeOf(place), 'filler')),
    mend: (place) => fs.rmSync(join(homeOf(place), 'filler')),
    denial: NO_DISK,
  },
  {
    name: 'the home is read-only',
    drivers: EVERYWHERE,
    env: (room) => ({ NODE_OPTIONS: preload(READ_ONLY), READ_ONLY_FILE: readOnlyFile(room) }),
    spoil: ({ scene }) => fs.writeFileSync(readOnlyFile(scene.room), ''),
    mend: ({ scene }) => fs.rmSync(readOnlyFile(scene.room)),
    denial: NO_LOG,
  },
  {
    name: 'the state file is away',
    drivers: ['sqlite'],
    spoil: (place) => fs.renameSync(join(homeOf(place), 'state.db'), join(place.scene.room, 'away.db')),
    mend: (place) => fs.renameSync(join(place.scene.room, 'away.db'), join(homeOf(place), 'state.db')),
    denial: NO_STORE,
  },
  {
    name: 'the clock steps back an hour',
    drivers: ['sqlite'],
    env: shifted,
    spoil: setBack,
    mend: setRight,
    denial: CLOCK_BACK,
  },
  {
    name: "the gateway's clock steps back an hour, and the server's does not",
    drivers: ['redis', 'postgres'],
    env: shifted,
    spoil: setBack,
    mend: setRight,
    denial: null,
  },
  {
    name: 'the server hangs',
    drivers: ['redis'],
    spoil: (place) => process.kill(redis(place).pid, 'SIGSTOP'),
    mend: (place) => process.kill(redis(place).pid, 'SIGCONT'),
    denial: NO_STORE,
  },
  {
    name: 'the server is killed, and comes back',
    drivers: ['redis'],
    spoil: (place) => redis(place).kill(),
    mend: (place) => redis(place).restart(),
    denial: NO_STORE,
  },
  {
    name: 'the server is restarted',
    drivers: ['redis'],
    spoil: (place) => redis(place).restart(),
    mend: () => undefined,
    denial: NO_STORE,
    passes: true,
  },
  {
    name: 'the server hangs',
    drivers: ['postgres'],
    spoil: (place) => signal(familyOf(postgres(place).pid), 'SIGSTOP'),
    mend: (place) => signal(familyOf(postgres(place).pid), 'SIGCONT'),
    denial: NO_STORE,
  },
  {
    name: 'the server is killed, and comes back',
    drivers: ['postgres'],
    spoil: (place) => postgres(place).kill(),
    mend: (place) => postgres(place).restart(),
    denial: NO_STORE,
    losesEnds: true,
  },
  {
    name: 'the connections are cut',
    drivers: ['postgres'],
    spoil: (place) => postgres(place).cutConnections(),
    mend: () => undefined,
    denial: NO_STORE,
    passes: true,
  },
];

/** A process and its children. */
function familyOf(pid: number): readonly number[] {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return [pid, ...children.filter((word) => word !== '').map(Number)];
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

/** Leaves no byte free. */
function fill(path: string): void {
  const file = fs.openSync(path, 'w', 0o600);
  try {
    for (let bytes = 65_536; bytes > 0; bytes = Math.floor(bytes / 2)) {
      try {
        for (;;) if (fs.writeSync(file, Buffer.alloc(bytes)) < bytes) break;
      } catch {
        // Smaller pieces may still fit.
      }
    }
  } finally {
    fs.closeSync(file);
  }
}

/** A small disk of its own in an empty folder, or why there is none here. */
export function mountSmallDisk(path: string): { readonly unmount: () => void } | { readonly why: string } {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', path], { stdio: 'pipe' });
    return { unmount: () => execFileSync('umount', ['-l', path], { stdio: 'pipe' }) };
  } catch (error) {
    return { why: `no small disk can be mounted here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
