/** A comparison for people: alike changes together, what is permitted now and was not at the top. */
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { hint, print, say } from '../report.ts';
import type { Change } from './change.ts';
import type { PolicyDiff } from './diff.ts';
import type { Standing } from './standing.ts';

const MAX_EXAMPLES = 5;

/** Prints the changes on stdout, and what it comes to on stderr. */
export function showDiff(diff: PolicyDiff): void {
  for (const group of grouped(diff.changes)) for (const line of groupLines(group, PAINTED)) print(line);
  for (const line of counterLines(diff)) print(line);
  for (const line of summary(diff)) say(line);
  if (diff.cut.length > 0) hint('what was tried covers every value alone and in pairs as far as the bound allows');
}

/** The same in lines without colours. */
export function diffLines(diff: PolicyDiff): readonly string[] {
  const groups = grouped(diff.changes).flatMap((group) => groupLines(group, PLAIN));
  return [...summary(diff), '', ...groups, ...counterLines(diff)];
}

interface Paint {
  readonly heading: (change: Change, text: string) => string;
  readonly faint: (text: string) => string;
}

const PAINTED: Paint = { heading: (change, text) => paint(change)(text), faint: colors.dim };
const PLAIN: Paint = { heading: (_, text) => text, faint: (text) => text };

/** Changes from one standing to another on one tool. */
function grouped(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const name = JSON.stringify([change.tool, change.a, change.b]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [change]);
    else group.push(change);
  }
  return [...groups.values()];
}

function groupLines(group: readonly Change[], { heading, faint }: Paint): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const examples = group
    .slice(0, MAX_EXAMPLES)
    .map(({ call, time }) => `    ${printable(call)}${time === null ? '' : faint(` (${time})`)}`);
  const more = group.length > MAX_EXAMPLES ? [faint(`    and ${group.length - MAX_EXAMPLES} more`)] : [];
  return [
    heading(first, `${first.a.level} -> ${first.b.level}  ${printable(first.tool)}`),
    `  was ${standingWords(first.a)}`,
    `  is  ${standingWords(first.b)}`,
    ...[...examples, ...more, ''],
  ];
}

function standingWords({ level, rule, obligations }: Standing): string {
  return printable([`${level} by rule \`${rule}\``, ...obligations].join(', '));
}

function paint({ direction, a, b }: Change): (text: string) => string {
  if (direction === 'tighter') return colors.green;
  return direction === 'looser' && b.level === 'allow' && a.level !== 'allow' ? colors.red : colors.yellow;
}

function counterLines({ counters }: PolicyDiff): readonly string[] {
  return counters.map(({ rule, change, why }) => printable(`counter of rule \`${rule}\` ${WORDS[change]}: ${why}`));
}

const WORDS = { reset: 'starts again', dropped: 'ends', new: 'is new' } as const;

function summary({ changes, compared, counters, cut, notCompared }: PolicyDiff): readonly string[] {
  const looser = changes.filter(({ direction }) => direction === 'looser').length;
  const permits = looser === 0 ? '' : `, ${looser} of them permitting more`;
  const found =
    changes.length === 0
      ? 'no decision changes'
      : `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}${permits}`;
  return [
    `compared ${compared} calls: ${found}`,
    ...(counters.length > 0 ? [`counters that start, start again or end: ${counters.length}`] : []),
    ...notCompared.map((words) => `not compared: ${words}`),
    ...(cut.length > 0 ? [`not every combination was tried on ${cut.join(', ')}`] : []),
  ];
}
