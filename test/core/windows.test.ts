import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowAt } from '../../src/core/index.ts';
import type { CalendarWindow } from '../../src/core/index.ts';
import { times } from './build.ts';

type Unit = CalendarWindow['unit'];

const at = (text: string): number => Date.parse(text);

function found(unit: Unit, timezone: string, timeMs: number): CalendarWindow {
  const window = windowAt({ is: 'calendar', unit, timezone }, timeMs);
  if (window?.is !== 'calendar') throw new Error(`no window of ${timezone} at ${timeMs}`);
  return window;
}

/** The window as two instants of UTC. */
function shown(unit: Unit, timezone: string, time: string): readonly string[] {
  const { startMs, endMs } = found(unit, timezone, at(time));
  return [startMs, endMs].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z'));
}

describe('when a limit is per calendar unit', () => {
  it.each<[Unit, string, string, string]>([
    ['minute', 'UTC', '2026-03-01T12:34Z', '2026-03-01T12:35Z'],
    ['hour', 'UTC', '2026-03-01T12:00Z', '2026-03-01T13:00Z'],
    ['day', 'UTC', '2026-03-01T00:00Z', '2026-03-02T00:00Z'],
    // 2026-03-01 is a Sunday, the last day of its ISO week.
    ['week', 'UTC', '2026-02-23T00:00Z', '2026-03-02T00:00Z'],
    ['month', 'UTC', '2026-03-01T00:00Z', '2026-04-01T00:00Z'],
    ['hour', 'Asia/Kathmandu', '2026-03-01T12:15Z', '2026-03-01T13:15Z'],
    ['day', 'Asia/Kathmandu', '2026-02-28T18:15Z', '2026-03-01T18:15Z'],
    ['day', 'Pacific/Kiritimati', '2026-03-01T10:00Z', '2026-03-02T10:00Z'],
    ['day', 'Pacific/Niue', '2026-03-01T11:00Z', '2026-03-02T11:00Z'],
    ['week', 'Pacific/Kiritimati', '2026-03-01T10:00Z', '2026-03-08T10:00Z'],
    ['month', 'America/New_York', '2026-03-01T05:00Z', '2026-04-01T04:00Z'],
  ])('counts a %s in %s from its first instant to the first of the next', (unit, timezone, start, end) => {
    expect(shown(unit, timezone, '2026-03-01T12:34:56.789Z')).toEqual([start, end]);
  });

  it.each<[Unit, string]>([
    ['minute', '2026-03-01T12:34Z'],
    ['hour', '2026-03-01T12:00Z'],
    ['day', '2026-03-01T00:00Z'],
    ['week', '2026-03-02T00:00Z'],
    ['month', '2026-03-01T00:00Z'],
  ])('counts the first instant of a %s in it and the instant before in the one before', (unit, start) => {
    expect(found(unit, 'UTC', at(start)).startMs).toBe(at(start));
    expect(found(unit, 'UTC', at(start) - 1).endMs).toBe(at(start));
  });

  it('knows the months of a leap year and of the turn of a year', () => {
    expect(shown('month', 'UTC', '2028-02-29T23:00Z')).toEqual(['2028-02-01T00:00Z', '2028-03-01T00:00Z']);
    expect(shown('month', 'UTC', '2026-12-31T23:00Z')).toEqual(['2026-12-01T00:00Z', '2027-01-01T00:00Z']);
    expect(shown('week', 'UTC', '2027-01-01T00:00Z')).toEqual(['2026-12-28T00:00Z', '2027-01-04T00:00Z']);
    expect(shown('week', 'UTC', '1970-01-01T00:00Z')).toEqual(['1969-12-29T00:00Z', '1970-01-05T00:00Z']);
  });

  it('says which window it is', () => {
    expect(windowAt({ is: 'calendar', unit: 'day', timezone: 'UTC' }, 1)).toEqual({
      is: 'calendar',
      unit: 'day',
      timezone: 'UTC',
      startMs: 0,
      endMs: 86_400_000,
    });
  });
});

