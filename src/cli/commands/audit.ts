/** `countersign audit tail`. */
import { Installation } from '../compose.ts';
import { Exit, type ExitCode } from '../report.ts';
import { recordReading } from '../log-reading.ts';
import { showRecords } from '../audit-lines.ts';

interface Options {
  readonly json?: boolean;
}

/** Shows the records of both streams in the order of time, and follows them if asked to. */
export async function tail(
  options: Options & { readonly follow?: boolean; readonly lines: string },
): Promise<ExitCode> {
  const installation = new Installation(process.env);
  try {
    const follow = options.follow === true;
    const shown = await showRecords(installation.auditDirectory, options);
    await recordReading(installation, { does: 'tail', records: shown, options: follow ? ['--follow'] : [] });
    return Exit.ok;
  } finally {
    await installation.close();
  }
}
