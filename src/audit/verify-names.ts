/** What the names of files say, which no record repeats. */
import { dayOf } from './admin.ts';

/** True for the name that the writer gives a file whose first record has this time and number. */
export function isNamedFor(file: string, timeMs: number, seq: number): boolean {
  const [, day, number] = /^admin-(\d{8})-(\d{10,})(?:-[1-9]\d*)?\.jsonl$/.exec(file) ?? [];
  const date = new Date(timeMs);
  return Number(number) === seq && !Number.isNaN(date.getTime()) && dayOf(timeMs) === day;
}
