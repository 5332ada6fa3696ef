/** One thing wrong in a file people write, with its place. All faults of a file are reported together. */
export interface Fault {
  readonly severity: 'error' | 'warning';
  /** A closed, stable code, for example `unrecognized_key`. */
  readonly code: string;
  readonly file: string;
  /** 1-based; 0 when the place is the whole file. */
  readonly line: number;
  readonly column: number;
  /** JSON Pointer into the document. */
  readonly path: string;
  /** A sentence: what was found and what was expected. Lower case, no final period. */
  readonly message: string;
}

/** The way a fault is printed: `file:line:column path message`. */
export function faultLine(fault: Fault): string {
  const place = fault.line > 0 ? `${fault.file}:${fault.line}:${fault.column}` : fault.file;
  return `${place}: ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}`;
}
