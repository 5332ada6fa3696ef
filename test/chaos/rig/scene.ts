/** An installation to break: homes with one bank behind them, two grants, and limits of every sort that the rig keeps tight. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Home, homeIn, tool } from '../../e2e/support/home.ts';
import type { StoreAddress, StoreYard } from '../../state/race-stores.ts';

export const BANK = fileURLToPath(new URL('../fixtures/bank.mjs', import.meta.url));

/** How many tools of each stem: a gateway calls each of them once, so that its log tells its calls apart. */
const STEMS = { pay: 18, refund: 8, fail: 3, hang: 3, look: 4 } as const;
const KINDS = { pay: 'charge', refund: 'refund', fail: 'refund', hang: 'charge', look: 'read' } as const;
type Stem = keyof typeof STEMS;

export const TOOLS: readonly string[] = Object.entries(STEMS).flatMap(([stem, count]) =>
  Array.from({ length: count }, (_, number) => `${stem}_${number}`),
);

export const GRANTS = ['agent-a', 'agent-b'] as const;
export type GrantOfScene = (typeof GRANTS)[number];

/** What a tool is, by its name. */
export function kindOf(tool: string): (typeof KINDS)[Stem] {
  return KINDS[tool.replace(/_\d+$/, '') as Stem];
}

/** The caps of the money limits, in minor units. */
export interface Caps {
  /** Per day, of each grant. */
  readonly grantDay: number;
  /** Per day, of all grants together. */
  readonly allDay: number;
  /** In any 24 hours, of all grants together. */
  readonly span: number;
  /** In any few seconds, of all grants together. */
  readonly burst: number;
}

export const BURST_SPAN_MS = 20_000;

/** A call that the bank executed, as it wrote it down. */
export interface Executed {
  readonly atMs: number;
  readonly name: string;
  /** The gateway that made the call. */
  readonly by: string;
  readonly grant: string;
  readonly amount?: number;
  readonly reference?: string;
}

/** Homes that share one store and one bank. */
export interface Scene {
  readonly room: string;
  readonly store: StoreAddress;
  readonly homes: readonly Home[];
  readonly tokens: Readonly<Record<GrantOfScene, string>>;
  /** Writes the configuration of every home anew. */
  setCaps(caps: Caps): Promise<void>;
  executed(): readonly Executed[];
  remove(): Promise<void>;
}

export interface SceneOptions {
  readonly yard: StoreYard;
  /** One home per machine: SQLite has one. */
  readonly homes: number;
  readonly caps: Caps;
  /** More of the bank's environment. */
  readonly bankEnv?: Readonly<Record<string, string>>;
  /** The directory that homes are made in; else a temporary one. */
  readonly room?: string;
}

export async function makeScene({ yard, homes: count, caps, bankEnv = {}, ...more }: SceneOptions): Promise<Scene> {
  const room = more.room ?? (await mkdtemp(join(tmpdir(), 'countersign-chaos-')));
  const homes = await Promise.all(Array.from({ length: count }, (_, index) => makeHomeIn(room, `home-${index}`)));
  const store = yard.driver === 'sqlite' ? { driver: yard.driver, at: stateFile(homes[0]!) } : yard.fresh();
  const callsFile = join(room, 'bank.calls.jsonl');
  const toolsFile = join(room, 'bank.tools.json');
  await writeFile(toolsFile, JSON.stringify(TOOLS.map(toolOf)));
  const env = { TOOLS_FILE: toolsFile, CALLS_FILE: callsFile, ...bankEnv };
  const bank = { command: process.execPath, args: [BANK, room], env, tools: Object.fromEntries(TOOLS.map(entryOf)) };
  const setCaps = async (now: Caps): Promise<void> => {
    await Promise.all(homes.map((home) => home.rewrite(configOf(bank, store, now))));
  };
  await setCaps(caps);
  const first = homes[0]!;
  const tokenA = await first.issue(GRANTS[0]);
  const tokens = { [GRANTS[0]]: tokenA, [GRANTS[1]]: await first.issue(GRANTS[1]) } as Scene['tokens'];
  return {
    ...{ room, store, homes, tokens, setCaps },
    executed: () => readExecuted(callsFile),
    remove: () => rm(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

async function makeHomeIn(room: string, name: string): Promise<Home> {
  const directory = join(room, name);
  // It may be there: a small disk of its own.
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return homeIn(room, directory);
}

function stateFile({ directory }: Home): string {
  return join(directory, 'state.db');
}

const TEXT = { type: 'string' };

function toolOf(name: string): unknown {
  const tag = { by: TEXT, grant: TEXT };
  if (kindOf(name) === 'read') return tool(name, tag);
  return tool(name, { amount: { type: 'integer' }, currency: TEXT, reference: TEXT, ...tag });
}

function entryOf(name: string): readonly [string, unknown] {
  const kind = kindOf(name);
  if (kind === 'read') return [name, { kind }];
  const amounts = [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }];
  return [name, { kind, amounts, currency: { path: 'currency' }, reference: 'reference' }];
}

/** An exact amount in major units, as policies are written. */
function usd(minor: number): string {
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

function configOf(bank: unknown, store: StoreAddress, caps: Caps): unknown {
  const limit = (id: string, tools: string[], words: Record<string, unknown>): unknown => ({
    ...{ id, tools, effect: 'limit', limit: words },
  });
  const money = (id: string, cap: number, words: Record<string, unknown>): unknown =>
    limit(id, ['money'], { amount: { USD: usd(cap) }, ...words });
  const rules = [
    { id: 'all', tools: ['kind:read', 'money'], effect: 'allow' },
    money('grant-day', caps.grantDay, { per: 'day', timezone: 'UTC' }),
    money('all-day', caps.allDay, { per: 'day', timezone: 'UTC', scope: 'global' }),
    money('span', caps.span, { per: 'rolling 24h', scope: 'global' }),
    money('burst', caps.burst, { per: `rolling ${BURST_SPAN_MS / 1_000}s`, scope: 'global' }),
    limit('once', ['kind:refund'], { calls: 1, per: 'day', timezone: 'UTC', key: ['reference'], scope: 'global' }),
    limit('pace', ['*'], { calls: 1_000_000, per: 'day', timezone: 'UTC' }),
  ];
  const grant = (name: string): unknown => ({
    ...{ principal: `${name}@acme.example`, policies: ['common'], upstreams: ['bank'] },
  });
  return {
    version: 1,
    upstreams: { bank },
    policies: { common: { version: 1, default: 'deny', rules } },
    grants: Object.fromEntries(GRANTS.map((name) => [name, grant(name)])),
    state: stateOf(store),
  };
}

function stateOf({ driver, at, username }: StoreAddress): unknown {
  if (driver === 'sqlite') return 'sqlite';
  return username === undefined ? at : { url: at, username };
}

function readExecuted(file: string): readonly Executed[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Executed]));
}
