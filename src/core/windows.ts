/**
 * Calendar windows in a time zone. Time is cut so that every instant lies in exactly one window of a unit and each
 * window ends where the next begins, on days of 23 or 25 hours too.
 */
import { offsetIn } from './clock.ts';
import type { Window } from './policy.ts';

type Calendar = Extract<Window, { is: 'calendar' }>;
type Unit = Calendar['unit'];

/** One calendar window: `startMs` belongs to it, `endMs` to the next. Milliseconds since 1970-01-01T00:00:00Z. */
export interface CalendarWindow extends Calendar {
  readonly startMs: number;
  readonly endMs: number;
}

/** Where a limit counts: a stretch of the calendar, or any span of the given length. */
export type LimitWindow = CalendarWindow | Extract<Window, { is: 'rolling' }>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** The year 9999: a clock that shows more is broken, and years of five digits, which its windows would reach, are not read. */
const END_MS = 253_370_764_800_000;

/** Of each zone and unit the window that was asked for last; the next question is nearly always about the same one. */
const MAX_LAST = 256;
const LAST = new Map<string, CalendarWindow>();

/** The window of a limit at an instant; nothing for an unknown zone, or for an instant outside 1970 to 9998. */
export function windowAt(window: Window, timeMs: number): LimitWindow | undefined {
  if (window.is === 'rolling') return window;
  if (!Number.isSafeInteger(timeMs) || timeMs < 0 || timeMs >= END_MS) return undefined;
  const key = `${window.unit} ${window.timezone}`;
  const last = LAST.get(key);
  if (last !== undefined && last.startMs <= timeMs && timeMs < last.endMs) return last;
  const found = calendarWindow(window, timeMs);
  if (found === undefined) return undefined;
  if (LAST.size >= MAX_LAST) LAST.clear();
  LAST.set(key, found);
  return found;
}

type Offset = (timeMs: number) => number;

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

function calendarWindow({ is, unit, timezone }: Calendar, timeMs: number): CalendarWindow | undefined {
  const offset = offsetIn(timezone);
  return offset === undefined ? undefined : { is, unit, timezone, ...stretchOf(unit, offset, timeMs) };
}

function stretchOf(unit: Unit, offset: Offset, timeMs: number): Stretch {
  switch (unit) {
    case 'minute':
      return clockStretch(MINUTE_MS, offset, timeMs);
    case 'hour':
      return clockStretch(HOUR_MS, offset, timeMs);
    case 'day':
    case 'week':
    case 'month':
      return dateStretch(unit, offset, timeMs);
  }
}

/**
 * Minutes and hours are those of the clock on the wall, and an hour that it shows twice is two. A zone that shifts by a
 * part of an hour moves its hours: the one under way ends there.
 */
function clockStretch(lengthMs: number, offset: Offset, timeMs: number): Stretch {
  const phaseAt = (instantMs: number): number => modulo(offset(instantMs), lengthMs);
  const phase = phaseAt(timeMs);
  const startMs = timeMs - modulo(timeMs + phase, lengthMs);
  const endMs = startMs + lengthMs;
  return {
    startMs: phaseAt(startMs) === phase ? startMs : firstWhere((at) => phaseAt(at) === phase, startMs, timeMs),
    endMs: phaseAt(endMs - 1) === phase ? endMs : firstWhere((at) => phaseAt(at) !== phase, timeMs, endMs - 1),
  };
}

/**
 * A date begins at the first instant at which the clock on the wall shows it or a later one, and ends where the next
 * begins. So a midnight that does not exist is the instant after the gap, a clock that is set back over midnight stays
 * in the new date, and a date that was left out has no window.
 */
function dateStretch(unit: DateUnit, offset: Offset, timeMs: number): Stretch {
  let wallMs = floorOf(unit, timeMs + offset(timeMs));
  let startMs = firstInstantAt(wallMs, offset);
  for (;;) {
    wallMs = nextOf(unit, wallMs);
    const endMs = firstInstantAt(wallMs, offset);
    if (endMs > timeMs) return { startMs, endMs };
    startMs = endMs;
  }
}

type DateUnit = 'day' | 'week' | 'month';

/** The midnight that begins the unit, on the wall. ISO 8601 weeks begin on Monday; 1970-01-01 was a Thursday. */
function floorOf(unit: DateUnit, wallMs: number): number {
  switch (unit) {
    case 'day':
      return wallMs - modulo(wallMs, DAY_MS);
    case 'week':
      return wallMs - modulo(wallMs + 3 * DAY_MS, WEEK_MS);
    case 'month':
      return monthOf(wallMs, 0);
  }
}

function nextOf(unit: DateUnit, wallMs: number): number {
  switch (unit) {
    case 'day':
      return wallMs + DAY_MS;
    case 'week':
      return wallMs + WEEK_MS;
    case 'month':
      return monthOf(wallMs, 1);
  }
}

function monthOf(wallMs: number, later: number): number {
  const date = new Date(wallMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}

/** No zone is a day away from UTC, and none changes its clocks twice within six hours. */
const STEP_MS = 6 * HOUR_MS;

/** The first instant at which the clock on the wall shows `wallMs` or later. */
function firstInstantAt(wallMs: number, offset: Offset): number {
  let fromMs = wallMs - DAY_MS;
  for (;;) {
    const held = offset(fromMs);
    const toMs = fromMs + STEP_MS;
    const untilMs = offset(toMs) === held ? toMs : firstWhere((at) => offset(at) !== held, fromMs, toMs);
    const reachedMs = Math.max(fromMs, wallMs - held);
    if (reachedMs < untilMs) return reachedMs;
    fromMs = untilMs;
  }
}

/** The first instant after `fromMs`, where the test fails, and up to `toMs`, where it holds. */
function firstWhere(test: (timeMs: number) => boolean, fromMs: number, toMs: number): number {
  let [below, at] = [fromMs, toMs];
  while (at - below > 1) {
    const middle = Math.floor((below + at) / 2);
    if (test(middle)) at = middle;
    else below = middle;
  }
  return at;
}

function modulo(value: number, length: number): number {
  return ((value % length) + length) % length;
}
