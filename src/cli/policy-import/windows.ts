/** Windows of both formats. */

/** `per` of a limit and the time zone beside it. */
export interface WindowDoc {
  readonly per: string;
  readonly timezone?: string;
}

const CALENDAR: readonly string[] = ['minute', 'hour', 'day'];

/** Intercept counts in calendar minutes, hours and days of UTC. */
export function utcWindow(written: unknown): WindowDoc | undefined {
  return typeof written === 'string' && CALENDAR.includes(written) ? { per: written, timezone: 'UTC' } : undefined;
}

const SPANS: Readonly<Record<string, string>> = {
  minute: 'rolling 1m',
  hour: 'rolling 1h',
  day: 'rolling 24h',
  week: 'rolling 7d',
  month: 'rolling 31d',
};

/** PolicyLayer does not say where its windows begin: a rolling one of the same length never admits more than either. */
export function spanWindow(written: unknown): WindowDoc | undefined {
  const per = typeof written === 'string' && Object.hasOwn(SPANS, written) ? SPANS[written] : undefined;
  return per === undefined ? undefined : { per };
}

/** `N/window`; nothing for any other form. */
export function rateOf(written: unknown): { readonly cap: number; readonly window: string } | undefined {
  const match = typeof written === 'string' ? /^(0|[1-9]\d{0,8})\/([a-z]+)$/.exec(written) : null;
  return match === null ? undefined : { cap: Number(match[1]), window: match[2] ?? '' };
}

/** The most that the loader takes. */
const MAX_CAP = 1_000_000_000;

/** The most whole calls of `step` each that stay within `cap`; with `below`, under it. */
export function callsWithin(cap: number, step: number, below: boolean): number {
  const most = below ? Math.ceil(cap / step) - 1 : Math.floor(cap / step);
  return Math.min(Math.max(most, 0), MAX_CAP);
}
