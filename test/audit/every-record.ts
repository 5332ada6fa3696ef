/** One parsed record and more of every kind that can be written, without a log around them. */
import type { FrameEvent } from '../../src/audit/record-admin.ts';
import { adminLine, callLine, frameLine } from '../../src/audit/record.ts';
import type { Stamp } from '../../src/audit/ocsf.ts';
import { ADMIN_EVENTS, args, CALL_EVENTS, frame, MORE_ADMIN_EVENTS, MORE_CALL_EVENTS, NOON } from './support.ts';

export const stamp: Stamp = {
  timeMs: NOON,
  stream: 'calls',
  segment: 's-1',
  scope: 's-1',
  seq: 7,
  prev: 'a'.repeat(64),
  version: '0.1.0',
};

const FRAME_EVENTS: readonly FrameEvent[] = [
  {
    ...{ kind: 'segment_open', install: 'i', pid: 1, processStart: 's', durability: 'money', revealed: ['amount'] },
    ...{ registry: { seq: 0, hash: 'b'.repeat(64) }, key: 'k'.repeat(44) },
  },
  { kind: 'segment_close', count: 8 },
  {
    ...{ kind: 'stream_opened', install: 'i', authority: 'k'.repeat(44), key: null },
    continues: { file: '', bytes: 0, count: 0, hash: '0'.repeat(64) },
  },
  { kind: 'checkpoint', note: 'countersign/i/admin\n1\nAAAA\n\n\u2014 k c2ln\n' },
];

export type ParsedRecord = Record<string, unknown>;

/** Lines are read back from their bytes, as a SIEM would. */
export function everyRecord(): readonly ParsedRecord[] {
  const carried = { ...frame('r-8'), kind: 'intent_carried', decision: 'allow', args } as const;
  const lines = [
    ...[...CALL_EVENTS, ...MORE_CALL_EVENTS].map((event) => callLine(event, stamp)),
    callLine(carried, stamp),
    ...[...ADMIN_EVENTS, ...MORE_ADMIN_EVENTS].map((event) => adminLine(event, stamp)),
    ...FRAME_EVENTS.map((event) => frameLine(event, stamp)),
  ];
  return lines.map(({ bytes }) => JSON.parse(bytes.toString()) as ParsedRecord);
}
