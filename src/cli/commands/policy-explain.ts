/** `countersign policy explain`. */
import { CommandError, Exit, type ExitCode } from '../report.ts';

/** Not ready for use. */
export function explain(_options: {
  readonly grant: string;
  readonly call: string;
  readonly config: string | undefined;
  readonly json?: boolean;
}): Promise<ExitCode> {
  return Promise.reject(new CommandError(Exit.unavailable, 'this command is not part of this build'));
}
