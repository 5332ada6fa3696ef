/**
 * What the catalogue says of a tool by its name alone, for looking at policies where no server runs. It is weaker than
 * `classifierFor`, which only believes an entry that fits the listed schema; nothing is ever forwarded because of it.
 */
import type { ExponentTable } from '../core/currencies.ts';
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';
import type { Json } from '../core/json.ts';
import type { Path } from '../core/policy.ts';
import type { ProviderCatalogue } from './provider.ts';
import { loadProvider } from './providers.ts';
import { ToolSchema } from './schema.ts';
import type { Alternatives } from './schema.ts';
import { classifiedTool } from './tool.ts';
import type { ToolClassifier } from './tool.ts';

/** A tool as its entries alone describe it. */
export interface NamedTool {
  readonly entries: ToolEntries;
  readonly classifier: ToolClassifier;
}

/** The tools that a provider and the operator have written down. */
export interface OfflineCatalogue {
  readonly names: readonly string[];
  /** Nothing for a name that is not written down. */
  tool(name: string): NamedTool | undefined;
}

/** Throws `CatalogueError` for a provider nobody knows. */
export async function offlineCatalogue(
  provider: string | null,
  overrides: ReadonlyMap<string, ToolEntries>,
  assumeCurrency: string | null,
): Promise<OfflineCatalogue> {
  const catalogue = provider === null ? undefined : await loadProvider(provider);
  const known = new Map([...writtenDown(catalogue), ...overrides]);
  const exponents: ExponentTable = new Map(Object.entries(catalogue?.exponents ?? {}));
  return {
    names: [...known.keys()],
    tool: (name) => {
      const entries = known.get(name);
      return entries && { entries, classifier: classifiedTool(entries, { exponents, assumeCurrency }) };
    },
  };
}

/** Where several surfaces know a name, the first speaks, as it does when the schemas are equal. */
function writtenDown(catalogue: ProviderCatalogue | undefined): Map<string, ToolEntries> {
  const known = new Map<string, ToolEntries>();
  for (const { tools } of catalogue?.surfaces ?? [])
    for (const [name, entries] of Object.entries(tools)) if (!known.has(name)) known.set(name, listOf(entries));
  return known;
}

function listOf(entries: CatalogueEntry | ToolEntries): ToolEntries {
  return 'kind' in entries ? [entries] : entries;
}

/** True if a call may carry something at `path`: the schema names it, or it lies in an object that admits any name. */
export function admitsPath(inputSchema: Json, path: Path): boolean {
  const schema = new ToolSchema(inputSchema);
  let here: Alternatives = schema.top;
  for (const step of path) {
    const next = step.step === 'key' ? schema.key(here, step.key) : schema.element(here);
    if (next.is === 'missing') return false;
    if (next.is === 'open') return true;
    here = next.alternatives;
  }
  return true;
}
