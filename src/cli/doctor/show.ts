/** The findings on a terminal: one mark and sentence each, what to do on a line of its own. */
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { print } from '../report.ts';
import { counted, type Finding, type Status, type ToolFinding } from './finding.ts';

const MARKS: Readonly<Record<Status, () => string>> = {
  ok: () => colors.green('✓'),
  warn: () => colors.yellow('!'),
  fail: () => colors.red('✗'),
};

/** Prints the findings; with `verbose` each tool of each upstream too. */
export function showFindings(findings: readonly Finding[], verbose: boolean): void {
  for (const { status, message, fix, tools, level } of findings) {
    // The level says what all the rest is worth; what it lacks is no fault.
    const isLevel = level !== undefined;
    print(isLevel ? `level ${colors.bold(printable(message))}` : `${MARKS[status]()} ${printable(message)}`);
    if (isLevel && fix !== null) print(`  ${colors.dim('next:')} ${printable(fix)}`);
    else if (fix !== null) print(`  ${colors.dim('fix:')} ${printable(fix)}`);
    if (verbose && tools !== undefined) for (const line of toolLines(tools)) print(line);
  }
  print(summaryOf(findings));
}

function summaryOf(findings: readonly Finding[]): string {
  const of = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  const [failures, warnings] = [of('fail'), of('warn')];
  if (failures + warnings === 0) return `${counted(findings.length, 'check')}, nothing found`;
  return `${counted(findings.length, 'check')}: ${counted(failures, 'failure')}, ${counted(warnings, 'warning')}`;
}

function toolLines(tools: readonly ToolFinding[]): readonly string[] {
  const width = Math.max(...tools.map(({ tool }) => printable(tool).length));
  return tools.map(({ tool, kinds, why, standing }) => {
    const kept = standing === 'accepted' ? '' : colors.yellow(` (${standing})`);
    const what = why === null ? kinds.join(' ') : `unclassified: ${why}`;
    return `    ${printable(tool).padEnd(width)}  ${printable(what)}${kept}`;
  });
}
