/** `countersign audit tail|verify`. */
import { lookAtFiles, verifyLog, type VerifyReport } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { Exit, type ExitCode, hint, printJson, say } from '../report.ts';
import { interruption } from '../interruption.ts';
import { recordReading } from '../log-reading.ts';
import { Output } from '../output.ts';
import { readRoot } from '../operators/root.ts';
import { countOf, showComing, type Showing, showLast } from '../audit-lines.ts';

interface Options {
  readonly json?: boolean;
}

/** Shows the last records of both streams in the order of time, and follows them if asked to. */
export async function tail(
  options: Options & { readonly follow?: boolean; readonly lines: string },
): Promise<ExitCode> {
  const count = countOf(options.lines);
  const installation = new Installation(process.env);
  try {
    const directory = installation.auditDirectory;
    const showing = {
      ...{ directory, files: lookAtFiles(directory) },
      ...{ json: options.json === true, output: new Output() },
    };
    if (options.follow === true) await follow(installation, showing, count);
    else await recordReading(installation, { does: 'tail', records: await showLast(showing, count) });
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** A reading that goes on is recorded when it begins: one that is killed was a reading too. */
async function follow(installation: Installation, showing: Showing, count: number): Promise<void> {
  const signal = interruption();
  await recordReading(installation, { does: 'tail', records: null, options: ['--follow'] });
  await showLast(showing, count);
  await showComing(showing, signal);
}

/** Checks the whole log. Exit code 1 if a fault was found. */
export async function verify(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env);
  try {
    const { heads, segments } = await installation.local();
    const chain = await verifyLog({ directory: installation.auditDirectory, heads, segments });
    const report = { ...chain, ...(await withSignatures(installation, chain)) };
    if (options.json === true) printJson(report);
    else show(report);
    return report.ok ? Exit.ok : Exit.found;
  } finally {
    await installation.close();
  }
}

/** Signatures are proven by keys, and keys by the trust root: a home without one has nobody who could have signed. */
async function withSignatures(installation: Installation, chain: VerifyReport) {
  if ((await readRoot(installation.home)) === null) return {};
  const { verifySignatures } = await import('../audit-signatures.ts');
  const { signatures, faults } = await verifySignatures(installation.auditDirectory, await installation.registry());
  return { ok: chain.ok && faults.length === 0, signatures, faults: [...chain.faults, ...faults] };
}

/** The report on the chain, with what became of the signatures. */
type Report = Omit<VerifyReport, 'faults'> & {
  readonly signatures?: number;
  readonly faults: readonly Omit<VerifyReport['faults'][number], 'code'>[] & readonly { readonly code: string }[];
};

function show({ ok, records, files, faults, omitted, notes, signatures = 0 }: Report): void {
  for (const { file, line, message, code } of [...notes, ...faults])
    say(`${file}${line === 0 ? '' : `:${line}`}: ${message} (${code})`);
  if (omitted > 0) say(`and ${omitted} more faults`);
  say(
    ok
      ? `the log is whole: ${records} records in ${files} files${signatures === 0 ? '' : `, ${signatures} signatures that fit`}`
      : `the log is not whole: ${faults.length + omitted === 1 ? 'a fault' : `${faults.length + omitted} faults`} in ${records} records of ${files} files`,
  );
  if (!ok) hint('keep the files as they are, and compare them with the copy your SIEM holds');
}