describe('when clocks are changed', () => {
  it('gives the day that loses an hour 23 hours and the day that gains one 25', () => {
    expect(shown('day', 'America/New_York', '2026-03-08T12:00Z')).toEqual(['2026-03-08T05:00Z', '2026-03-09T04:00Z']);
    expect(shown('day', 'America/New_York', '2026-11-01T12:00Z')).toEqual(['2026-11-01T04:00Z', '2026-11-02T05:00Z']);
    expect(shown('week', 'Europe/Berlin', '2026-03-29T12:00Z')).toEqual(['2026-03-22T23:00Z', '2026-03-29T22:00Z']);
  });

  it('begins a day whose midnight does not exist at the first instant that does', () => {
    // In Brazil the clock went from 23:59:59 to 01:00:00.
    expect(shown('day', 'America/Sao_Paulo', '2018-11-04T12:00Z')).toEqual(['2018-11-04T03:00Z', '2018-11-05T02:00Z']);
    expect(shown('day', 'America/Sao_Paulo', '2018-11-04T02:59:59Z')).toEqual([
      '2018-11-03T03:00Z',
      '2018-11-04T03:00Z',
    ]);
  });

  it('does not go back to a day that was over', () => {
    // In Newfoundland the clock went from 00:01 of the new day back to 23:01 of the old one, at 02:31 UTC.
    const day = ['2010-11-07T02:30Z', '2010-11-08T03:30Z'];
    expect(shown('day', 'America/St_Johns', '2010-11-07T02:30:30Z')).toEqual(day);
    expect(shown('day', 'America/St_Johns', '2010-11-07T02:31Z')).toEqual(day);
    expect(shown('day', 'America/St_Johns', '2010-11-07T03:00Z')).toEqual(day);
    expect(shown('day', 'America/St_Johns', '2010-11-07T02:29:59Z')).toEqual(['2010-11-06T02:30Z', day[0]]);
  });

  it('finds a window from any instant in it, the first that is asked about', () => {
    expect(shown('day', 'America/St_Johns', '2009-11-01T03:00Z')).toEqual(['2009-11-01T02:30Z', '2009-11-02T03:30Z']);
    expect(shown('hour', 'Australia/Lord_Howe', '2025-04-05T15:29Z')).toEqual(['2025-04-05T15:00Z', '2025-04-05T15:30Z']); // prettier-ignore
    expect(shown('hour', 'Australia/Lord_Howe', '2024-04-06T14:01Z')).toEqual(['2024-04-06T14:00Z', '2024-04-06T15:00Z']); // prettier-ignore
  });

  it('begins no day at a midnight at which the clock is set back', () => {
    // In Egypt the clock went from 24:00 of the old day back to 23:00 of it, at 21:00 UTC.
    expect(shown('day', 'Africa/Cairo', '2023-10-26T21:30Z')).toEqual(['2023-10-25T21:00Z', '2023-10-26T22:00Z']);
    expect(shown('day', 'Africa/Cairo', '2023-10-26T22:00Z')).toEqual(['2023-10-26T22:00Z', '2023-10-27T22:00Z']);
  });

  it('has no window for a day that was left out', () => {
    // Samoa had no 30 December 2011.
    expect(shown('day', 'Pacific/Apia', '2011-12-30T09:59Z')).toEqual(['2011-12-29T10:00Z', '2011-12-30T10:00Z']);
    expect(shown('day', 'Pacific/Apia', '2011-12-30T10:00Z')).toEqual(['2011-12-30T10:00Z', '2011-12-31T10:00Z']);
  });

  it('counts an hour that the clock shows twice as two', () => {
    expect(shown('hour', 'America/New_York', '2026-11-01T05:30Z')).toEqual(['2026-11-01T05:00Z', '2026-11-01T06:00Z']);
    expect(shown('hour', 'America/New_York', '2026-11-01T06:30Z')).toEqual(['2026-11-01T06:00Z', '2026-11-01T07:00Z']);
    expect(shown('minute', 'America/New_York', '2026-11-01T06:00Z')).toEqual([
      '2026-11-01T06:00Z',
      '2026-11-01T06:01Z',
    ]);
  });

  it('ends the hour under way where a zone shifts by half an hour', () => {
    // On Lord Howe Island the clock goes from 02:00 back to 01:30 at 15:00 UTC, and forth at 15:30 UTC.
    const hours = (time: string) => shown('hour', 'Australia/Lord_Howe', time);
    expect(hours('2026-04-04T14:59Z')).toEqual(['2026-04-04T14:00Z', '2026-04-04T15:00Z']);
    expect(hours('2026-04-04T15:00Z')).toEqual(['2026-04-04T15:00Z', '2026-04-04T15:30Z']);
    expect(hours('2026-04-04T15:29Z')).toEqual(['2026-04-04T15:00Z', '2026-04-04T15:30Z']);
    expect(hours('2026-04-04T15:30Z')).toEqual(['2026-04-04T15:30Z', '2026-04-04T16:30Z']);
    expect(hours('2026-10-03T15:29Z')).toEqual(['2026-10-03T14:30Z', '2026-10-03T15:30Z']);
    expect(hours('2026-10-03T15:30Z')).toEqual(['2026-10-03T15:30Z', '2026-10-03T16:00Z']);
  });

  it('ends the hour under way where a zone shifts within it', () => {
    // Nepal moved its clock from 00:00 to 00:15 as 1986 began, at 18:30 UTC.
    const hours = (time: string) => shown('hour', 'Asia/Kathmandu', time);
    expect(hours('1985-12-31T18:29Z')).toEqual(['1985-12-31T17:30Z', '1985-12-31T18:30Z']);
    expect(hours('1985-12-31T18:30Z')).toEqual(['1985-12-31T18:30Z', '1985-12-31T19:15Z']);
    // Venezuela moved its clock from 03:00 back to 02:30 at 07:00 UTC, and forth from 02:30 at 07:00 UTC.
    const caracas = (time: string) => shown('hour', 'America/Caracas', time);
    expect(caracas('2016-05-01T06:59Z')).toEqual(['2016-05-01T06:30Z', '2016-05-01T07:00Z']);
    expect(caracas('2016-05-01T07:00Z')).toEqual(['2016-05-01T07:00Z', '2016-05-01T08:00Z']);
  });
});

