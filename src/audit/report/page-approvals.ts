/** Requests for approval: what was asked, who said what, and how long it took. */
import { type Block, type Figure, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { Chart } from './chart.ts';
import type { ReportValue } from './value.ts';
import type { ApprovalsPart, ApprovalTimes } from './value-people.ts';
import { counted, duration, grouped } from './words.ts';

/** The section on approvals. */
export function approvalsSection({ approvals }: ReportValue): Section {
  const { unfollowed } = approvals;
  const text = `${counted(unfollowed, 'record')} of approvals could not be followed: there were too many, and they are in none of these figures.`;
  return {
    title: 'Approvals',
    blocks: [
      { is: 'figures', figures: requestFigures(approvals) },
      ...timeBlocks(approvals.times),
      ...operatorTable(approvals),
      ...refusalTable(approvals),
      ...(unfollowed > 0 ? [{ is: 'warning', text } as const] : []),
    ],
  };
}

function requestFigures({
  requested,
  approved,
  rejected,
  endings,
  executed,
  undecided,
}: ApprovalsPart): readonly Figure[] {
  const figures: readonly (readonly [string, number])[] = [
    ['Requested', requested],
    ['Verdicts to approve', approved],
    ['Verdicts to reject', rejected],
    ['Calls executed under an approval', executed],
    ['Requests that were rejected', endings.rejected],
    ['Expired without enough verdicts', endings.expired],
    ['Approved and never called (lapsed)', endings.lapsed],
    ['Voided', endings.void],
    ['Still without a verdict', undecided],
  ];
  return figures.map(([label, count]) => ({ label, value: grouped(count) }));
}

function timeBlocks(times: ApprovalTimes): readonly Block[] {
  if (times.measured === 0) return [{ is: 'text', text: 'No time from a request to its verdict can be told.' }];
  const { measured, medianMs, p90Ms, longestMs } = times;
  const quantiles = `median ${duration(medianMs)}, 90 % within ${duration(p90Ms)}, longest ${duration(longestMs)}`;
  const text = `From a request to its first verdict: ${quantiles} (${counted(measured, 'request')}).`;
  const rows = times.spans.map(({ label, count }) => [label, grouped(count)]);
  return [
    { is: 'text', text },
    { is: 'charts', charts: [timeChart(times, text)] },
    {
      is: 'table',
      caption: 'Time from request to verdict',
      columns: [{ name: 'Time' }, { name: 'Requests', is: 'number' }],
      rows,
    },
  ];
}

function timeChart({ spans }: ApprovalTimes, description: string): Chart {
  const marks = spans.map(({ label, count }) => ({
    label,
    words: `${label}: ${counted(count, 'request')}`,
    values: [BigInt(count)],
  }));
  const series = [{ name: 'requests', tone: 'allowed' as const }];
  return { is: 'bars', title: 'Time from request to verdict', description, series, marks, decimals: 0 };
}

function operatorTable({ operators: { rows, others } }: ApprovalsPart): readonly Block[] {
  const shown = [...rows.slice(0, MOST_ROWS), ...(others === null ? [] : [others])];
  const cells = shown.map(({ operator, fingerprint, approved, rejected, refused }) => [
    ...[operator, fingerprint ?? '–'],
    ...[approved, rejected, refused].map(grouped),
  ]);
  const names = ['Approved', 'Rejected', 'Did not count'].map((name) => ({ name, is: 'number' as const }));
  const columns = [{ name: 'Operator' }, { name: 'Key', is: 'code' as const }, ...names];
  return [
    tableOr('Nobody gave a verdict in this period.', 'Verdicts by operator', columns, cells),
    ...leftOut(rows.length, MOST_ROWS, 'operators'),
  ];
}

function refusalTable({ refusals: { rows, others } }: ApprovalsPart): readonly Block[] {
  const cells = [...rows, ...(others === null ? [] : [others])]
    .slice(0, MOST_ROWS)
    .map(({ code, count }) => [code, grouped(count)]);
  if (cells.length === 0) return [];
  const columns = [{ name: 'Reason' }, { name: 'Verdicts', is: 'number' as const }];
  return [{ is: 'table', caption: 'Verdicts that did not count', columns, rows: cells }];
}
