/** Charts as data: whole numbers and words, before anything is drawn. */
import type { Period } from './gather.ts';

/** How a series is coloured. */
export type Tone = 'allowed' | 'denied' | 'doubt';

export interface Series {
  readonly name: string;
  readonly tone: Tone;
}

/** One column or bar: what stands below it, and what it is in words. */
export interface Mark {
  readonly label: string;
  readonly words: string;
  /** One for each series, none below zero. */
  readonly values: readonly bigint[];
}

export interface Chart {
  /** `columns`: over time, stacked; `bars`: one below the other, each with its label. */
  readonly is: 'columns' | 'bars';
  readonly title: string;
  readonly description: string;
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  /** Decimals of the values: 2 where they are cents. */
  readonly decimals: number;
}

const DAY_MS = 86_400_000;
/** Columns that a phone still shows apart. */
const MOST_COLUMNS = 100;

/** A run of whole days (UTC) that one column stands for. */
export interface Span {
  /** `2026-11-22`. */
  readonly first: string;
  readonly last: string;
}

/** The days of a period in as many spans as can be drawn: by day, by week, or longer. */
export function spansOf({ sinceMs, untilMs }: Period): readonly Span[] {
  const firstDay = Math.floor(sinceMs / DAY_MS);
  const days = Math.ceil(untilMs / DAY_MS) - firstDay;
  const length = days <= MOST_COLUMNS ? 1 : Math.max(7, Math.ceil(days / MOST_COLUMNS));
  const spans: Span[] = [];
  for (let from = 0; from < days; from += length)
    spans.push({ first: dayText(firstDay + from), last: dayText(firstDay + Math.min(from + length, days) - 1) });
  return spans;
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day below a column: `22 Nov`. */
export function dayLabel(day: string): string {
  return `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''}`;
}

/** A span in words: a day, or from when to when. */
export function spanWords({ first, last }: Span): string {
  return first === last ? first : `${first} to ${last}`;
}
