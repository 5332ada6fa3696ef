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
  for (const group of grouped(diff.changes)) showGroup(group);
  showCounters(diff);
  summarise(diff);
}

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

function showGroup(group: readonly Change[]): void {
  const [first] = group;
  if (first === undefined) return;
  const heading = `${first.a.level} -> ${first.b.level}  ${printable(first.tool)}`;
  print(paint(first)(heading));
  print(`  was ${standingWords(first.a)}`);
  print(`  is  ${standingWords(first.b)}`);
  for (const { call, time } of group.slice(0, MAX_EXAMPLES)) {
    print(`    ${printable(call)}${time === null ? '' : colors.dim(` (${time})`)}`);
  }
  if (group.length > MAX_EXAMPLES) print(colors.dim(`    and ${group.length - MAX_EXAMPLES} more`));
  print('');
}

function standingWords({ level, rule, obligations }: Standing): string {
  return printable([`${level} by rule \`${rule}\``, ...obligations].join(', '));
}

function paint({ direction, a, b }: Change): (text: string) => string {
  if (direction === 'tighter') return colors.green;
  return direction === 'looser' && b.level === 'allow' && a.level !== 'allow' ? colors.red : colors.yellow;
}

function showCounters({ counters }: PolicyDiff): void {
  for (const { rule, change, why } of counters)
    print(printable(`counter of rule \`${rule}\` ${WORDS[change]}: ${why}`));
}

const WORDS = { reset: 'starts again', dropped: 'ends', new: 'is new' } as const;

function summarise({ changes, compared, counters, cut, notCompared }: PolicyDiff): void {
  const denied = changes.filter(({ direction }) => direction === 'looser').length;
  const permits = denied === 0 ? '' : `, ${denied} of them permitting more`;
  say(
    `compared ${compared} calls: ${changes.length === 0 ? 'no decision changes' : `${changes.length} change${permits}`}`,
  );
  if (counters.length > 0) say(`counters that start, start again or end: ${counters.length}`);
  for (const words of notCompared) say(`not compared: ${words}`);
  if (cut.length === 0) return;
  say(`not every combination was tried on ${cut.join(', ')}`);
  hint('what was tried covers every value alone and in pairs as far as the bound allows');
}
