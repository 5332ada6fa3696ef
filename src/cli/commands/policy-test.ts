/** `countersign policy test`. */
import { CommandError, Exit, type ExitCode } from '../report.ts';

/** Not ready for use. */
export function test(
  _files: readonly string[],
  _options: { readonly config: string | undefined; readonly json?: boolean },
): Promise<ExitCode> {
  return Promise.reject(new CommandError(Exit.unavailable, 'this command is not part of this build'));
}
