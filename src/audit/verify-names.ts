/** What the names of files say, which no record repeats. */
import { dayOf } from './admin.ts';

/** True for the name that the writer gives a file whose first record has this time and number. */
export function isNamedFor(file: string, timeMs: number, seq: number): boolean {
  const [, day, number] = /^admin-(\d{8})-(\d{10,})(?:-[1-9]\d*)?\.jsonl$/.exec(file) ?? [];
  const date = new Date(timeMs);
  return Number(number) === seq && !Number.isNaN(date.getTime()) && dayOf(timeMs) === day;
}

/** True for a calls file (`calls-yyyymmdd-…`) whose day was over for more than so many days at an instant. */
export function isOverdue(file: string, retainDays: unknown, timeMs: unknown): boolean {
  const [, year, month, day] = /^calls-(\d{4})(\d{2})(\d{2})-/.exec(file) ?? [];
  if (day === undefined || typeof retainDays !== 'number' || typeof timeMs !== 'number') return false;
  const endMs = Date.UTC(Number(year), Number(month) - 1, Number(day) + 1);
  return retainDays >= 1 && timeMs - endMs >= retainDays * DAY_MS;
}

const DAY_MS = 24 * 60 * 60 * 1000;
