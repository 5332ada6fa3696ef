/** Results of test cases as a test runner prints them. */
import { relative } from 'node:path';
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import type { CaseResult, Outcome } from './run-cases.ts';

/** The lines of one file's results. */
export function caseLines(file: string, results: readonly CaseResult[]): readonly string[] {
  return [colors.bold(printable(shortened(file))), ...results.flatMap(linesOf)];
}

function linesOf(result: CaseResult): readonly string[] {
  const name = printable(result.name);
  if (result.ok) return [`  ${colors.green('✓')} ${name}`];
  const { file, line, column, expected, actual, message, place } = result;
  const told = message === null ? [] : [`      ${printable(message)}`];
  const decidedAt = place === null ? [] : [`      decided at ${printable(shortened(place))}`];
  return [
    `  ${colors.red('✗')} ${name}`,
    `      ${colors.dim(`${printable(shortened(file))}:${line}:${column}`)}`,
    `      ${colors.green(`- expected  ${printable(words(expected, expected))}`)}`,
    `      ${colors.red(`+ actual    ${printable(words(actual, expected))}`)}`,
    ...told,
    ...decidedAt,
  ];
}

/** The outcome, as far as the case looks at it; the deciding rule always helps. */
function words({ decision, rule, code, limits }: Outcome, looked: Outcome): string {
  const by = rule === null ? '' : ` by ${rule.startsWith('(') ? rule : `\`${rule}\``}`;
  const why = code === null || looked.code === null ? '' : ` (${code})`;
  const counted = looked.limits === null || limits === null ? '' : `, counted by ${list(limits)}`;
  return `${decision}${by}${why}${counted}`;
}

function list(rules: readonly string[]): string {
  return rules.length === 0 ? 'no limit' : rules.map((rule) => `\`${rule}\``).join(', ');
}

/** Paths below the working directory as people type them. */
export function shortened(path: string): string {
  const way = relative(process.cwd(), path);
  return way === '' || way.startsWith('..') ? path : way;
}

/** The last line. */
export function summaryLine(passed: number, failed: number): string {
  const good = `${passed} passed`;
  return failed === 0 ? colors.green(good) : `${good}, ${colors.red(`${failed} failed`)}`;
}
