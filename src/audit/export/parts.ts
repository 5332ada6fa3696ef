/** What every format takes from a record, read as something that may have been altered: any member may be anything. */
import type { PlainObject } from '../chain.ts';
import { fieldsOf, ownFields, textOf, type Fields } from '../fields.ts';

/** A record on its way out. */
export interface ExportedRecord {
  /** The line as it stands in the log. */
  readonly line: Buffer;
  readonly record: PlainObject;
  /** False for one that was changed after it was written. */
  readonly intact: boolean;
}

/** How a call or an act ended, in the words that ECS and CEF share. */
export type Result = 'success' | 'failure' | 'unknown';

/** A record under names that say what they hold; a text is empty where there is none. */
export interface Parts {
  readonly own: Fields;
  readonly timeMs: number | undefined;
  readonly kind: string;
  readonly id: string;
  readonly stream: string;
  readonly productVersion: string;
  readonly message: string;
  readonly severity: number;
  readonly result: Result;
  /** Who acts: the principal of a grant, or who ran a command. */
  readonly user: string;
  readonly userId: string;
  readonly agent: string;
  readonly upstream: string;
}

/** Takes a record apart. */
export function partsOf(record: PlainObject): Parts {
  const own = ownFields(record);
  const metadata = fieldsOf(record['metadata']);
  const actor = fieldsOf(record['actor']);
  const user = fieldsOf(actor['user'] ?? record['user']);
  const service = fieldsOf(fieldsOf(record['api'])['service']);
  return {
    own,
    timeMs: timeOf(record),
    kind: textOf(own, 'kind'),
    id: textOf(metadata, 'uid'),
    stream: textOf(metadata, 'log_name'),
    productVersion: textOf(fieldsOf(metadata['product']), 'version'),
    message: textOf(record, 'message'),
    severity: numberOf(record, 'severity_id') ?? 0,
    result: resultOf(record, own),
    user: textOf(own, 'principal') || textOf(user, 'name'),
    userId: textOf(user, 'uid'),
    agent: textOf(fieldsOf(own['client']), 'name'),
    upstream: textOf(own, 'upstream') || textOf(service, 'name'),
  };
}

/** A finite number, undefined where there is none. */
export function numberOf(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The instant as ISO 8601 has it; empty for none. */
export function isoOf(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : new Date(timeMs).toISOString();
}

/** Nothing for a number that is no instant. */
function timeOf(record: PlainObject): number | undefined {
  const time = numberOf(record, 'time');
  return time === undefined || Number.isNaN(new Date(time).getTime()) ? undefined : time;
}

const OUTCOMES: Readonly<Record<string, Result>> = { ok: 'success', failed: 'failure', 'in-doubt': 'unknown' };
/** `status_id` of OCSF. */
const STATUS: Readonly<Record<number, Result>> = { 1: 'success', 2: 'failure' };

function resultOf(record: PlainObject, own: Fields): Result {
  return OUTCOMES[textOf(own, 'outcome')] ?? STATUS[numberOf(record, 'status_id') ?? 0] ?? 'unknown';
}
