/** The tools that two policies are compared on: what the catalogue and the operator's own entries say there is. */
import { loadProvider } from '../../catalogue/providers.ts';
import type { ProviderCatalogue } from '../../catalogue/provider.ts';
import { classifiedTool, unclassifiedTool } from '../../catalogue/tool.ts';
import type { ToolClassifier } from '../../catalogue/tool.ts';
import type { CatalogueEntry, ToolEntries } from '../../core/entry.ts';
import type { Reading } from '../../core/extract.ts';
import { toolName } from '../../core/ids.ts';
import type { ToolName, UpstreamName } from '../../core/ids.ts';

/** One upstream to compare on. */
export interface ComparedUpstream {
  readonly name: UpstreamName;
  readonly provider: string | null;
  readonly tools: ReadonlyMap<string, ToolEntries>;
  readonly assumeCurrency: string | null;
  /** True if nobody says which currency the account has, so that it may be any that the policies name. */
  readonly anyCurrency: boolean;
  /** How the accepted definitions are classified; empty where nobody accepted any. */
  readonly accepted: ReadonlyMap<string, ToolClassifier>;
}

/** One use of a tool: a plain tool has one, a generic tool one for each of its entries, and one that nobody knows. */
export interface ToolUse {
  readonly tool: ToolName;
  readonly upstream: UpstreamName;
  readonly classifier: ToolClassifier;
  /** Null for a use that the catalogue does not know. */
  readonly entry: CatalogueEntry | null;
  /** The entries beside it, whose discriminators an unknown use must miss. */
  readonly siblings: ToolEntries;
  readonly reading: Reading;
}

/** Stands for every tool that the catalogue does not know. */
export const UNLISTED_TOOL = 'unlisted_tool';

const NOTHING: ProviderCatalogue = { provider: '', surfaces: [] };

/** What the rules of both policies name. */
export interface Named {
  readonly tools: readonly string[];
  readonly currencies: readonly string[];
}

/** Every use of every tool of an upstream. Throws `CatalogueError`. */
export async function usesOf(upstream: ComparedUpstream, named: Named): Promise<readonly ToolUse[]> {
  const catalogue = upstream.provider === null ? NOTHING : await loadProvider(upstream.provider);
  const exponents = new Map(Object.entries(catalogue.exponents ?? {}));
  const reading: Reading = { exponents, assumeCurrency: upstream.assumeCurrency };
  const known = candidatesOf(catalogue, upstream);
  const names = upstream.accepted.size > 0 ? [...upstream.accepted.keys()] : [...known.keys()];
  const uses = names.flatMap((tool) => {
    const accepted = upstream.accepted.get(tool);
    const found = (known.get(tool) ?? []).flatMap((entries) =>
      classifiedUses(upstream.name, tool, entries, reading, accepted),
    );
    return found.length > 0 ? found : [strangeUse(upstream.name, tool, reading)];
  });
  const strangers = [...new Set([...named.tools, UNLISTED_TOOL])].filter((tool) => !names.includes(tool));
  const assuming = upstream.anyCurrency ? uses.flatMap((use) => assumed(use, named.currencies)) : [];
  return [...uses, ...assuming, ...strangers.map((tool) => strangeUse(upstream.name, tool, reading))];
}

/** A use whose currency only the account knows, as it would be in accounts of these currencies. */
function assumed(use: ToolUse, currencies: readonly string[]): readonly ToolUse[] {
  const { entry, siblings } = use;
  if (entry === null || entry.currency !== undefined || (entry.amounts ?? []).length === 0) return [];
  return currencies.map((assumeCurrency) => {
    const reading = { ...use.reading, assumeCurrency };
    return { ...use, reading, classifier: classifiedTool(siblings, reading) };
  });
}

/** By tool name, what each surface says of it; the operator's own entries replace all of that. */
function candidatesOf(catalogue: ProviderCatalogue, upstream: ComparedUpstream): ReadonlyMap<string, ToolEntries[]> {
  const known = new Map<string, ToolEntries[]>();
  for (const { tools } of catalogue.surfaces) {
    for (const [tool, entry] of Object.entries<CatalogueEntry | ToolEntries>(tools)) {
      const entries: ToolEntries = 'kind' in entry ? [entry] : entry;
      const before = known.get(tool) ?? [];
      if (!before.some((other) => JSON.stringify(other) === JSON.stringify(entries)))
        known.set(tool, [...before, entries]);
    }
  }
  for (const [tool, entries] of upstream.tools) known.set(tool, [entries]);
  return new Map([...known].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function classifiedUses(
  upstream: UpstreamName,
  tool: string,
  entries: ToolEntries,
  reading: Reading,
  accepted: ToolClassifier | undefined,
): readonly ToolUse[] {
  const classifier = accepted ?? classifiedTool(entries, reading);
  const base = { tool: toolName(upstream, tool), upstream, classifier, siblings: entries, reading };
  // An accepted definition that no entry fits is unclassified, whatever is written down under its name.
  const uses = classifier.why === null ? entries.map((entry): ToolUse => ({ ...base, entry })) : [];
  const strange = classifier.possible.some(({ kind }) => kind === 'unclassified');
  return strange ? [...uses, { ...base, entry: null }] : uses;
}

function strangeUse(upstream: UpstreamName, tool: string, reading: Reading): ToolUse {
  const classifier = unclassifiedTool('the catalogue does not know it');
  return { tool: toolName(upstream, tool), upstream, classifier, entry: null, siblings: [], reading };
}
