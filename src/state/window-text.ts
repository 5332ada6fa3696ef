/** Windows as every driver keeps them: a JSON text that reads back as the same window. */
import { type QuotaWindow } from './quota.ts';

export function windowText(window: QuotaWindow): string {
  return JSON.stringify(window);
}

const UNITS = ['minute', 'hour', 'day', 'week', 'month'] as const;

/** Nothing for a text that no driver of ours wrote. */
export function readWindow(text: string): QuotaWindow | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { is, unit, timezone, startMs, endMs, spanMs } = value as Readonly<Record<string, unknown>>;
  if (is === 'rolling') return isInstant(spanMs) ? { is, spanMs } : undefined;
  const known = UNITS.find((one) => one === unit);
  if (is !== 'calendar' || known === undefined || typeof timezone !== 'string') return undefined;
  return isInstant(startMs) && isInstant(endMs) ? { is, unit: known, timezone, startMs, endMs } : undefined;
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
