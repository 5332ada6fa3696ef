/** Shorthand for tools of which only the kind is known. */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { Kind } from '../../core/kinds.ts';

/** An entry of `kind` for each of the names, which are separated by white space. */
export function named(kind: Kind, names: string): Record<string, CatalogueEntry> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, { kind }]),
  );
}
