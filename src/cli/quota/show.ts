/** Counters and open reservations for people: how full each is, and what waits for an operator. */
import { lengthWords } from '../../gateway/quota-words.ts';
import type { HeldRequest } from '../../state/index.ts';
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import type { QuotaRow } from './rows.ts';
import { bareFigure, figureWords, subjectWords, windowText } from './words.ts';

/** The lines of the counters. `columns` is the terminal's width. */
export function rowLines(rows: readonly QuotaRow[], nowMs: number, columns: number): readonly string[] {
  const cells = Math.min(24, Math.max(8, columns - 64));
  return rows.flatMap((row) => linesOf(row, nowMs, cells));
}

function linesOf(row: QuotaRow, nowMs: number, cells: number): readonly string[] {
  const { policy, rule, unit, window, used, reserved, inDoubt, closed, cap, keyed, counter } = row;
  const of = policy === null ? '' : ` of ${policy}`;
  const digest = keyed && counter !== null ? `  ${counter.slice(0, 12)}` : '';
  const title = `${subjectWords(row)}  ${rule}${of}  ${windowText(window)}${digest}`;
  const apart = [
    ...(reserved === 0 ? [] : [`${figureWords(unit, reserved)} reserved`]),
    ...(inDoubt === 0 ? [] : [colors.yellow(`${figureWords(unit, inDoubt)} in doubt`)]),
  ];
  const figures = `${bareFigure(unit, used)} of ${figureWords(unit, cap)}`;
  return [
    colors.bold(printable(title)),
    `  ${bar(row, cells)}  ${[figures, leftWords(row), ...resetWords(row, nowMs)].join(', ')}`,
    ...(apart.length === 0 ? [] : [`  ${' '.repeat(cells)}  besides ${apart.join(', ')}`]),
    ...(closed === 0 ? [] : [`  ${' '.repeat(cells)}  ${colors.red(closedWords(closed))}`]),
  ];
}

function closedWords(closed: number): string {
  const uses = closed === 1 ? 'a use without an amount' : `${closed} uses without an amount`;
  return `closed by ${uses}: nothing more is admitted until somebody enters it`;
}

function leftWords({ unit, used, reserved, inDoubt, cap }: QuotaRow): string {
  const left = cap - used - reserved - inDoubt;
  if (left < 0) return colors.red(`over the cap by ${bareFigure(unit, -left)}`);
  return left === 0 ? colors.yellow('nothing left') : `${bareFigure(unit, left)} left`;
}

function resetWords({ window, resetsMs }: QuotaRow, nowMs: number): readonly string[] {
  if (resetsMs === null) return [];
  const length = lengthWords(resetsMs - nowMs);
  return [window.is === 'calendar' ? `resets in ${length}` : `the first of it comes back in ${length}`];
}

/** Full where it is used, shaded where it is reserved or in doubt. Anything above nothing shows; only a full counter is full. */
function bar({ used, reserved, inDoubt, cap }: QuotaRow, cells: number): string {
  const total = Math.max(1, cap);
  const upTo = (count: number): number => {
    const share = Math.round((Math.min(count, total) / total) * cells);
    if (count > 0 && share === 0) return 1;
    return count < total ? Math.min(share, cells - 1) : share;
  };
  const full = upTo(used);
  const held = upTo(used + reserved + inDoubt);
  const shaded = Math.max(0, held - full);
  return `${'█'.repeat(full)}${'▒'.repeat(shaded)}${'░'.repeat(cells - full - shaded)}`;
}

/** What waits for an operator, each with the command that settles it. */
export function openLines(requests: readonly HeldRequest[], nowMs: number): readonly string[] {
  const short = shortener(requests);
  const of = (state: HeldRequest['state']): readonly HeldRequest[] => requests.filter((one) => one.state === state);
  const section = (title: string, found: readonly HeldRequest[], settling: (request: HeldRequest) => string) =>
    found.length === 0 ? [] : ['', title, ...found.flatMap((one) => [heldLine(one, nowMs), `    ${settling(one)}`])];
  return [
    ...section('in doubt: nobody knows whether these happened', of('in-doubt'), ({ request }) =>
      printable(`countersign quota resolve ${short(request)} --as ok, or --as failed`),
    ),
    ...section('without an amount: these happened, and nobody has entered for how much', of('unbounded'), (one) =>
      printable(`countersign quota settle ${short(one.request)} --amount "0.00 ${closingCurrency(one)}"`),
    ),
  ];
}

function heldLine({ request, grant, principal, tool, uses, atMs }: HeldRequest, nowMs: number): string {
  const amounts = uses.filter(({ closes, counter }) => !closes && counter.unit !== 'calls');
  const money = [...new Set(amounts.map(({ counter, amount }) => figureWords(counter.unit, amount)))];
  const words = [request, `${grant} (${principal})`, tool, ...money, `${lengthWords(nowMs - atMs)} ago`];
  return printable(`  ${words.join('  ')}`);
}

function closingCurrency({ uses }: HeldRequest): string {
  return uses.find(({ closes }) => closes)?.counter.unit ?? 'USD';
}

const SHORT = 8;

/** The beginning of an id, where no other begins so. */
function shortener(requests: readonly HeldRequest[]): (id: string) => string {
  return (id) => {
    const start = id.slice(0, SHORT);
    return requests.filter(({ request }) => request.startsWith(start)).length === 1 ? start : id;
  };
}
