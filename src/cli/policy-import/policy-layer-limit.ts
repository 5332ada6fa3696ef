/** A named quota of PolicyLayer. Its shape was published in part: every reading of it is taken, a mixture is refused. */
import { isTimezone } from '../../core/clock.ts';
import { sumWords } from './intercept-state.ts';
import { isMembers, numberIn, strangeKeys, textOf } from './value.ts';
import type { Members } from './value.ts';
import { callsWithin, rateOf, spanWindow } from './windows.ts';
import type { WindowDoc } from './windows.ts';

/** A quota of calls, or why it cannot be kept. */
export type Quota =
  { readonly calls: number; readonly window: WindowDoc; readonly why: string } | { readonly why: string };

const CAPS = ['max', 'limit', 'cap'];
const WINDOWS = ['window', 'per'];
const COUNTS = ['counts', 'count', 'counter', 'unit'];
const SUMS = ['value_of', 'sum', 'argument', 'path', 'increment_from'];
const RATES = ['rate', 'rate_limit'];
const ABOUT = ['name', 'id', 'description', 'on_deny', 'message', 'timezone'];

/** Reads one entry of `limits`. */
export function readQuota(value: unknown): Quota {
  if (!isMembers(value)) return { why: 'a limit is an object' };
  const [strange] = strangeKeys(value, [...CAPS, ...WINDOWS, ...COUNTS, ...SUMS, ...RATES, ...ABOUT]);
  if (strange !== undefined) return { why: `the key \`${textOf(strange)}\` is not known here` };
  const said = saidOf(value);
  if (said === undefined) return { why: 'expected one cap and one window' };
  const sum = SUMS.map((key) => value[key]).find((one) => one !== undefined);
  if (sum !== undefined) return { why: sumWords(sum, textOf(said.window)) };
  const counts = COUNTS.map((key) => value[key]).find((one) => one !== undefined);
  if (counts !== undefined && counts !== 'calls')
    return { why: `it counts \`${textOf(counts)}\`, and only calls can be kept` };
  return quotaOf(said, value['timezone']);
}

interface Said {
  readonly cap: unknown;
  readonly window: unknown;
}

/** The cap and the window, however they are written; nothing if they are missing or written twice. */
function saidOf(value: Members): Said | undefined {
  const [cap, window, rate] = [CAPS, WINDOWS, RATES].map((keys) => keys.filter((key) => value[key] !== undefined));
  const shape = [cap?.length, window?.length, rate?.length].join(' ');
  if (shape === '1 1 0') return { cap: value[cap?.[0] ?? ''], window: value[window?.[0] ?? ''] };
  return shape === '0 0 1' ? rateOf(value[rate?.[0] ?? '']) : undefined;
}

const ROLLING = 'it does not say where its windows begin; a rolling one never admits more than any of the same length';
const CALENDAR = ['minute', 'hour', 'day', 'week', 'month'];

function quotaOf({ cap: written, window }: Said, timezone: unknown): Quota {
  const cap = numberIn(written);
  const span = spanWindow(window);
  if (cap === undefined || cap < 0) return { why: 'its cap is a number from 0' };
  if (span === undefined) return { why: 'its window is `minute`, `hour`, `day`, `week` or `month`' };
  const calls = callsWithin(cap, 1, false);
  if (timezone === undefined) return { calls, window: span, why: ROLLING };
  if (typeof timezone !== 'string' || !isTimezone(timezone)) return { why: 'its time zone is not known here' };
  return { calls, window: { per: CALENDAR.find((unit) => unit === window) ?? span.per, timezone }, why: '' };
}
