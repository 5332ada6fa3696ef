/** The tools that can be known while no server runs: those a person accepted, else those of the catalogue by name. */
import type { ToolClassifier } from '../../catalogue/index.ts';
import { classifierFor, PROVIDER_NAMES } from '../../catalogue/index.ts';
import { offlineCatalogue } from '../../catalogue/offline.ts';
import type { UpstreamConfig } from '../../config/types.ts';
import type { ToolEntries } from '../../core/entry.ts';
import { type ToolName, toolName } from '../../core/ids.ts';
import { isObject, type Json } from '../../core/json.ts';

/** What the configuration says of an upstream that matters to policies. */
export type UpstreamFacts = Pick<UpstreamConfig, 'name' | 'provider' | 'tools' | 'assumeCurrency'>;

/** Accepted definitions by the tool's own name; empty where nobody accepted any. */
export type Definitions = ReadonlyMap<string, Json>;

export const NOTHING_PINNED: Definitions = new Map();

export interface KnownTool {
  readonly tool: ToolName;
  readonly upstream: UpstreamFacts;
  readonly classifier: ToolClassifier;
  /** What the catalogue says of it; empty if it is unclassified. */
  readonly entries: ToolEntries;
  /** Null if no definition was accepted: the tool is then classified by the catalogue alone. */
  readonly inputSchema: Json | null;
}

/** The tools of one upstream. */
export interface ToolBook {
  readonly upstream: UpstreamFacts;
  /** True if these are accepted definitions. */
  readonly pinned: boolean;
  /** False if nothing is known of the upstream, so that it may have a tool of any name. */
  readonly closed: boolean;
  readonly tools: readonly KnownTool[];
  find(name: string): KnownTool | undefined;
  /** The tool, or an unclassified one of that name. */
  orUnclassified(name: string): KnownTool;
}

/** Opens the book of one upstream. Throws `CatalogueError` for a provider nobody knows. */
export async function toolBook(upstream: UpstreamFacts, definitions: Definitions): Promise<ToolBook> {
  const { name: server, provider, tools, assumeCurrency } = upstream;
  const catalogue = await offlineCatalogue(provider, tools, assumeCurrency);
  const classifier = await classifierFor(provider, tools, assumeCurrency);
  const pinned = definitions.size > 0;
  const known = (name: string, definition: Json | null): KnownTool => {
    const base = { tool: toolName(server, name), upstream };
    const named = catalogue.tool(name);
    // A definition that is no object leaves the tool unclassified, as it does in the gateway.
    const listed = definition ?? new Map([['name', name]]);
    if (named !== undefined && definition === null) return { ...base, ...named, inputSchema: null };
    const own = classifier.tool(listed);
    const inputSchema = isObject(definition) ? (definition.get('inputSchema') ?? null) : null;
    return { ...base, classifier: own, entries: own.why === null ? (named?.entries ?? []) : [], inputSchema };
  };
  const book = new Map(
    pinned
      ? [...definitions].map(([name, definition]) => [name, known(name, definition)])
      : catalogue.names.map((name) => [name, known(name, null)]),
  );
  return {
    ...{ upstream, pinned, closed: pinned || provider !== null || tools.size > 0, tools: [...book.values()] },
    find: (name) => book.get(name),
    orUnclassified: (name) => book.get(name) ?? known(name, null),
  };
}

/** The name of every tool of every provider. */
export async function catalogueNames(): Promise<ReadonlySet<string>> {
  const all = await Promise.all(PROVIDER_NAMES.map((provider) => offlineCatalogue(provider, new Map(), null)));
  return new Set(all.flatMap(({ names }) => names));
}
