/** A person's yes to a change that was shown. */
import { CommandError, Exit } from '../report.ts';

/** Throws `CommandError` unless somebody says yes. */
export async function confirmed(message: string, yes: boolean, refusal: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new CommandError(
      Exit.usage,
      'nobody is here to confirm the change',
      'add --yes if it is meant, or --dry-run',
    );
  const { confirm } = await import('@clack/prompts');
  const answer = await confirm({ message, initialValue: true, output: process.stderr });
  if (answer !== true) throw new CommandError(Exit.usage, refusal);
}
