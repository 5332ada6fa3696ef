/**
 * A catalogue entry: all that is known of one payment tool, as data. The product's own entries and those an operator
 * writes under `upstreams.<name>.tools` have the same form. Paths are into the `tools/call` arguments, `[*]` is every
 * element of an array.
 */
import type { Kind } from './kinds.ts';

/** `minor` and `major` are money; the others never become an amount that a money rule could compare. */
export type AmountUnit = 'minor' | 'major' | 'token' | 'sat' | 'percent';

/** The grammar an amount must be written in; everything else is refused. */
export type AmountForm = 'integer' | 'number' | 'integer-string' | 'integer-or-string' | 'decimal-string';

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
  /** The argument values that select this entry, compared exactly; null is for an argument that is left out. */
  readonly when?: Readonly<Record<string, readonly (string | null)[]>>;
  /**
   * Arguments that are written as a path, and the paths that select this entry: `/transaction/verify/*`, where `*` is
   * one segment of `A-Z a-z 0-9 _ -`. Nothing that a server would resolve, decode or paste into a host name matches.
   */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
  /** The object whose keys may be written as `a[0][b]` for `b` in the first of `a`; paths are those of the long form. */
  readonly brackets?: string;
  /** The string that holds a JSON object; paths go on inside it. */
  readonly json?: string;
  readonly amounts?: readonly AmountSpec[];
  /** The amount is unknown when one of these is present (a tax, a discount, a price behind an id). */
  readonly unknownIf?: readonly string[];
  /** The amount is unknown unless each of these holds one of its values wherever it stands; null is for left out. */
  readonly unknownUnless?: Readonly<Record<string, readonly (string | null)[]>>;
  /** A path with what the server takes where it is left out, a fixed code, or nothing when only the account knows. */
  readonly currency?: { readonly path: string; readonly absent?: string } | { readonly constant: string };
  readonly reason?: string;
  readonly recipient?: string;
  readonly reference?: string;
  readonly quantity?: string;
  readonly idempotency?: string;
  /** For an open object of a generic tool: every path the entry accepts; another name makes the call unclassified. */
  readonly accepts?: readonly string[];
}

/** The entries of one tool; if there are several, each has a `when` or `routes`. */
export type ToolEntries = readonly CatalogueEntry[];
