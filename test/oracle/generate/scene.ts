/** Policies, the grants that combine them, tools, and calls of the tools. */
import type { OracleCall, OracleEntry } from '../entry.ts';
import { ArgumentMaker } from './arguments.ts';
import { catalogueEntry } from './entry.ts';
import { policyDocument } from './policy.ts';
import { Random } from './random.ts';
import { write } from './tree.ts';
import type { Tree } from './tree.ts';
import * as words from './words.ts';

/** One tool; several entries make it generic, none unclassified. */
export interface SceneTool {
  readonly name: string;
  readonly entries: readonly OracleEntry[];
}

/** Grants of a scene: each call is compared under all of them. */
export const GRANTS = 6;

export interface Scene {
  readonly documents: readonly Tree[];
  /** Each grant names documents by their index, in its order. */
  readonly grants: readonly (readonly number[])[];
  readonly tools: readonly SceneTool[];
  /** The next call; the calls of a scene come in an order that the seed decides. */
  next(): OracleCall;
}

export function sceneOf(seed: number, index: number): Scene {
  const random = new Random(seed, index);
  const documents = random.times(4, 4, () => policyDocument(random));
  const tools = words.TOOLS.map((name): SceneTool => ({ name, entries: entriesOf(random) }));
  const account = {
    assumeCurrency: random.pick([null, null, 'USD', 'JPY']),
    decimals: random.pick([{}, {}, { ISK: 2, UGX: 2 }, { HUF: 0, TWD: 0 }, { KWD: 2, CLP: 2 }]),
    labels: labels(random),
    principal: random.pick(words.PRINCIPALS),
  };
  const uses = tools.flatMap(({ name, entries }) => usesOf(random, name, entries));
  return {
    documents,
    grants: random.times(GRANTS, GRANTS, () => grant(random, documents.length)),
    tools,
    next(): OracleCall {
      const { maker, ...use } = random.pick(uses);
      return { ...use, ...account, args: write(maker.make()), timeMs: instant(random) };
    },
  };
}

/** Mostly one or two policies, sometimes three or none. */
function grant(random: Random, documents: number): readonly number[] {
  const drawn = random.times(random.chance(1) ? 0 : 1, random.pick([1, 1, 2, 3]), () => random.int(documents));
  return [...new Set(drawn)];
}

function entriesOf(random: Random): readonly OracleEntry[] {
  if (random.chance(15)) return [];
  return random.times(1, random.chance(80) ? 1 : 3, () => catalogueEntry(random));
}

interface Use extends Pick<OracleCall, 'tool' | 'known'> {
  readonly maker: ArgumentMaker;
}

/** What a call of the tool may turn out to be; a generic tool has calls that no entry recognises. */
function usesOf(random: Random, tool: string, entries: readonly OracleEntry[]): readonly Use[] {
  const known = entries.map((entry): Use => {
    const direction = words.KIND_DIRECTIONS.find(([kind]) => kind === entry.kind)?.[1] ?? 'none';
    return { tool, known: { direction, entry }, maker: new ArgumentMaker(random, entry) };
  });
  return entries.length === 1 ? known : [...known, { tool, known: null, maker: new ArgumentMaker(random, null) }];
}

function labels(random: Random): Readonly<Record<string, string>> {
  return Object.fromEntries(random.times(0, 2, () => [random.pick(words.LABELS), random.pick(words.LABEL_VALUES)]));
}

const HOUR_MS = 3_600_000;

function instant(random: Random): number {
  const near = random.pick([
    0,
    -1,
    1,
    random.int(48) * HOUR_MS,
    -random.int(48) * HOUR_MS,
    random.int(366 * 24) * HOUR_MS,
  ]);
  return random.pick(words.EDGES) + near;
}
