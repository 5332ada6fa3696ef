/** The command tree. Each command's code is loaded when it runs. */
import { Command, CommanderError } from 'commander';
import type { AddOptions } from './commands/upstream-add.ts';
import { addAudit } from './program-audit.ts';
import { addClient, addCompletion, addHelp, addInit } from './program-client.ts';
import { addGrant } from './program-grant.ts';
import { addActivate, addApprovals, addOperator, addTui } from './program-operator.ts';
import { type Common, type End, example, signed, type Signing } from './program-parts.ts';
import { addGuarded } from './program-guarded.ts';
import { addPolicy } from './program-policy.ts';
import { addFreezes, addQuota } from './program-quota.ts';
import { Exit, type ExitCode, reportError, sayUsage } from './report.ts';
import { VERSION } from './version.ts';

/** Runs one command line; answers the exit code. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let exit: ExitCode = Exit.ok;
  const end: End = async (work) => {
    exit = await work;
  };
  const program = commandTree(end);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    return reportError(error);
  }
}

/** Every command with its options. `end` takes what a command does. */
export function commandTree(end: End): Command {
  const program = new Command('countersign')
    .description(
      'A local MCP gateway that lets AI agents near payment servers safely.\nWith no command it serves MCP on stdio; that is what an MCP client launches.',
    )
    .version(VERSION)
    .option('--config <file>', 'the configuration to use instead of the one in the home')
    .exitOverride()
    .configureOutput({ outputError: sayUsage })
    .showHelpAfterError('  hint: `countersign help` shows the commands and topics')
    .addHelpText('after', example('COUNTERSIGN_TOKEN=csg_… countersign', 'countersign demo'));
  addInit(program, end);
  addClient(program, end);
  addSecret(program, end);
  addGrant(program, end);
  addUpstream(program, end);
  addPolicy(program, end);
  addQuota(program, end);
  addFreezes(program, end);
  addOperator(program, end);
  addApprovals(program, end);
  addActivate(program, end);
  addTui(program, end);
  addAudit(program, end);
  addGuarded(program, end);
  addDoctor(program, end);
  addTrials(program, end);
  addCompletion(program, end);
  addHelp(program, end);
  return program;
}

function addSecret(program: Command, end: End): void {
  const secret = program
    .command('secret')
    .description('seal the credentials that upstreams need; agents never see them');
  const config = (): { config: string | undefined } => ({ config: program.opts<Common>().config });
  signed(secret.command('set <name>'))
    .description('seal a value, read from a hidden prompt or from stdin, never from the command line')
    .option('--for <upstream...>', 'only these upstreams may receive it (default: every upstream that names it)')
    .option('--for-state <url>', 'only the state store at this URL may receive it, as the user in the URL')
    .option('--json', 'print {name, version}')
    .addHelpText(
      'after',
      example(
        'countersign secret set stripe-live',
        'pass show stripe | countersign secret set stripe-live --json',
        'countersign secret set redis --for-state rediss://acme@redis.acme.example:6379/0',
      ),
    )
    .action((name: string, options: Common & Signing & { for?: string[]; forState?: string }) =>
      end(import('./commands/secret.ts').then((it) => it.set(name, { ...options, ...config() }))),
    );
  secret
    .command('list')
    .description('list the sealed secrets; values are not shown')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign secret list'))
    .action((options: Common) => end(import('./commands/secret.ts').then((it) => it.list(options))));
  signed(secret.command('remove <name>'))
    .description('destroy a sealed secret')
    .option('--json', 'print {name, version}')
    .addHelpText('after', example('countersign secret remove stripe-test'))
    .action((name: string, options: Common & Signing) =>
      end(import('./commands/secret.ts').then((it) => it.remove(name, { ...options, ...config() }))),
    );
}

