/** Faults as short lines: `line:column code path message`. */
import type { Fault } from '../../src/config/fault.ts';

export function lines(faults: readonly Fault[]): string[] {
  return faults.map(({ line, column, code, path, message }) => `${line}:${column} ${code} ${path} ${message}`);
}
