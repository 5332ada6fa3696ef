/** `countersign sandbox`: a payment server to try things on. */
import { runSandbox } from '../../sandbox/index.ts';
import { Exit, type ExitCode } from '../report.ts';

/** Serves MCP on stdio until stdin ends. */
export async function sandbox(): Promise<ExitCode> {
  await runSandbox();
  return Exit.ok;
}
