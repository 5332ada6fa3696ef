/** `countersign audit tail`. */
import { lookAtFiles } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { Exit, type ExitCode } from '../report.ts';
import { interruption } from '../interruption.ts';
import { recordReading } from '../log-reading.ts';
import { Output } from '../output.ts';
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
