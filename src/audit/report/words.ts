/** Figures, times and people in words. */
import type { Fate, Flow } from './money.ts';
import type { ActorRow } from './value-people.ts';

/** A whole number or a decimal text with its digits in threes: `12,345.60`. */
export function grouped(figure: number | string): string {
  const [whole = '', ...fraction] = String(figure).split('.');
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ','), ...fraction].join('.');
}

/** `1 call`, `12 calls`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** An instant to the second: `2026-11-22 12:00:05 UTC`. */
export function instant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A duration in its two largest units: `2 h 5 min`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  const index = UNITS.findIndex(([, size]) => ms >= size);
  if (index === -1) return '< 1 s';
  const [[unit, size] = ['s', 1_000] as const, smaller] = UNITS.slice(index);
  const rest = smaller === undefined ? 0 : Math.floor((ms % size) / smaller[1]);
  const first = `${Math.floor(ms / size)} ${unit}`;
  return smaller === undefined || rest === 0 ? first : `${first} ${rest} ${smaller[0]}`;
}

export const FLOW_WORDS: Readonly<Record<Flow, string>> = {
  out: 'out',
  in: 'in',
  commit: 'committed',
  unclassified: 'unclassified',
};

export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  moved: 'Moved',
  inDoubt: 'In doubt',
  open: 'No outcome',
  failed: 'Failed',
  refused: 'Refused',
};

/** Who acted. The OS user is what the machine says, and nobody has signed it. */
export function actorWords({ by, name, fingerprint }: ActorRow): string {
  if (by === 'operator') return fingerprint === null ? name : `${name} (${fingerprint})`;
  return by === 'os-user' ? `${name} (OS user, not proven)` : `${name} (not proven)`;
}

/** A kind of record as words: `grant_issued` is `grant issued`. */
export function kindWords(kind: string): string {
  return kind.replaceAll('_', ' ');
}
