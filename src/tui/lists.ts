/** The lists beside the queue: which columns they have, and what stands in them. */
import { formatMoney } from '../core/money.ts';
import { clockTime, span } from './instants.ts';
import type { FeedLine, GrantLine, QuotaLine, Snapshot, UpstreamLine } from './port.ts';
import { safeStart } from './safe-text.ts';
import { nowMs } from './state.ts';
import type { Model, Pane } from './state.ts';

export interface Column {
  readonly heading: string;
  /** Of the cells that the fixed columns leave, in parts; or fixed cells. */
  readonly width: { readonly parts: number } | { readonly cells: number };
  readonly align: 'left' | 'right';
}

/** One line: a safe text for every column. */
export interface ListLine {
  readonly cells: readonly string[];
  readonly tone: 'plain' | 'good' | 'bad' | 'faint';
}

export type ListPane = Exclude<Pane, 'queue'>;

const left = (heading: string, parts: number): Column => ({ heading, width: { parts }, align: 'left' });
const right = (heading: string, parts: number): Column => ({ heading, width: { parts }, align: 'right' });
const fixed = (heading: string, cells: number, align: Column['align'] = 'left'): Column => ({
  heading,
  width: { cells },
  align,
});

const BAR_CELLS = 8;

export const COLUMNS: Readonly<Record<ListPane, readonly Column[]>> = {
  feed: [fixed('TIME', 13), fixed('WHAT', 20), fixed('VERDICT', 9), left('GRANT', 2), left('TOOL', 3), left('RULE', 2)],
  upstreams: [left('SERVER', 2), left('STATE', 2), fixed('TOOLS', 6, 'right'), left('LAST ERROR', 5)],
  quotas: [
    left('GRANT', 3),
    left('RULE', 3),
    left('WINDOW', 2),
    fixed('UNIT', 6),
    right('USED', 3),
    right('HELD', 2),
    right('CAP', 3),
    right('LEFT', 3),
    fixed('', BAR_CELLS + 1),
    fixed('RESETS', 9, 'right'),
  ],
  grants: [left('GRANT', 3), left('STATE', 3), left('LAST USED', 4), left('FROZEN', 2)],
};

/** The lines of the list on the screen that its filter lets through. */
export function listLines(model: Model): readonly ListLine[] {
  const { pane, snapshot, filters } = model;
  if (snapshot === null || pane === 'queue') return [];
  const filter = filters[pane].toLowerCase();
  const lines = LINES[pane](snapshot, nowMs(model));
  return lines.filter(({ cells }) => cells.some((cell) => cell.toLowerCase().includes(filter)));
}

const LINES: Readonly<Record<ListPane, (snapshot: Snapshot, now: number) => readonly ListLine[]>> = {
  feed: ({ feed }, now) => feed.map((line) => feedLine(line, now)).reverse(),
  upstreams: ({ upstreams }) => upstreams.map(upstreamLine),
  quotas: ({ quotas }, now) => quotas.map((line) => quotaLine(line, now)),
  grants: ({ grants }, now) => grants.map((line) => grantLine(line, now)),
};

const safe = (text: string): string => safeStart(text).text;

function feedLine({ atMs, kind, verdict, grant, tool, rule }: FeedLine, now: number): ListLine {
  const tone = /^(?:deny|reject|failed|in-doubt)/.test(verdict) ? 'bad' : 'plain';
  return { cells: [clockTime(atMs, now), ...[kind, verdict, grant, tool, rule ?? ''].map(safe)], tone };
}

function upstreamLine({ name, state, tools, lastError }: UpstreamLine): ListLine {
  return {
    cells: [safe(name), safe(state), String(tools), safe(lastError ?? '')],
    tone: lastError === null ? 'plain' : 'bad',
  };
}

function quotaLine(line: QuotaLine, now: number): ListLine {
  const { grant, rule, window, unit, used, reserved, inDoubt, cap, resetsMs } = line;
  const held = reserved + inDoubt;
  const left = cap > used + held ? cap - used - held : 0n;
  const figures = [used, held, cap, left].map((count) => figure(count, unit));
  const resets = resetsMs === null ? '' : span(resetsMs - now);
  const cells = [...[grant, rule, window, unit].map(safe), ...figures.map(safe), bar(used, held, cap), resets];
  return { cells, tone: left === 0n ? 'bad' : 'plain' };
}

function figure(count: bigint, unit: string): string {
  if (unit === 'calls') return String(count);
  return formatMoney({ currency: unit, minor: count }).split(' ')[0] ?? '';
}

/** Full only when nothing is left. What is held may come back. */
function bar(used: bigint, held: bigint, cap: bigint): string {
  const cells = (count: bigint): number =>
    cap <= 0n || count >= cap ? BAR_CELLS : Number((count * BigInt(BAR_CELLS)) / cap);
  const [solid, taken] = [cells(used), cells(used + held)];
  return `${'█'.repeat(solid)}${'▒'.repeat(taken - solid)}${'░'.repeat(BAR_CELLS - taken)}`;
}

function grantLine({ grant, state, lastUsedMs, frozen }: GrantLine, now: number): ListLine {
  const used = lastUsedMs === null ? 'never' : clockTime(lastUsedMs, now);
  const words = { all: 'all calls', money: 'money only' } as const;
  return {
    cells: [safe(grant), safe(state), used, frozen === null ? '' : words[frozen]],
    tone: frozen === null ? 'plain' : 'bad',
  };
}