describe('when there is no window', () => {
  it.each([NaN, Infinity, -1, 0.5, 2 ** 53, at('9999-01-01T00:00Z')])('says so of the instant %d', (timeMs) => {
    expect(windowAt({ is: 'calendar', unit: 'day', timezone: 'UTC' }, timeMs)).toBeUndefined();
  });

  it('says so of a zone that the platform does not know', () => {
    expect(windowAt({ is: 'calendar', unit: 'day', timezone: 'No/Zone' }, 0)).toBeUndefined();
  });

  it('still has one at the ends of time', () => {
    expect(shown('month', 'Pacific/Niue', '1970-01-01T00:00Z')).toEqual(['1969-12-01T11:00Z', '1970-01-01T11:00Z']);
    const last = at('9999-01-01T00:00Z') - 1;
    expect(found('month', 'Pacific/Kiritimati', last).endMs).toBe(at('9999-01-31T10:00Z'));
  });
});

describe('when a limit is per rolling span', () => {
  it('is that span at any instant', () => {
    const window = { is: 'rolling', spanMs: 86_400_000 } as const;
    expect(windowAt(window, 0)).toEqual(window);
    expect(windowAt(window, NaN)).toEqual(window);
  });
});

const UNITS: readonly Unit[] = ['minute', 'hour', 'day', 'week', 'month'];
const ZONES = [
  'UTC',
  'America/New_York',
  'America/Sao_Paulo', // changes at midnight, until 2019
  'America/St_Johns', // half an hour off, changes at 00:01, until 2011
  'Africa/Cairo', // changes at midnight
  'Africa/Casablanca', // changes for Ramadan
  'Africa/Monrovia', // 44 minutes and a half off, until 1972
  'Antarctica/Troll', // changes by two hours
  'Asia/Kathmandu', // three quarters of an hour off
  'Australia/Lord_Howe', // changes by half an hour
  'Pacific/Apia', // left out a day
];
const instant = fc.oneof(
  fc.integer({ min: at('1970-03-01T00:00Z'), max: at('2100-01-01T00:00Z') }),
  // Around the days of change, more often than chance would have it.
  fc
    .tuple(
      fc.constantFrom('1972-01-07', '2010-11-07', '2011-12-30', '2018-11-04', '2026-03-08', '2026-03-29', '2026-11-01'),
      fc.integer({ min: -86_400_000, max: 2 * 86_400_000 }),
    )
    .map(([date, after]) => at(date) + after),
);

describe('when any instant is asked about, in any zone', () => {
  it('lies in exactly one window of a unit, which ends where the next begins', () => {
    fc.assert(
      fc.property(fc.constantFrom(...UNITS), fc.constantFrom(...ZONES), instant, (unit, timezone, timeMs) => {
        const { startMs, endMs } = found(unit, timezone, timeMs);
        expect(startMs).toBeLessThanOrEqual(timeMs);
        expect(endMs).toBeGreaterThan(timeMs);
        expect(found(unit, timezone, endMs).startMs).toBe(endMs);
        expect(found(unit, timezone, startMs)).toMatchObject({ startMs, endMs });
        expect(found(unit, timezone, endMs - 1)).toMatchObject({ startMs, endMs });
        expect(found(unit, timezone, startMs - 1).endMs).toBe(startMs);
      }),
      times(5),
    );
  });

  it.each(['America/Sao_Paulo', 'America/St_Johns', 'Pacific/Apia', 'Africa/Cairo'])(
    'never skips or repeats a day of %s over years',
    (timezone) => {
      const dates = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' });
      let seen = '';
      let { endMs } = found('day', timezone, at('2010-06-01T00:00Z'));
      for (let days = 0; days < times(9).numRuns; days += 1) {
        const window = found('day', timezone, endMs);
        expect(window.startMs).toBe(endMs);
        // The date of the middle is the date of the window, and later than the one before.
        const date = dates.format((window.startMs + window.endMs) / 2);
        expect(date > seen).toBe(true);
        seen = date;
        ({ endMs } = window);
      }
    },
  );
});

describe('when windows are asked for one after another', () => {
  it('gives each instant its own, whichever was asked for before', () => {
    const day = Date.UTC(2026, 2, 1);
    const next = Date.UTC(2026, 2, 2);
    for (const [timeMs, startMs] of [
      [next - 1, day],
      [next, next],
      [next - 1, day],
      [day, day],
      [day - 1, Date.UTC(2026, 1, 28)],
    ] as const) {
      expect(found('day', 'Etc/UTC', timeMs).startMs).toBe(startMs);
    }
  });
});
