/** Lengths of rolling windows, as policies write them. */

const SPANS: readonly (readonly [name: string, ms: number, atLeast: number])[] = [
  ['d', 86_400_000, 2],
  ['h', 3_600_000, 1],
  ['m', 60_000, 1],
  ['s', 1_000, 1],
];

/** `24h`, `7d`. */
export function spanText(spanMs: number): string {
  const fitting = SPANS.find(([, ms, atLeast]) => spanMs % ms === 0 && spanMs / ms >= atLeast);
  return fitting === undefined ? `${spanMs}ms` : `${spanMs / fitting[1]}${fitting[0]}`;
}
