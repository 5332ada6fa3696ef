/** Where the log has an end that was not meant, or has been shortened. */
import { countAt, fieldsAt, type Fields, textAt } from './fields.ts';
import type { Gap } from './value.ts';
import { counted } from './words.ts';

const KINDS: ReadonlySet<string> = new Set([
  ...['segment_abandoned', 'audit_stopped', 'audit_resumed', 'segment_pruned'],
]);

/** True for a kind of record that tells of a gap. */
export function isGap(kind: string): boolean {
  return KINDS.has(kind);
}

/** What the record of a gap says. */
export function gapOf(kind: string, own: Fields, time: string): Gap {
  const entry = fieldsAt(own, 'entry');
  const file = textAt(own, 'file') ?? textAt(entry, 'file');
  const count = countAt(own, 'count') ?? countAt(entry, 'count');
  const [code, refused] = [textAt(own, 'code'), countAt(own, 'refused')];
  const words = [
    ...(file === null ? [] : [file]),
    ...(count === null ? [] : [counted(count, 'record')]),
    ...(code === null ? [] : [code]),
    ...(refused === null ? [] : [`${counted(refused, 'call')} refused`]),
  ];
  return { time, kind, about: words.join(', ') };
}
