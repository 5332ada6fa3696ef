/** The log as it is: each line is an OCSF 1.8 event already, and its hash is good for that line alone. */
import type { ExportedRecord } from './parts.ts';

/** The line, byte for byte. */
export function ocsfOf({ line }: ExportedRecord): Buffer {
  return line;
}
