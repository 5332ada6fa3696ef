/** What the parts of the command tree share. */
import type { ExitCode } from './report.ts';

/** Options that every command that reads the configuration takes. */
export interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

/** Waits for a command's work and keeps what the process shall end with. */
export type End = (work: Promise<ExitCode>) => Promise<void>;

/** What `--config` said. */
export type ConfigOption = () => { config: string | undefined };

/** The part of a help text that shows how a command is typed. */
export function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
