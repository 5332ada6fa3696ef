/** Times as somebody who reads the log types them. */
import { parseDurationMs, parseExpiryMs, parseInstantMs } from '../config/index.ts';
import { CommandError, Exit } from './report.ts';

const HINT =
  'a day in UTC, `2026-11-22`, an instant with its offset, `2026-11-22T15:00:00Z`, or a span back from now, `30m`, `24h`, `7d`';
const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** What is asked for of the time of a record: both ends belong to it. */
export interface TimeRange {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Reads `--since` and `--until`. A day is asked for from its beginning, or up to its end. Throws `CommandError`. */
export function timeRange(options: { readonly since?: string; readonly until?: string }, nowMs: number): TimeRange {
  const { since, until } = options;
  const sinceMs = since === undefined ? -Infinity : instantOf('--since', since, nowMs, 0);
  const untilMs = until === undefined ? Infinity : instantOf('--until', until, nowMs, DAY_MS - 1);
  if (sinceMs > untilMs)
    throw new CommandError(
      Exit.usage,
      `\`--since ${since ?? ''}\` comes after \`--until ${until ?? ''}\``,
      'no record can be in between',
    );
  return { sinceMs, untilMs };
}

function instantOf(option: string, text: string, nowMs: number, intoDayMs: number): number {
  const backMs = parseDurationMs(text);
  if (backMs !== undefined) return nowMs - backMs;
  if (DATE.test(text)) {
    const endMs = parseExpiryMs(text);
    if (endMs !== undefined) return endMs - DAY_MS + intoDayMs;
  }
  const instantMs = parseInstantMs(text);
  if (instantMs !== undefined) return instantMs;
  throw new CommandError(Exit.usage, `\`${option} ${text}\` is not a time`, `write ${HINT}`);
}
