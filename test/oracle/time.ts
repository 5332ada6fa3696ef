/**
 * The wall clock of a time zone. `Intl` is asked only how far the zone is from UTC; the calendar is computed here, by
 * the civil-from-days algorithm of Howard Hinnant.
 */

const DAY_MS = 86_400_000;
const DAYS = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'];

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds east of UTC, out of `GMT-03:30`. */
function offsetMs(timeMs: number, timezone: string): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
    formats.set(timezone, format);
  }
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(timeMs)) ?? [];
  if (sign === undefined) return 0;
  const total = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -total : total;
}

export interface WallClock {
  readonly hour: number;
  /** `mon` to `sun`. */
  readonly weekday: string;
  /** `2026-11-22`. */
  readonly date: string;
}

/** What a clock on the wall of `timezone` shows at an instant. */
export function wallClock(timeMs: number, timezone: string): WallClock {
  const local = timeMs + offsetMs(timeMs, timezone);
  const days = Math.floor(local / DAY_MS);
  return {
    hour: Math.floor((local - days * DAY_MS) / 3_600_000),
    weekday: DAYS[((days % 7) + 7) % 7] ?? '',
    date: civil(days),
  };
}

/** The day so many days after 1 January 1970, in the Gregorian calendar. */
function civil(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
}
