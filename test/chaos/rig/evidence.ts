/** What is left when the gateways are dead: what the bank did, what clients were told, the logs, and the store. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../e2e/support/home.ts';
import { openAt } from '../../state/race-stores.ts';
import type { Answer, Gateway } from './gateway.ts';
import type { Caps, Executed, Scene } from './scene.ts';

/** An answer that a client read. */
export interface Told extends Answer {
  readonly by: string;
  readonly tool: string;
}

/** A record of a call in the log. */
export interface LoggedCall {
  /** The gateway that wrote it; null for a process that is none of the scene's. */
  readonly by: string | null;
  readonly kind: 'intent' | 'outcome' | 'decision';
  readonly tool: string;
  readonly request: string;
  readonly atMs: number;
  readonly outcome: string | null;
  readonly code: string | null;
}

/** A request beside `tools/call` that the gate let through: a limit of calls on everything counts it too. */
export interface LoggedRequest {
  readonly request: string;
  readonly grant: string;
}

/** A reservation that the store still has. */
export interface HeldCall {
  readonly request: string;
  readonly state: string;
  readonly uses: readonly { readonly rule: string; readonly subject: string; readonly amount: number }[];
}

export interface CounterStanding {
  readonly rule: string;
  readonly subject: string;
  readonly used: number;
  readonly reserved: number;
  readonly inDoubt: number;
}

/** A line of `countersign quota list --json`. */
export interface ListedLimit {
  readonly rule: string;
  readonly subject: string;
  readonly reserved: string | number;
  readonly inDoubt: string | number;
  readonly requests: readonly { readonly request: string; readonly state: string }[];
}

/** What `countersign audit verify --json` says of one home. */
export interface Verified {
  readonly home: string;
  readonly exitCode: number;
  readonly faults: readonly { readonly code: string; readonly message: string }[];
}

export interface Evidence {
  readonly executed: readonly Executed[];
  readonly told: readonly Told[];
  readonly log: readonly LoggedCall[];
  readonly requests: readonly LoggedRequest[];
  readonly held: readonly HeldCall[];
  readonly counters: readonly CounterStanding[];
  readonly listed: readonly ListedLimit[];
  readonly verified: readonly Verified[];
  /** The caps of the last round; none was lower before than what was counted then. */
  readonly caps: Caps;
  /** True if a day (UTC) ended meanwhile: the counters of a day are then not those of the scene. */
  readonly crossedMidnight: boolean;
}

interface OnDisk {
  readonly time: number;
  readonly unmapped: { readonly countersign: Readonly<Record<string, unknown>> };
}

/** Whole lines of a home's log; what follows the last line end is torn. */
function recordsOf({ directory }: Home): OnDisk[] {
  const folder = join(directory, 'audit');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  return files.flatMap((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as OnDisk);
  });
}

/** The calls in the logs of every home, with the gateway that wrote each record. */
export function readLog(scene: Scene, gateways: readonly Gateway[]): LoggedCall[] {
  return scene.homes.flatMap((home) => {
    const records = recordsOf(home);
    const writers = writersOf(records, gateways);
    return records.flatMap(({ time, unmapped: { countersign: own } }) => {
      const kind = text(own['kind']);
      if (kind !== 'intent' && kind !== 'outcome' && kind !== 'decision') return [];
      const by = writers.get(text(own['segment'])) ?? null;
      const [outcome, code] = [textOrNull(own['outcome']), textOrNull(own['code'])];
      const tool = text(own['tool']).replace(/^bank\//, '');
      return [{ by, kind, tool, request: text(own['request']), atMs: time, outcome, code }];
    });
  });
}

/** The requests of clients beside calls in the logs of every home. */
export function readRequests(scene: Scene): LoggedRequest[] {
  const all = scene.homes.flatMap(recordsOf).map(({ unmapped }) => unmapped.countersign);
  return all
    .filter(({ kind, decision, from }) => kind === 'request_decided' && decision === 'allow' && from === 'client')
    .map(({ request, grant }) => ({ request: text(request), grant: text(grant) }));
}

/** As far as a fault sets a clock back. */
const CLOCK_BACK_MS = 3_600_000;

/** Segments by the gateway that wrote them. A process number may come again; a process does not. */
function writersOf(records: readonly OnDisk[], gateways: readonly Gateway[]): ReadonlyMap<string, string> {
  const openings = records.filter(({ unmapped }) => unmapped.countersign['kind'] === 'segment_open');
  return new Map(
    openings.flatMap(({ time, unmapped: { countersign: own } }) => {
      const within = (slackMs: number): Gateway | undefined =>
        gateways.find(
          ({ pid, startedMs, endedMs }) => pid === own['pid'] && time >= startedMs - slackMs && time <= endedMs + 1_000,
        );
      // A gateway whose clock was set back over midnight begins a file of the day before.
      const writer = within(1_000) ?? within(CLOCK_BACK_MS + 1_000);
      return writer === undefined ? [] : [[text(own['segment']), writer.name]];
    }),
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** What the store says, asked of the store itself. */
export async function readStore({ store }: Pick<Scene, 'store'>): Promise<Pick<Evidence, 'held' | 'counters'>> {
  const opened = await openAt(store);
  try {
    const held = await opened.quota.requests();
    const counters = await opened.quota.counters();
    return {
      held: held.map(({ request, state, uses }) => ({
        ...{ request, state },
        uses: uses.map(({ counter: { rule, subject }, amount }) => ({ rule, subject, amount })),
      })),
      counters: counters.map(({ counter: { rule, subject }, used, reserved, inDoubt }) => ({
        ...{ rule, subject, used, reserved, inDoubt },
      })),
    };
  } finally {
    await opened.close();
  }
}

/** What the store says, as an operator reads it on the command line. */
export async function readListed(home: Home): Promise<readonly ListedLimit[]> {
  const { exitCode, stdout, stderr } = await home.run(['quota', 'list', '--all', '--json']);
  if (exitCode !== 0) throw new Error(`countersign quota list: exit ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as ListedLimit[];
}

/** Verification as an auditor runs it. */
export async function verify(home: Home): Promise<Verified> {
  const { exitCode, stdout, stderr } = await home.run(['audit', 'verify', '--json']);
  if (stdout === '') return { home: home.directory, exitCode, faults: [{ code: 'unreadable', message: stderr }] };
  const { faults } = JSON.parse(stdout) as Pick<Verified, 'faults'>;
  return { home: home.directory, exitCode, faults };
}
