/** Counters in words: amounts, windows, and who is counted. */
import { formatMoney } from '../../core/index.ts';
import { spanText } from '../../gateway/index.ts';
import type { QuotaCounter, QuotaWindow } from '../../state/index.ts';

/** A figure of a counter with its unit: `480.00 USD`, `12 calls`. */
export function figureWords(unit: string, count: number): string {
  if (unit === 'calls') return `${count} ${count === 1 ? 'call' : 'calls'}`;
  return formatMoney({ currency: unit, minor: BigInt(count) });
}

/** The same without its unit: `480.00`, `12`. */
export function bareFigure(unit: string, count: number): string {
  return unit === 'calls' ? String(count) : figureWords(unit, count).replace(/ [A-Z]{3}$/, '');
}

/** For scripts: calls are a number, money is an exact decimal text in major units. */
export function figureJson(unit: string, count: number): number | string {
  return unit === 'calls' ? count : bareFigure(unit, count);
}

/** `day 2026-11-27 UTC`, `minute 10:14 UTC`, `rolling 24h`. */
export function windowText(window: QuotaWindow): string {
  if (window.is === 'rolling') return `rolling ${spanText(window.spanMs)}`;
  return `${window.unit} ${startText(window)} ${window.timezone}`;
}

/** When the window began, by the clock on the wall of its own time zone. */
function startText({ unit, timezone, startMs }: Extract<QuotaWindow, { readonly is: 'calendar' }>): string {
  const wall = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: timezone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' },
  }).format(startMs);
  const [date = '', time = ''] = wall.split(' ');
  if (unit === 'minute' || unit === 'hour') return time;
  return unit === 'month' ? date.slice(0, 7) : date;
}

/** Whose uses are counted together. */
export function subjectWords({ scope, subject }: Pick<QuotaCounter, 'scope' | 'subject'>): string {
  if (scope === 'grant') return subject;
  return scope === 'global' ? 'all grants' : `${scope} ${subject}`;
}
