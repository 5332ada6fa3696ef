/** A catalogue entry and what an operator states of an account, as plain data. */

type Form = 'integer' | 'number' | 'integer-string' | 'integer-or-string' | 'decimal-string';

export interface OracleAmount {
  readonly path: string;
  readonly unit: 'minor' | 'major' | 'token' | 'sat' | 'percent';
  readonly form: Form;
  readonly absent: 'full' | 'unknown' | 'zero';
  readonly times?: readonly { readonly path: string; readonly form: Form; readonly absent: 'one' | 'unknown' }[];
}

export interface OracleEntry {
  readonly kind: string;
  readonly amounts?: readonly OracleAmount[];
  readonly unknownIf?: readonly string[];
  readonly unknownUnless?: Readonly<Record<string, readonly (string | null)[]>>;
  readonly currency?: { readonly path: string; readonly absent?: string } | { readonly constant: string };
  readonly reason?: string;
  readonly recipient?: string;
  readonly reference?: string;
  readonly quantity?: string;
}

/** One raw call. */
export interface OracleCall {
  /** `<upstream>/<tool>`. */
  readonly tool: string;
  /** Null for an unclassified call. */
  readonly known: { readonly direction: string; readonly entry: OracleEntry } | null;
  /** The arguments as JSON text. */
  readonly args: string;
  readonly assumeCurrency: string | null;
  /** Decimals of the provider by currency where they differ from ISO 4217. */
  readonly decimals: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly principal: string;
  readonly timeMs: number;
}