function addUpstream(program: Command, end: End): void {
  const upstream = program.command('upstream').description('the payment servers behind the gateway');
  const config = (): { config: string | undefined } => ({ config: program.opts<Common>().config });
  signed(upstream.command('add <name> [command...]'))
    .description('add an upstream to the configuration, which keeps its comments; nothing is started before a review')
    .option('--url <url>', 'the address of a remote server, in place of a command')
    .option('--env <name=value...>', 'a variable of the command; NAME=secret:SECRET for a sealed one')
    .option('--header <name=value...>', 'a header for the address; NAME=secret:SECRET for a sealed one')
    .option('--provider <name>', 'whose tools these are in the catalogue')
    .option('--prefix <prefix>', 'what stands before the name of each tool')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'print {upstream, file, saved, entry, missingSecrets}')
    .addHelpText(
      'after',
      example(
        'countersign upstream add stripe --env STRIPE_SECRET_KEY=secret:stripe-live --provider stripe -- npx -y @stripe/mcp@0.2.5 --tools=all',
        'countersign upstream add paypal --url https://mcp.paypal.com/mcp --header Authorization=secret:paypal',
      ),
    )
    .action((name: string, command: string[], options: Omit<AddOptions, 'config'>) =>
      end(import('./commands/upstream-add.ts').then((it) => it.add(name, command, { ...options, ...config() }))),
    );
  upstream
    .command('list')
    .description('start every accepted upstream, and list its state and how many of its tools are accepted')
    .option('--verbose', 'list what every tool was classified as, and why not')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign upstream list --verbose'))
    .action((options: Common & { verbose?: boolean }) =>
      end(import('./commands/upstream.ts').then((it) => it.list({ ...options, ...config() }))),
    );
  signed(upstream.command('review <name>'))
    .description(
      'show what of an upstream nobody has accepted yet: how it is started, its secrets, new and changed tools',
    )
    .option('--accept', 'accept it as it is now; until somebody does, agents cannot use it')
    .option('--json', 'print {upstream, new, changed, accepted}')
    .addHelpText('after', example('countersign upstream review stripe', 'countersign upstream review stripe --accept'))
    .action((name: string, options: Common & Signing & { accept?: boolean }) =>
      end(import('./commands/upstream-review.ts').then((it) => it.review(name, { ...options, ...config() }))),
    );
  upstream
    .command('test <name>')
    .description('start one upstream, list and classify its tools, show its stderr, and end it')
    .option('--json', 'print {name, state, tools, lastError, stderr}')
    .addHelpText('after', example('countersign upstream test stripe'))
    .action((name: string, options: Common) =>
      end(import('./commands/upstream.ts').then((it) => it.test(name, { ...options, ...config() }))),
    );
}

function addDoctor(program: Command, end: End): void {
  program
    .command('doctor')
    .description('look at the whole installation: what is wrong, and what to do about it; changes nothing')
    .option('--offline', 'start no upstream; look at what was accepted of it instead')
    .option('--socket <path>', 'where a gateway of another user listens (default: as the clients here say)')
    .option('--verbose', 'list what every tool was classified as, and why not')
    .option('--json', 'print {ok, level, checks}')
    .addHelpText('after', example('countersign doctor', 'countersign doctor --offline --json'))
    .action((options: Common & { offline?: boolean; socket?: string; verbose?: boolean }) =>
      end(
        import('./commands/doctor.ts').then((it) => it.doctor({ ...options, config: program.opts<Common>().config })),
      ),
    );
}

function addTrials(program: Command, end: End): void {
  program
    .command('sandbox')
    .description('a small payment MCP server with an in-memory ledger, to try the gateway on')
    .addHelpText(
      'after',
      example('countersign sandbox', '{ "command": "countersign", "args": ["sandbox"], "provider": "sandbox" }'),
    )
    .action(() => end(import('./commands/sandbox.ts').then((it) => it.sandbox())));
  program
    .command('demo')
    .description('a scripted agent against the sandbox, through the real gateway, on a temporary home')
    .option('--keep', 'leave the temporary home in place and say where it is')
    .option('--interactive', 'approve a refund by hand, on the real screen')
    .addHelpText('after', example('countersign demo', 'countersign demo --interactive'))
    .action((options: { keep?: boolean; interactive?: boolean }) =>
      end(import('./commands/demo.ts').then((it) => it.demo(options))),
    );
}
