/** What is known of one listed tool. */
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';
import { extractFacts, unknownFacts } from '../core/extract.ts';
import type { Reading } from '../core/extract.ts';
import type { Classification, MoneyFacts } from '../core/facts.ts';
import type { JsonObject } from '../core/json.ts';
import { directionOf } from '../core/kinds.ts';
import type { Kind } from '../core/kinds.ts';
import { pathsOf } from './fit.ts';
import { shortPath } from './names.ts';
import { isRestricted, UseIndex } from './uses.ts';
import type { View } from './view.ts';

/** What one call does, and the facts it carries. */
export interface ClassifiedCall {
  readonly classification: Classification;
  readonly facts: MoneyFacts;
  /** True if this use has an argument of its own for a reason. */
  readonly hasReason: boolean;
  /** What the catalogue says of this use; null for an unclassified call. */
  readonly entry: CatalogueEntry | null;
}

/** One tool of one upstream, as it was listed. */
export interface ToolClassifier {
  /** Everything a call of it could turn out to be; a generic tool can always turn out unclassified. */
  readonly possible: readonly Classification[];
  /** Why the tool is unclassified, in words for people; null if it is not. */
  readonly why: string | null;
  /** True if the arguments decide what a call does. */
  readonly generic: boolean;
  /** True if every known use has an argument of its own for a reason; false also for a tool nothing is known of. */
  readonly hasReason: boolean;
  /** The paths that the catalogue reads in the arguments. */
  readonly paths: readonly string[];
  /** Classifies one call. The agent wrote `args`. Never throws. */
  call(args: JsonObject): ClassifiedCall;
}

/** A tool that nothing is known of. */
export function unclassifiedTool(why: string): ToolClassifier {
  const call = unclassified(why);
  return { possible: [call.classification], why, generic: false, hasReason: false, paths: [], call: () => call };
}

function unclassified(why: string): ClassifiedCall {
  return { classification: { kind: 'unclassified', why }, facts: unknownFacts(why), hasReason: false, entry: null };
}

/** A tool whose entries fit its listed schema. */
export function classifiedTool(entries: ToolEntries, reading: Reading): ToolClassifier {
  const index = new UseIndex(entries);
  const generic = entries.some(isRestricted);
  const known = [...new Set(entries.map(({ kind }) => kind))].map(classificationOf);
  const other: Classification = { kind: 'unclassified', why: 'its arguments decide what it does' };
  return {
    possible: generic ? [...known, other] : known,
    why: null,
    generic,
    hasReason: entries.every(({ reason }) => reason !== undefined),
    paths: [...new Set(entries.flatMap((entry) => pathsOf(entry).map(({ text }) => text)))],
    call: (args) => classifyCall(entries, index, args, reading),
  };
}

function classificationOf(kind: Kind): Classification {
  return { kind, direction: directionOf(kind) };
}

function classifyCall(entries: ToolEntries, index: UseIndex, args: JsonObject, reading: Reading): ClassifiedCall {
  let why: string | null = null;
  for (const use of index.selected(args)) {
    const view = use.view(args);
    const stray = view.ok ? use.stray(view.args) : undefined;
    if (view.ok && stray === undefined) {
      return {
        classification: classificationOf(use.entry.kind),
        facts: extractFacts(use.entry, view.args, reading),
        hasReason: use.entry.reason !== undefined,
        entry: use.entry,
      };
    }
    why ??=
      stray === undefined ? unseen(view) : `the catalogue does not know this use of it with \`${shortPath(stray)}\``;
  }
  return unclassified(why ?? `the catalogue does not know this use of it: ${described(entries)}`);
}

function unseen(view: View): string | null {
  return view.ok ? null : `what it would do cannot be seen: ${view.why}`;
}

function described(entries: ToolEntries): string {
  const names = new Set(
    entries.flatMap(({ when, routes }) => [...Object.keys(when ?? {}), ...Object.keys(routes ?? {})]),
  );
  return `${[...names].map((name) => `\`${name}\``).join(' and ')} must name one that it has`;
}
