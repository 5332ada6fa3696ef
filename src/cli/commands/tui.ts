/** `countersign tui`: the approver's screen. */
import { parseMoneyBound } from '../../core/index.ts';
import type { TuiOptions } from '../../tui/index.ts';
import { LiveDesk } from '../approvals/desk.ts';
import { Installation } from '../compose.ts';
import { operatorNamed, type SigningOptions } from '../operators/signer.ts';
import { CommandError, Exit, type ExitCode } from '../report.ts';

export interface TuiCommandOptions extends SigningOptions {
  readonly config: string | undefined;
  readonly as: string;
  readonly unlock: string;
  readonly typeAbove?: readonly string[];
  readonly bell?: boolean;
  readonly mouse: boolean;
}

/** Shows the screen until the person leaves it. */
export async function tui(options: TuiCommandOptions): Promise<ExitCode> {
  const { runTui, TerminalError } = await import('../../tui/index.ts');
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const operator = operatorNamed(await installation.registry(), options.as);
    const isAsked = operator.record.key.type === 'ed25519';
    const screen: TuiOptions = {
      passphrase: isAsked ? unlockOf(options.unlock) : 'never',
      bell: options.bell === true,
      mouse: options.mouse,
      ...(options.typeAbove === undefined ? {} : { typeAbove: boundOf(options.typeAbove) }),
    };
    await runTui(new LiveDesk(installation, options.as, options), screen);
    return Exit.ok;
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    throw new CommandError(Exit.usage, error.message, error.hint, { cause: error });
  } finally {
    await installation.close();
  }
}

function unlockOf(text: string): 'each' | 'once' {
  if (text === 'each' || text === 'once') return text;
  throw new CommandError(Exit.usage, `\`${text}\` behind --unlock is neither \`each\` nor \`once\``);
}

function boundOf(texts: readonly string[]): ReadonlyMap<string, bigint> {
  const bound = new Map<string, bigint>();
  for (const text of texts) {
    const read = parseMoneyBound(text);
    if (!read.ok)
      throw new CommandError(
        Exit.usage,
        `\`${text}\` behind --type-above is no amount: ${read.fault.message}`,
        '--type-above "1000 USD"',
      );
    for (const [currency, minor] of read.value) bound.set(currency, minor);
  }
  return bound;
}
