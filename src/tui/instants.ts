/** Instants and spans in words. All clock times are UTC, so that two persons on two machines read the same. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The last instant that ECMAScript can write. */
const LAST_MS = 8.64e15;

/** `14:05:10 UTC`, with its date unless that is the date of `nowMs`. */
export function clockTime(atMs: number, nowMs: number): string {
  if (!isInstant(atMs)) return 'an unknown time';
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  const isToday = isInstant(nowMs) && date === new Date(nowMs).toISOString().slice(0, date.length);
  return `${isToday ? '' : `${date} `}${time.slice(0, 8)} UTC`;
}

function isInstant(ms: number): boolean {
  return Math.abs(ms) <= LAST_MS; // false for NaN
}

/** Two units, rounded down: `12m 04s`, `3h 10m`, `2d 05h`. */
export function span(ms: number): string {
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d ${two(Math.floor((ms % DAY) / HOUR))}h`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h ${two(Math.floor((ms % HOUR) / MINUTE))}m`;
  if (ms >= MINUTE) return `${Math.floor(ms / MINUTE)}m ${two(Math.floor((ms % MINUTE) / SECOND))}s`;
  return ms > 0 ? `${Math.floor(ms / SECOND)}s` : '0s';
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}

/** One unit, rounded down: `4s`, `12m`, `3h`, `2d`. */
export function ago(ms: number): string {
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h`;
  if (ms >= MINUTE) return `${Math.floor(ms / MINUTE)}m`;
  return ms > 0 ? `${Math.floor(ms / SECOND)}s` : '0s';
}
