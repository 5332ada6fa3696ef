/** What the parts of the command tree share. */
import type { Command } from 'commander';
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

/** How somebody who acts is named and signs. */
export interface Signing {
  readonly as?: string;
  readonly passphraseFd?: string;
  readonly sshKey?: string;
}

/** The options of a command that an operator has to sign once there are operators. `--as` may mean something else there. */
export function signed(command: Command, name: '--as' | '--by' = '--as'): Command {
  return command
    .option(`${name} <operator>`, 'who does this, by signature; needed once there are operators')
    .option('--passphrase-fd <n>', "read the passphrase of the operator's key from a descriptor")
    .option('--ssh-key <file>', "the private half of the operator's SSH key; without it, the agent has it");
}
