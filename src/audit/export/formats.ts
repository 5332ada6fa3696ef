/** The formats that the log is exported in. A record is mapped on its way out; the log itself is never rewritten. */
import { cefOf } from './cef.ts';
import { CSV_HEADER, csvOf } from './csv.ts';
import { ecsOf } from './ecs.ts';
import { ocsfOf } from './ocsf.ts';
import type { ExportedRecord } from './parts.ts';

export interface ExportFormat {
  /** What stands before the first record. */
  readonly header: string | undefined;
  readonly lineEnd: string;
  /** True if whoever receives a record cannot check its hash any more, so that it has to be checked before. */
  readonly losesHash: boolean;
  readonly write: (record: ExportedRecord) => string | Buffer;
}

export const EXPORT_FORMATS = {
  ocsf: { header: undefined, lineEnd: '\n', losesHash: false, write: ocsfOf },
  ecs: { header: undefined, lineEnd: '\n', losesHash: true, write: ecsOf },
  cef: { header: undefined, lineEnd: '\n', losesHash: true, write: cefOf },
  csv: { header: CSV_HEADER, lineEnd: '\r\n', losesHash: true, write: csvOf },
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;
