/** The fuzz command: a run, said in lines for people or as one JSON object. */
import { reached, unreached } from './coverage.ts';
import { fuzz } from './fuzz.ts';
import type { Divergence, FuzzOptions, FuzzResult } from './fuzz.ts';
import { write } from './generate/tree.ts';
import { shrink } from './shrink.ts';

/** From here on a run has to reach everything. */
const ENOUGH = 100_000;

export interface Report {
  readonly ok: boolean;
  readonly seed: number;
  readonly comparisons: number;
  readonly divergences: number;
  /** How often each answer, effect, operator and fact was met. */
  readonly reached: Readonly<Record<string, number>>;
  readonly unreached: readonly string[];
  /** The first divergence, made small. */
  readonly divergence: object | null;
}

/** Runs the comparison; a divergence comes back in its smallest form. */
export async function run(options: FuzzOptions): Promise<Report> {
  const result = await fuzz(options);
  const divergence = result.divergence && described(await shrink(result.divergence));
  return reportOf(options.seed, result, divergence);
}

function reportOf(seed: number, { comparisons, counts }: FuzzResult, divergence: object | null): Report {
  const missing = comparisons < ENOUGH ? [] : unreached(counts);
  return {
    ok: divergence === null && missing.length === 0,
    seed,
    comparisons,
    divergences: divergence === null ? 0 : 1,
    reached: Object.fromEntries(reached(counts)),
    unreached: missing,
    divergence,
  };
}

function described({ seed, scene, product, oracle, documents, call }: Divergence): object {
  return { seed, scene, product, oracle, documents: documents.map(write), call };
}
