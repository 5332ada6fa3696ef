/** How the product's own knowledge of a payment server is written down. */
import type { CatalogueEntry, ToolEntries } from '../core/entry.ts';

/** What one version of a server offers; a tool that is missing here is unclassified. */
export interface Surface {
  /** The version it was read from, for people. */
  readonly version: string;
  readonly tools: Readonly<Record<string, CatalogueEntry | ToolEntries>>;
}

/** One payment provider. Where several surfaces know a tool, the first whose paths the listed schema has is used. */
export interface ProviderCatalogue {
  readonly provider: string;
  readonly surfaces: readonly Surface[];
  /** Decimals of the provider's amounts by currency, where they differ from ISO 4217. */
  readonly exponents?: Readonly<Record<string, number>>;
}
