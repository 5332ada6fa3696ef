/** Lengths of time, sizes and dates as people write them. */

/** Written forms; the schema and the parsers share them. */
export const DURATION = /^[1-9][0-9]{0,6}(?:ms|s|m|h|d)$/;
export const SIZE = /^[1-9][0-9]{0,6}(?:KiB|MiB|GiB)$/;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds of `45s`, `15m`, `24h`, `7d`; nothing for any other form. */
export function parseDurationMs(text: string): number | undefined {
  return DURATION.test(text) ? scaled(text, UNIT_MS) : undefined;
}

/** Bytes of `64MiB`; nothing for any other form. */
export function parseSizeBytes(text: string): number | undefined {
  return SIZE.test(text) ? scaled(text, UNIT_BYTES) : undefined;
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const digits = /^[0-9]+/.exec(text)?.[0] ?? '';
  const unit = units[text.slice(digits.length)];
  return unit === undefined ? undefined : Number(digits) * unit;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(?:Z|[+-](\d{2}):(\d{2}))$/;

/** The first millisecond of a day in UTC; nothing if the calendar has no such day. */
function dayStartMs(date: string): number | undefined {
  const ms = DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  // The platform reads 30 February as 2 March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? undefined : ms;
}

/** True for a day of the calendar, `2027-06-30`. */
export function isDate(text: string): boolean {
  return dayStartMs(text) !== undefined;
}

/** What `parseExpiryMs` reads; completes "expected …". */
export const EXPIRY_WORDS = 'a day, `2027-06-30`, or an instant with its offset, `2027-06-30T12:00:00Z`';

/**
 * Milliseconds since the epoch at which something written as an ISO 8601 date or date-time ends. A bare date ends with
 * that day in UTC; a date-time must say its offset, because the machine's own zone is nobody's intention.
 */
export function parseExpiryMs(text: string): number | undefined {
  const start = dayStartMs(text);
  if (start !== undefined) return start + 86_400_000;
  const match = DATE_TIME.exec(text);
  if (match === null || !isDate(match[1] ?? '')) return undefined;
  const inRange = Number(match[2]) < 24 && [3, 4, 6].every((group) => Number(match[group] ?? 0) < 60);
  const ms = inRange && Number(match[5] ?? 0) < 24 ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
