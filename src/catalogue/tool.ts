/** What is known of one listed tool. */
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';
import { extractFacts, unknownFacts } from '../core/extract.ts';
import type { Reading } from '../core/extract.ts';
import type { Classification, MoneyFacts } from '../core/facts.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { directionOf } from '../core/kinds.ts';
import type { Kind } from '../core/kinds.ts';
import { lookup } from '../core/lookup.ts';
import { parsePath } from '../core/path.ts';
import type { Path } from '../core/policy.ts';
import { AcceptedNames } from './accepts.ts';
import { pathsOf } from './fit.ts';
import { shortPath } from './names.ts';

/** What one call does, and the facts it carries. */
export interface ClassifiedCall {
  readonly classification: Classification;
  readonly facts: MoneyFacts;
}

/** One tool of one upstream, as it was listed. */
export interface ToolClassifier {
  /** Everything a call of it could turn out to be; a generic tool can always turn out unclassified. */
  readonly possible: readonly Classification[];
  /** Why the tool is unclassified, in words for people; null if it is not. */
  readonly why: string | null;
  /** True if the arguments decide what a call does. */
  readonly generic: boolean;
  /** Classifies one call. The agent wrote `args`. Never throws. */
  call(args: JsonObject): ClassifiedCall;
}

/** A tool that nothing is known of. */
export function unclassifiedTool(why: string): ToolClassifier {
  const call = unclassified(why);
  return { possible: [call.classification], why, generic: false, call: () => call };
}

function unclassified(why: string): ClassifiedCall {
  return { classification: { kind: 'unclassified', why }, facts: unknownFacts(why) };
}

/** A tool whose entries fit its listed schema. */
export function classifiedTool(entries: ToolEntries, reading: Reading): ToolClassifier {
  const uses = entries.map(useOf);
  const generic = uses.some((use) => use.accepted !== null);
  const known = [...new Set(entries.map(({ kind }) => kind))].map(classificationOf);
  const other: Classification = { kind: 'unclassified', why: 'its arguments decide what it does' };
  return {
    possible: generic ? [...known, other] : known,
    why: null,
    generic,
    call: (args) => classifyCall(uses, args, reading),
  };
}

function classificationOf(kind: Kind): Classification {
  return { kind, direction: directionOf(kind) };
}

interface Condition {
  readonly path: Path;
  readonly values: readonly string[];
}

/** An entry ready to meet calls. */
interface Use {
  readonly entry: CatalogueEntry;
  readonly conditions: readonly Condition[];
  /** Every name the use is known with; null for a tool that its schema describes well enough. */
  readonly accepted: AcceptedNames | null;
}

function useOf(entry: CatalogueEntry): Use {
  const conditions = Object.entries(entry.when ?? {}).map(([text, values]) => ({ path: pathOf(text), values }));
  const restricted = entry.when !== undefined || entry.accepts !== undefined;
  const accepted = restricted ? new AcceptedNames(pathsOf(entry).map(({ text }) => pathOf(text))) : null;
  return { entry, conditions, accepted };
}

/** The entry fits, so that each of its paths has been read before. */
function pathOf(text: string): Path {
  const parsed = parsePath(text);
  return parsed.ok ? parsed.path : [];
}

function classifyCall(uses: readonly Use[], args: JsonObject, reading: Reading): ClassifiedCall {
  let why: string | null = null;
  for (const { entry, conditions, accepted } of uses) {
    if (!conditions.every((condition) => holds(condition, args))) continue;
    const stray = accepted?.stray(args);
    if (stray === undefined) {
      return { classification: classificationOf(entry.kind), facts: extractFacts(entry, args, reading) };
    }
    why ??= `the catalogue does not know this use of it with \`${shortPath(stray)}\``;
  }
  return unclassified(why ?? `the catalogue does not know this use of it: ${described(uses)}`);
}

/** Exactly one of the values, letter by letter: the server may fold what we do not. */
function holds({ path, values }: Condition, args: JsonObject): boolean {
  const found = lookup(args, path);
  const value: Json = found.found === 'one' ? found.value : null;
  return typeof value === 'string' && values.includes(value);
}

function described(uses: readonly Use[]): string {
  const names = new Set(uses.flatMap(({ entry }) => Object.keys(entry.when ?? {})));
  return `${[...names].map((name) => `\`${name}\``).join(' and ')} must name one that it has`;
}
