/** From a listed tool to what it is, and from a call of it to its facts. */
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';
import type { ExponentTable } from '../core/currencies.ts';
import type { Reading } from '../core/extract.ts';
import { isObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { misfit } from './fit.ts';
import type { ProviderCatalogue } from './provider.ts';
import { loadProvider } from './providers.ts';
import { ToolSchema } from './schema.ts';
import { classifiedTool, unclassifiedTool } from './tool.ts';
import type { ToolClassifier } from './tool.ts';

/** Knows the tools of one upstream. */
export interface Classifier {
  /** Classifies one tool of a `tools/list` answer, which the server wrote. Never throws. */
  tool(definition: Json): ToolClassifier;
}

const NOTHING: ProviderCatalogue = { provider: '', surfaces: [] };

/**
 * The classifier of an upstream: its provider's catalogue, the operator's own entries in place of the catalogue's, and
 * the account's only currency if the operator states one. Throws `CatalogueError` for a provider nobody knows.
 */
export async function classifierFor(
  provider: string | null,
  overrides: ReadonlyMap<string, ToolEntries>,
  assumeCurrency: string | null,
): Promise<Classifier> {
  const catalogue = provider === null ? NOTHING : await loadProvider(provider);
  const reading: Reading = { exponents: exponentsOf(catalogue), assumeCurrency };
  return { tool: (definition) => classify(definition, catalogue, overrides, reading) };
}

function exponentsOf(catalogue: ProviderCatalogue): ExponentTable {
  return new Map(Object.entries(catalogue.exponents ?? {}));
}

function classify(
  definition: Json,
  catalogue: ProviderCatalogue,
  overrides: ReadonlyMap<string, ToolEntries>,
  reading: Reading,
): ToolClassifier {
  const name = isObject(definition) ? definition.get('name') : undefined;
  if (!isObject(definition) || typeof name !== 'string') return unclassifiedTool('its definition has no name');
  const candidates = candidatesFor(name, catalogue, overrides);
  const schema = new ToolSchema(definition.get('inputSchema') ?? null);
  let why: string | null = null;
  for (const entries of candidates) {
    const fault = faultOf(entries, schema);
    if (fault === null) return classifiedTool(entries, reading);
    why ??= fault;
  }
  return unclassifiedTool(why ?? nothingKnown(catalogue));
}

/** Each candidate is all that one surface, or the operator, says of the tool. */
function candidatesFor(
  name: string,
  catalogue: ProviderCatalogue,
  overrides: ReadonlyMap<string, ToolEntries>,
): readonly ToolEntries[] {
  const own = overrides.get(name);
  if (own !== undefined) return [own];
  return catalogue.surfaces.flatMap(({ tools }) => {
    // The server chose the name: `constructor` is not an entry.
    const known: CatalogueEntry | ToolEntries | undefined = Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (known === undefined) return [];
    return [isEntry(known) ? [known] : known];
  });
}

function isEntry(known: CatalogueEntry | ToolEntries): known is CatalogueEntry {
  return 'kind' in known;
}

/** One entry that does not fit means that the tool is not the one that was written down. */
function faultOf(entries: ToolEntries, schema: ToolSchema): string | null {
  if (entries.length === 0) return 'its list of catalogue entries is empty';
  if (entries.length > 1 && entries.some(({ when, routes }) => when === undefined && routes === undefined)) {
    return 'it has several catalogue entries, and one of them has no `when`';
  }
  for (const entry of entries) {
    const fault = misfit(entry, schema);
    if (fault !== null) return fault;
  }
  return null;
}

function nothingKnown(catalogue: ProviderCatalogue): string {
  if (catalogue.provider === '') return 'its upstream states no `provider`, and no entry of its own under `tools`';
  return `the catalogue of \`${catalogue.provider}\` does not know it`;
}
