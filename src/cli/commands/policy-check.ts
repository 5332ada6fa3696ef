/** `countersign policy check`: faults of policies, and what is likely not meant. */
import { ConfigError } from '../../config/index.ts';
import { checkConfigured, type Checked, checkFiles } from '../policy/check-files.ts';
import { findingLine, summaryLine } from '../policy/check-lines.ts';
import { openContext } from '../policy/context.ts';
import { Exit, type ExitCode, print, printJson } from '../report.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
  /** Warnings alone do not fail. */
  readonly allowWarnings?: boolean;
}

/**
 * Checks files, or without any every policy of the configuration. Exit code 1 if something was found; a note is not a
 * finding that fails. Throws `CommandError`, `ConfigError` or `HomeError`.
 */
export async function check(files: readonly string[], options: Options): Promise<ExitCode> {
  try {
    return ended(await checked(files, options), options);
  } catch (error) {
    if (!(error instanceof ConfigError) || options.json !== true || error.faults.length === 0) throw error;
    printJson({ ok: false, findings: error.faults });
    return Exit.usage;
  }
}

async function checked(files: readonly string[], { config }: Options): Promise<Checked> {
  if (files.length > 0 && config === undefined) return checkFiles(files, null);
  const context = await openContext(config, { edited: true });
  try {
    return await (files.length > 0 ? checkFiles(files, context) : checkConfigured(context));
  } finally {
    await context.close();
  }
}

function ended(result: Checked, { json, allowWarnings }: Options): ExitCode {
  const { findings } = result;
  const fails = findings.some(
    ({ severity }) => severity === 'error' || (severity === 'warning' && allowWarnings !== true),
  );
  if (json === true) printJson({ ok: !fails, findings });
  else for (const line of [...findings.map(findingLine), summaryLine(result)]) print(line);
  return fails ? Exit.found : Exit.ok;
}
