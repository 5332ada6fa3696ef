/**
 * An instant in the words of a calendar. The instant is an argument; only the rules of the time zone come from the
 * platform.
 */

export interface LocalTime {
  /** 0 to 23. */
  readonly hour: number;
  /** `mon` to `sun`. */
  readonly weekday: string;
  /** `YYYY-MM-DD`, Gregorian. */
  readonly date: string;
  /** What the clock on the wall shows, as the milliseconds at which UTC shows the same; whole seconds. */
  readonly wallMs: number;
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** All rules of a decision ask about the same instant. */
  last: { readonly timeMs: number; readonly local: LocalTime } | null;
}

/** Zones come from policies, so there are few; the bound only keeps a mistake from growing without end. */
const MAX_ZONES = 256;
const ZONES = new Map<string, Zone | null>();

/** The local time of an instant; nothing if the platform does not know the zone or the instant is out of range. */
export function localTime(timeMs: number, timezone: string): LocalTime | undefined {
  const zone = zoneOf(timezone);
  if (zone === null || !(Math.abs(timeMs) <= 8.64e15)) return undefined;
  if (zone.last?.timeMs !== timeMs) zone.last = { timeMs, local: localParts(zone.format, timeMs) };
  return zone.last.local;
}

/**
 * How far local clocks are ahead of UTC, in milliseconds, as a function of the instant (which must be one that `Date`
 * can hold); nothing if the platform does not know the zone.
 */
export function offsetIn(timezone: string): ((timeMs: number) => number) | undefined {
  const zone = zoneOf(timezone);
  if (zone === null) return undefined;
  return (timeMs) => localParts(zone.format, timeMs).wallMs - Math.floor(timeMs / 1000) * 1000;
}

/** True if the platform has the rules of this IANA time zone. */
export function isTimezone(timezone: string): boolean {
  return zoneOf(timezone) !== null;
}

function zoneOf(timezone: string): Zone | null {
  const known = ZONES.get(timezone);
  if (known !== undefined) return known;
  const format = formatOf(timezone);
  const zone = format === null ? null : { format, last: null };
  if (ZONES.size >= MAX_ZONES) ZONES.clear();
  ZONES.set(timezone, zone);
  return zone;
}

function formatOf(timezone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    // A RangeError is the platform's way to say that it does not know the zone.
    return null;
  }
}

function localParts(format: Intl.DateTimeFormat, timeMs: number): LocalTime {
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  return {
    hour: Number(part('hour')),
    weekday: part('weekday').toLowerCase(),
    date,
    wallMs: Date.parse(`${date}T${part('hour')}:${part('minute')}:${part('second')}Z`),
  };
}
