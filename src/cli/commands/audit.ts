/** `countersign audit tail|verify`. */
import { verifyLog, type VerifyReport } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { Exit, type ExitCode, hint, printJson, say } from '../report.ts';
import { showRecords } from '../audit-lines.ts';

interface Options {
  readonly json?: boolean;
}

/** Shows the records of both streams in the order of time, and follows them if asked to. */
export async function tail(
  options: Options & { readonly follow?: boolean; readonly lines: string },
): Promise<ExitCode> {
  const installation = new Installation(process.env);
  await showRecords(installation.auditDirectory, options);
  return Exit.ok;
}

/** Checks the whole log. Exit code 1 if a fault was found. */
export async function verify(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env);
  try {
    const { heads, segments } = await installation.local();
    const report = await verifyLog({ directory: installation.auditDirectory, heads, segments });
    if (options.json === true) printJson(report);
    else show(report);
    return report.ok ? Exit.ok : Exit.found;
  } finally {
    await installation.close();
  }
}

function show({ ok, records, files, faults, omitted, notes }: VerifyReport): void {
  for (const { file, line, message, code } of [...notes, ...faults])
    say(`${file}${line === 0 ? '' : `:${line}`}: ${message} (${code})`);
  if (omitted > 0) say(`and ${omitted} more faults`);
  say(
    ok
      ? `the log is whole: ${records} records in ${files} files`
      : `the log is not whole: ${faults.length + omitted === 1 ? 'a fault' : `${faults.length + omitted} faults`} in ${records} records of ${files} files`,
  );
  if (!ok) hint('keep the files as they are, and compare them with the copy your SIEM holds');
}
