/** Generated policies and calls, answered by the product and by the oracle, and compared. */
import type { CallFacts } from '../../src/core/facts.ts';
import type { LoadedPolicy } from '../../src/core/policy.ts';
import type { OracleCall } from './entry.ts';
import { subjectOf } from './facts.ts';
import type { Subject } from './facts.ts';
import { GRANTS, sceneOf } from './generate/scene.ts';
import type { Scene, SceneTool } from './generate/scene.ts';
import { write } from './generate/tree.ts';
import type { Tree } from './generate/tree.ts';
import { KIND_DIRECTIONS } from './generate/words.ts';
import { read } from './json.ts';
import { isVisible, judge } from './oracle.ts';
import type { Answer, OraclePolicy } from './oracle.ts';
import { answerOf, factsOf, isListed, load } from './product.ts';
import { Tally } from './tally.ts';

/** Calls under one set of policies: enough that loading them costs little, few enough that many sets are seen. */
const CALLS = 100;
const COMPARISONS = CALLS * GRANTS;

export interface FuzzOptions {
  /** How many decisions are compared, at least; whole scenes are done. */
  readonly calls: number;
  readonly seed: number;
  /** The scene to begin with. */
  readonly from?: number;
  /** Told after each scene how many decisions were compared. */
  readonly onProgress?: (done: number) => void;
}

/** Where the two readings differ. */
export interface Difference {
  readonly product: string;
  readonly oracle: string;
}

export interface Divergence extends Difference {
  readonly seed: number;
  /** Which scene of the seed. */
  readonly scene: number;
  /** The policies of the grant, in its order. */
  readonly documents: readonly Tree[];
  readonly call: OracleCall | SceneTool;
}

export interface FuzzResult {
  readonly comparisons: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly divergence: Divergence | null;
}

/** Policies as both sides have read them. */
export interface BothPolicies {
  readonly product: readonly LoadedPolicy[];
  readonly oracle: readonly OraclePolicy[];
}

/** Reads documents on both sides; throws if one side refuses a document that the other takes. */
export async function loadBoth(documents: readonly Tree[]): Promise<BothPolicies> {
  const product = await Promise.all(documents.map((document, index) => load(`p${index}`, write(document))));
  const oracle = documents.map((document, index): OraclePolicy => {
    return { name: `p${index}`, doc: hasFault(document) ? null : read(write(document)) };
  });
  product.forEach((policy, index) => {
    if ((policy.state === 'broken') === (oracle[index]?.doc === null)) return;
    throw new Error(`the product says ${JSON.stringify(policy)} of ${write(documents[index] ?? null)}`);
  });
  return { product, oracle };
}

/** The generator's only fault is a key that no policy has. */
function hasFault(document: Tree): boolean {
  return document !== null && typeof document === 'object' && 'defaults' in document;
}

/** A call as both sides have read it. */
export interface BothCalls {
  readonly product: CallFacts;
  readonly oracle: Subject;
}

export function readCall(call: OracleCall): BothCalls {
  const subject = subjectOf(call);
  return { oracle: subject, product: factsOf(call, subject.args) };
}

/** Where the answers to one call differ, or null. */
export function compareCall(call: BothCalls, both: BothPolicies, tally: Tally): Difference | null {
  const oracle = judge(call.oracle, both.oracle, tally);
  const product = answerOf(call.product, both.product);
  tally.count(oracle.decision === 'deny' ? `deny ${oracle.code}` : 'allow');
  for (const obligation of oracle.obligations) tally.count(obligation.startsWith('reserve') ? 'reserve' : 'approve');
  return sameAnswer(product, oracle) ? null : { product: JSON.stringify(product), oracle: JSON.stringify(oracle) };
}

function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.decision !== b.decision || a.rule !== b.rule || a.code !== b.code) return false;
  return (
    a.obligations.length === b.obligations.length && a.obligations.every((one, index) => one === b.obligations[index])
  );
}

/** Where the two differ on whether a tool is listed, or null. */
export function compareTool({ name, entries }: SceneTool, both: BothPolicies, tally: Tally): Difference | null {
  const kinds: (string | null)[] = entries.map(({ kind }) => kind);
  if (entries.length !== 1) kinds.push(null);
  const whats = kinds.map((kind) => {
    const direction = KIND_DIRECTIONS.find(([known]) => known === kind)?.[1] ?? null;
    return { tool: name, kind, direction };
  });
  const [product, oracle] = [isListed(name, kinds, both.product), isVisible(whats, both.oracle)];
  tally.count(oracle ? 'visible' : 'not visible');
  return product === oracle ? null : { product: `listed: ${product}`, oracle: `listed: ${oracle}` };
}

/** Compares until `calls` decisions are done or the two differ. */
export async function fuzz({ calls, seed, from = 0, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const tally = new Tally();
  let comparisons = 0;
  for (let index = from; comparisons < calls; index += 1) {
    const divergence = await compareScene(sceneOf(seed, index), tally);
    if (divergence) return { comparisons, counts: tally.counts, divergence: { ...divergence, seed, scene: index } };
    comparisons += COMPARISONS;
    onProgress?.(comparisons);
  }
  return { comparisons, counts: tally.counts, divergence: null };
}

type SceneDivergence = Omit<Divergence, 'seed' | 'scene'>;

async function compareScene(scene: Scene, tally: Tally): Promise<SceneDivergence | null> {
  const all = await loadBoth(scene.documents);
  const grants = scene.grants.map((documents): BothPolicies => {
    return {
      product: documents.map((index) => all.product[index]!),
      oracle: documents.map((index) => all.oracle[index]!),
    };
  });
  const documentsOf = (grant: number) => (scene.grants[grant] ?? []).map((index) => scene.documents[index]!);
  for (const [grant, both] of grants.entries()) {
    for (const tool of scene.tools) {
      const difference = compareTool(tool, both, tally);
      if (difference) return { ...difference, documents: documentsOf(grant), call: tool };
    }
  }
  for (let done = 0; done < CALLS; done += 1) {
    const call = scene.next();
    const read = readCall(call);
    for (const [grant, both] of grants.entries()) {
      const difference = compareCall(read, both, tally);
      if (difference) return { ...difference, documents: documentsOf(grant), call };
    }
  }
  return null;
}
