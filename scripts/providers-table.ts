/** The table of docs/providers.md, from the catalogue. */
import { loadProvider, PROVIDER_NAMES } from '../src/catalogue/providers.ts';
import type { CatalogueEntry } from '../src/core/entry.ts';
import { KINDS } from '../src/core/kinds.ts';

const HEAD = ['| `provider` | read from | tools | uses | of each kind |', '| --- | --- | ---: | ---: | --- |'];

/** The rows in alphabetical order, a tool or a use of a generic tool counted once however many versions have it. */
export async function providersTable(): Promise<string> {
  const rows = await Promise.all(PROVIDER_NAMES.map(rowOf));
  return [...HEAD, ...rows].join('\n');
}

async function rowOf(name: string): Promise<string> {
  const { surfaces } = await loadProvider(name);
  const tools = new Set(surfaces.flatMap((surface) => Object.keys(surface.tools)));
  const uses = new Map<string, CatalogueEntry>();
  for (const surface of surfaces) {
    for (const [tool, known] of Object.entries(surface.tools)) {
      for (const entry of [known].flat())
        uses.set(JSON.stringify([tool, entry.when, entry.routes, entry.reference]), entry);
    }
  }
  const counts = KINDS.map((kind) => [kind, [...uses.values()].filter((entry) => entry.kind === kind).length] as const);
  const kinds = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${kind} ${count}`);
  const versions = surfaces.map(({ version }) => version).join(', ');
  return `| ${name} | ${versions} | ${tools.size} | ${uses.size} | ${kinds.join(', ')} |`;
}
