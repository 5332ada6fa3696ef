/** How long people took: quantiles by nearest rank, so that each is a time that somebody really waited. */
import type { ApprovalTimes } from './value-people.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Spans of the distribution, each up to and without its end. */
const SPANS: readonly { readonly label: string; readonly endMs: number }[] = [
  { label: '< 1 min', endMs: MINUTE_MS },
  { label: '1–5 min', endMs: 5 * MINUTE_MS },
  { label: '5–15 min', endMs: 15 * MINUTE_MS },
  { label: '15–60 min', endMs: HOUR_MS },
  { label: '1–4 h', endMs: 4 * HOUR_MS },
  { label: '4–24 h', endMs: 24 * HOUR_MS },
  { label: '≥ 1 day', endMs: Infinity },
];

/** Sums up durations in milliseconds. */
export function timesOf(durationsMs: readonly number[]): ApprovalTimes {
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const rank = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  const below = (endMs: number): number => sorted.filter((ms) => ms < endMs).length;
  const spans = SPANS.map(({ label, endMs }, index) => ({
    label,
    count: below(endMs) - below(SPANS[index - 1]?.endMs ?? 0),
  }));
  return { measured: sorted.length, medianMs: rank(0.5), p90Ms: rank(0.9), longestMs: rank(1), spans };
}
