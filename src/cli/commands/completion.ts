/** `countersign completion`: what a shell reads to complete our commands. */
import type { Command } from 'commander';
import { completionScript, type Shell } from '../completion.ts';
import { Exit, type ExitCode } from '../report.ts';

/** Prints the script of one shell. */
export function completion(program: Command, shell: Shell): ExitCode {
  process.stdout.write(completionScript(program, shell));
  return Exit.ok;
}
