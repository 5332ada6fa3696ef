/** `countersign policy test`: runs files of cases. Needs no home, no server and no token. */
import { faultLine } from '../../config/fault.ts';
import { resolve } from 'node:path';
import { openCases } from '../policy/case-file.ts';
import { caseLines, summaryLine } from '../policy/case-lines.ts';
import { type CaseResult, runCases } from '../policy/run-cases.ts';
import type { Fault } from '../../config/fault.ts';
import { Exit, type ExitCode, print, printJson, say } from '../report.ts';

interface Options {
  readonly json?: boolean;
}

/** Runs the files in order. Exit code 1 if a case failed, 2 if a file or a policy it names has a fault. */
export async function test(files: readonly string[], options: Options): Promise<ExitCode> {
  const results: CaseResult[] = [];
  const faults: Fault[] = [];
  for (const file of files.map((name) => resolve(name))) {
    const opened = await openCases(file);
    const found = opened.ok ? await runCases(opened.book) : [];
    results.push(...found);
    if (!opened.ok) faults.push(...opened.faults);
    if (options.json !== true && opened.ok) for (const line of caseLines(file, found)) print(line);
    if (options.json !== true && !opened.ok) for (const fault of opened.faults) say(faultLine(fault));
  }
  return ended(results, faults, options.json === true);
}

function ended(cases: readonly CaseResult[], findings: readonly Fault[], json: boolean): ExitCode {
  const passed = cases.filter(({ ok }) => ok).length;
  const failed = cases.length - passed;
  const ok = failed === 0 && findings.length === 0;
  if (json) printJson({ ok, passed, failed, cases, ...(findings.length > 0 && { findings }) });
  else print(`\n${summaryLine(passed, failed)}`);
  if (findings.length > 0) return Exit.usage;
  return ok ? Exit.ok : Exit.found;
}
