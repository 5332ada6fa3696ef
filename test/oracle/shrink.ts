/** Makes a divergence small enough to be read: whatever can go while the two still differ, goes. */
import type { OracleCall } from './entry.ts';
import { compareCall, compareTool, loadBoth, readCall } from './fuzz.ts';
import type { Difference, Divergence } from './fuzz.ts';
import { Written, write } from './generate/tree.ts';
import type { Tree } from './generate/tree.ts';
import { read } from './json.ts';
import type { J } from './json.ts';
import { Tally } from './tally.ts';

/** A tree with one part less, in every way. */
function* smaller(tree: Tree): Generator<Tree> {
  if (tree === null || typeof tree !== 'object' || tree instanceof Written) return;
  if (Array.isArray(tree)) {
    for (const index of tree.keys()) yield tree.toSpliced(index, 1);
    for (const [index, item] of tree.entries()) for (const less of smaller(item)) yield tree.with(index, less);
    return;
  }
  const pairs = Object.entries(tree);
  for (const index of pairs.keys()) yield Object.fromEntries(pairs.toSpliced(index, 1));
  for (const [index, [key, value]] of pairs.entries()) {
    for (const less of smaller(value)) yield Object.fromEntries(pairs.with(index, [key, less]));
  }
}

function treeOf(value: J): Tree {
  if (value.t === 'null') return null;
  if (value.t === 'num') return new Written(value.v);
  if (value.t === 'arr') return value.v.map(treeOf);
  return value.t === 'obj' ? Object.fromEntries(value.v.map(([key, held]) => [key, treeOf(held)])) : value.v;
}

type Case = Pick<Divergence, 'documents' | 'call'>;
type Differing = (one: Case) => Promise<Difference | null>;

function isCall(call: Divergence['call']): call is OracleCall {
  return 'args' in call;
}

/** How the two differ on a case; null where they agree, or where it is no case at all. */
async function differ({ documents, call }: Case): Promise<Difference | null> {
  try {
    const both = await loadBoth(documents);
    // A document that lost what it needs is broken for the product, and then `loadBoth` has thrown.
    return isCall(call) ? compareCall(readCall(call), both, new Tally()) : compareTool(call, both, new Tally());
  } catch {
    return null;
  }
}

function* smallerCases({ documents, call }: Case): Generator<Case> {
  for (const index of documents.keys()) yield { documents: documents.toSpliced(index, 1), call };
  for (const [index, document] of documents.entries()) {
    for (const less of smaller(document)) yield { documents: documents.with(index, less), call };
  }
  if (!isCall(call)) return;
  for (const less of smaller(treeOf(read(call.args)))) yield { documents, call: { ...call, args: write(less) } };
}

/** The smallest case that greedy removal finds. `differing` says how the two differ on a case, null if they agree. */
export async function shrink(divergence: Divergence, differing: Differing = differ): Promise<Divergence> {
  let best = divergence;
  for (;;) {
    const found = await firstSmaller(best, differing);
    if (found === null) return best;
    best = found;
  }
}

async function firstSmaller(divergence: Divergence, differing: Differing): Promise<Divergence | null> {
  for (const candidate of smallerCases(divergence)) {
    const difference = await differing(candidate);
    if (difference !== null) return { ...divergence, ...candidate, ...difference };
  }
  return null;
}
