/** A catalogue entry with its paths read once. Entries are few and live as long as the configuration. */
import type { AmountForm, AmountSpec, CatalogueEntry } from './entry.ts';
import { parsePath } from './path.ts';
import type { Path } from './policy.ts';

interface CompiledMultiplier {
  readonly path: Path;
  readonly text: string;
  readonly form: AmountForm;
  readonly absent: 'one' | 'unknown';
}

export interface CompiledAmount {
  readonly path: Path;
  readonly spec: AmountSpec;
  readonly times: readonly CompiledMultiplier[];
}

/** A path of an entry with its text, for words. */
export interface NamedPath {
  readonly path: Path;
  readonly text: string;
}

export interface CompiledEntry {
  readonly amounts: readonly CompiledAmount[];
  readonly unknownIf: readonly NamedPath[];
  readonly unknownUnless: readonly (NamedPath & { readonly values: readonly (string | null)[] })[];
  readonly currency: NamedPath | null;
  readonly reason: NamedPath | null;
  readonly recipient: NamedPath | null;
  readonly reference: NamedPath | null;
  readonly quantity: NamedPath | null;
}

/** A path of the entry is not a path; the configuration refuses such an entry before it gets here. */
export class EntryError extends Error {
  readonly code = 'malformed_path';
  constructor(text: string, message: string) {
    super(`the catalogue path \`${text}\` cannot be read: ${message}`);
    this.name = 'EntryError';
  }
}

const COMPILED = new WeakMap<CatalogueEntry, CompiledEntry | EntryError>();

/** Reads every path of an entry; an `EntryError` is returned, not thrown, and makes every fact of the call unknown. */
export function compileEntry(entry: CatalogueEntry): CompiledEntry | EntryError {
  const known = COMPILED.get(entry);
  if (known !== undefined) return known;
  const compiled = tryCompile(entry);
  COMPILED.set(entry, compiled);
  return compiled;
}

function tryCompile(entry: CatalogueEntry): CompiledEntry | EntryError {
  try {
    return compile(entry);
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
}

function compile(entry: CatalogueEntry): CompiledEntry {
  const { currency } = entry;
  return {
    amounts: (entry.amounts ?? []).map(compileAmount),
    unknownIf: (entry.unknownIf ?? []).map(named),
    unknownUnless: Object.entries(entry.unknownUnless ?? {}).map(([text, values]) => ({ ...named(text), values })),
    currency: currency !== undefined && 'path' in currency ? named(currency.path) : null,
    reason: optional(entry.reason),
    recipient: optional(entry.recipient),
    reference: optional(entry.reference),
    quantity: optional(entry.quantity),
  };
}

function compileAmount(spec: AmountSpec): CompiledAmount {
  const times = (spec.times ?? []).map((factor) => ({
    ...named(factor.path),
    form: factor.form,
    absent: factor.absent,
  }));
  return { path: named(spec.path).path, spec, times };
}

function optional(text: string | undefined): NamedPath | null {
  return text === undefined ? null : named(text);
}

function named(text: string): NamedPath {
  const result = parsePath(text);
  if (!result.ok) throw new EntryError(text, result.message);
  return { path: result.path, text };
}
