/** Owners as every driver keeps them where no column is their own: a JSON text that reads back as the same owner. */
import type { QuotaOwner } from './quota.ts';

export function ownerText({ host, pid, processStart }: QuotaOwner): string {
  return JSON.stringify({ host, pid, processStart });
}

/** Nothing for a text that no driver of ours wrote. */
export function readOwner(text: string): QuotaOwner | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, pid, processStart } = value as Readonly<Record<string, unknown>>;
  if (typeof host !== 'string' || typeof processStart !== 'string') return undefined;
  return typeof pid === 'number' && Number.isSafeInteger(pid) ? { host, pid, processStart } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
