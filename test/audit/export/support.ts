/** Records as the log writes them, on their way out. */
import { callLine, adminLine } from '../../../src/audit/record.ts';
import type { AdminEvent, CallEvent } from '../../../src/audit/index.ts';
import type { PlainObject } from '../../../src/audit/chain.ts';
import { NOON } from '../support.ts';

const STAMP = { timeMs: NOON, scope: 'seg-1', seq: 7, prev: '0'.repeat(64), version: '0.1.0' };

interface Exported {
  readonly line: Buffer;
  readonly record: PlainObject;
  readonly intact: boolean;
}

function exported(bytes: Buffer): Exported {
  const line = bytes.subarray(0, -1);
  return { line, record: JSON.parse(line.toString()) as PlainObject, intact: true };
}

export function call(event: CallEvent): Exported {
  return exported(callLine(event, { ...STAMP, stream: 'calls', segment: 'seg-1' }).bytes);
}

export function act(event: AdminEvent): Exported {
  return exported(adminLine(event, { ...STAMP, stream: 'admin', segment: 'admin' }).bytes);
}

/** The record with something of its own part changed, as somebody may have left it. */
export function altered(from: Exported, own: Record<string, unknown>): Exported {
  const { unmapped } = from.record as unknown as { unmapped: { countersign: object } };
  const record = { ...from.record, unmapped: { countersign: { ...unmapped.countersign, ...own } } } as PlainObject;
  return { line: Buffer.from(JSON.stringify(record)), record, intact: false };
}
