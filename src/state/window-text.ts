/** Windows as every driver keeps them: a JSON text that reads back as the same window. */
import { type QuotaWindow } from './quota.ts';

export function windowText(window: QuotaWindow): string {
  return JSON.stringify(window);
}

const UNITS = ['minute', 'hour', 'day', 'week', 'month'] as const;

/** Nothing for a text that no driver of ours wrote. */
export function readWindow(text: string): QuotaWindow | undefined {
  const value = parsed(text);
  return isWindow(value) ? windowOf(value) : undefined;
}

/** True for what was a window before it became text. */
export function isWindow(value: unknown): value is QuotaWindow {
  if (typeof value !== 'object' || value === null) return false;
  const { is, unit, timezone, startMs, endMs, spanMs } = value as Readonly<Record<string, unknown>>;
  if (is === 'rolling') return isInstant(spanMs);
  if (is !== 'calendar' || typeof timezone !== 'string' || !UNITS.some((one) => one === unit)) return false;
  return isInstant(startMs) && isInstant(endMs);
}

/** Without members that are not ours. */
function windowOf(window: QuotaWindow): QuotaWindow {
  if (window.is === 'rolling') return { is: window.is, spanMs: window.spanMs };
  const { is, unit, timezone, startMs, endMs } = window;
  return { is, unit, timezone, startMs, endMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
