/** Instants at the edges of hours, days of the week and dates, in the time zone of the rule. */
import { localTime } from '../../core/clock.ts';
import type { LocalTime } from '../../core/clock.ts';
import { JsonNumber } from '../../core/json.ts';
import type { Choice, Dimension } from './draft.ts';
import type { Mention } from './mentions.ts';
import { daysAround } from './numbers.ts';
import { valueProbes } from './probes.ts';

/** Monday 2027-03-01; no zone changes its clock in the week that follows. */
const WEEK_MS = Date.UTC(2027, 2, 1);
const DAY_MS = 86_400_000;
/** Zones lie up to 14 hours from UTC and differ by quarters of an hour. */
const STEP_MS = 900_000;

/** The dimension of time; nothing if no rule asks for it. */
export function timeDimension(mentions: readonly Mention[]): Dimension | undefined {
  const zones = new Map<string, Mention[]>();
  for (const mention of mentions) {
    if (mention.ref.fact !== 'time') continue;
    zones.set(mention.ref.timezone, [...(zones.get(mention.ref.timezone) ?? []), mention]);
  }
  if (zones.size === 0) return undefined;
  const instants = [...zones].flatMap(([zone, asked]) => instantsOf(zone, asked).map((timeMs) => ({ zone, timeMs })));
  return { name: 'time', choices: instants.map(({ zone, timeMs }) => choiceOf(zone, timeMs)) };
}

function choiceOf(zone: string, timeMs: number): Choice {
  return { words: momentWords(zone, timeMs), write: (draft) => ({ ...draft, timeMs }) };
}

function instantsOf(zone: string, mentions: readonly Mention[]): readonly number[] {
  const part = (name: string) => mentions.filter(({ ref }) => ref.fact === 'time' && ref.part === name);
  const hours = part('hour').flatMap(({ operators }) => valueProbes(operators));
  const edges = new Set(hours.flatMap((hour) => (hour instanceof JsonNumber ? [Number(hour.text)] : [])));
  const dates = part('date').flatMap(({ operators }) => valueProbes(operators));
  const days = part('weekday').length > 0 ? 7 : 1;
  const starts = startsOf(zone, WEEK_MS - DAY_MS, days + 2, (now, before) =>
    edges.size === 0 ? now.weekday !== before.weekday : now.hour !== before.hour && edges.has(now.hour),
  );
  const noon = WEEK_MS + DAY_MS / 2;
  const all = [noon, ...bothSides(starts), ...dates.flatMap((date) => dateStarts(zone, date))];
  return [...new Set(all)].sort((left, right) => Number(right === noon) - Number(left === noon) || left - right);
}

/** The first instant on one side of an edge, and the last on the other. */
function bothSides(instants: readonly number[]): readonly number[] {
  return instants.flatMap((timeMs) => [timeMs - 1, timeMs]);
}

function dateStarts(zone: string, date: unknown): readonly number[] {
  const [before] = typeof date === 'string' ? daysAround(date) : [];
  if (before === undefined || typeof date !== 'string') return [];
  const starts = startsOf(zone, Date.parse(`${before}T00:00:00Z`), 3, (now, past) => now.date !== past.date);
  return bothSides(starts.filter((timeMs) => localTime(timeMs, zone)?.date === date));
}

type Edge = (now: LocalTime, before: LocalTime) => boolean;

function startsOf(zone: string, fromMs: number, days: number, isEdge: Edge): readonly number[] {
  const found: number[] = [];
  let before = localTime(fromMs, zone);
  for (let timeMs = fromMs + STEP_MS; timeMs < fromMs + days * DAY_MS; timeMs += STEP_MS) {
    const now = localTime(timeMs, zone);
    if (now !== undefined && before !== undefined && isEdge(now, before)) found.push(timeMs);
    before = now;
  }
  return found;
}

function momentWords(zone: string, timeMs: number): string {
  const local = localTime(timeMs, zone);
  if (local === undefined) return `at ${new Date(timeMs).toISOString()}`;
  const minutes = new Date(timeMs).toISOString().slice(14, 16);
  const shift = minutesOf(zone, timeMs);
  return `on ${local.weekday} ${local.date} at ${String(local.hour).padStart(2, '0')}:${shift ?? minutes} ${zone}`;
}

/** Minutes of the local hour, for zones that lie a part of an hour from UTC. */
function minutesOf(zone: string, timeMs: number): string | undefined {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, minute: '2-digit', numberingSystem: 'latn' });
  return format
    .formatToParts(timeMs)
    .find(({ type }) => type === 'minute')
    ?.value.padStart(2, '0');
}
