/**
 * A catalogue entry: all that is known of one payment tool, as data. The product's own entries and those an operator
 * writes under `upstreams.<name>.tools` have the same form. Paths are into the `tools/call` arguments, `[*]` is every
 * element of an array.
 */
import type { Kind } from './kinds.ts';

/** `minor` and `major` are money; the others never become an amount that a money rule could compare. */
export type AmountUnit = 'minor' | 'major' | 'token' | 'sat' | 'percent';

/** The grammar an amount must be written in; everything else is refused. */
export type AmountForm = 'integer' | 'number' | 'integer-string' | 'decimal-string';

/** A factor of an amount, such as a quantity. */
export interface Multiplier {
  readonly path: string;
  readonly form: AmountForm;
  readonly absent: 'one' | 'unknown';
}

/** One amount; several amounts of an entry are added. */
export interface AmountSpec {
  readonly path: string;
  readonly unit: AmountUnit;
  readonly form: AmountForm;
  /** What leaving it out means: everything there is, something that cannot be known, or nothing. */
  readonly absent: 'full' | 'unknown' | 'zero';
  readonly times?: readonly Multiplier[];
}

/** What one tool does, or one recognised use of a generic tool. */
export interface CatalogueEntry {
  readonly kind: Kind;
  /** For a generic tool: the argument values that select this entry, compared exactly. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
  readonly amounts?: readonly AmountSpec[];
  /** The amount is unknown when one of these is present (a tax, a discount, a price behind an id). */
  readonly unknownIf?: readonly string[];
  /** A path, a fixed code, or nothing when only the account knows. */
  readonly currency?: { readonly path: string } | { readonly constant: string };
  readonly reason?: string;
  readonly recipient?: string;
  readonly reference?: string;
  readonly quantity?: string;
  readonly idempotency?: string;
  /** For an open object of a generic tool: every path the entry accepts; another name makes the call unclassified. */
  readonly accepts?: readonly string[];
}

/** The entries of one tool; more than one only for a generic tool, and then each has a `when`. */
export type ToolEntries = readonly CatalogueEntry[];
