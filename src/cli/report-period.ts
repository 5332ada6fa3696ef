/** The period that a person asks for: days and instants, or how long before its end it begins. */
import type { Period } from '../audit/report/index.ts';
import { parseInstantMs } from '../config/instant.ts';
import { CommandError, Exit } from './report.ts';

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads `--since` and `--until`. Throws `CommandError` for what is no time, and for a period that is empty. */
export function periodOf(since: string, until: string | undefined, nowMs: number): Period {
  const untilMs = until === undefined ? nowMs : instantOf('--until', until);
  const before = beforeMs(since);
  const sinceMs = before === null ? instantOf('--since', since) : Math.max(0, untilMs - before);
  if (sinceMs < untilMs) return { sinceMs, untilMs };
  throw new CommandError(
    Exit.usage,
    `the period from \`${since}\` to \`${until ?? 'now'}\` is empty`,
    'it begins before it ends',
  );
}

/** `30d`: how long before the end. */
function beforeMs(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  return count === '' || Number(count) === 0 ? null : Number(count) * (UNITS[unit] ?? 0);
}

/** A day begins at midnight in UTC. */
function instantOf(option: string, text: string): number {
  const instantMs = parseInstantMs(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instantMs !== undefined && instantMs >= 0) return instantMs;
  throw new CommandError(
    Exit.usage,
    `\`${text}\` is no time for ${option}`,
    'for example 2026-11-01, 2026-11-01T08:30:00Z' + (option === '--since' ? ', or 30d' : ''),
  );
}
