/** The machine below: its clock. Expiries and windows are as good as it is. */
import { failed, type Finding, passed } from './finding.ts';
import type { Site } from './site.ts';

const FIRST_YEAR = 2025;
const LAST_YEAR = 2100;
/** Less is how clocks of one machine are corrected. */
const STEP_BACK_MS = 300_000;

/** Checks that the clock can be right: in this century, and not before what it was seen at. */
export async function examineClock({ store, nowMs }: Site): Promise<readonly Finding[]> {
  const shown = new Date(nowMs).toISOString();
  const year = new Date(nowMs).getUTCFullYear();
  const fix = 'set the clock, or switch on its synchronisation';
  if (year < FIRST_YEAR || year > LAST_YEAR)
    return [failed('clock', `the clock says ${shown}; expiries and windows of time cannot be right`, fix)];
  const seenMs = Math.max(0, ...((await store?.tokens.list()) ?? []).map(lastSeenMs));
  if (seenMs - nowMs <= STEP_BACK_MS) return [passed('clock', `the clock says ${shown}`)];
  const message = `the clock says ${shown}, and a token was used or issued at ${new Date(seenMs).toISOString()}`;
  return [failed('clock', message, fix)];
}

function lastSeenMs({
  issuedMs,
  lastUsedMs,
}: {
  readonly issuedMs: number;
  readonly lastUsedMs: number | null;
}): number {
  return Math.max(issuedMs, lastUsedMs ?? 0);
}
