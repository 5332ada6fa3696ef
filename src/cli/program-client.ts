/** The part of the command tree about MCP clients, and the guided set-up. */
import { Argument, type Command, Option } from 'commander';
import { type Shell, SHELLS } from './completion.ts';
import type { InitOptions } from './init/options.ts';
import { type Common, type End, example, signed, type Signing } from './program-parts.ts';

interface Changing extends Common {
  readonly scope?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Installing extends Changing, Signing {
  readonly name: string;
  readonly grant?: string;
  readonly print?: string;
}

export function addClient(program: Command, end: End): void {
  const client = program.command('client').description('the MCP clients on this machine, and their configuration');
  const scope = (): Option =>
    new Option(
      '--scope <scope>',
      "whose file: the person's everywhere, or the one of the project in the working directory",
    )
      .choices(['user', 'project'])
      .default('user');
  client
    .command('list')
    .description('list the clients, their servers, and which of them go past the gateway or hold keys in plain text')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign client list'))
    .action((options: Common) => end(import('./commands/client-list.ts').then((it) => it.list(options))));
  signed(client.command('install [client]'))
    .description("put the gateway's entry into a client's configuration, with a backup; shows the change first")
    .option('--grant <name>', 'what the client is entitled to (default: the only grant)')
    .option('--name <name>', 'what the entry is called', 'countersign')
    .addOption(scope())
    .option('--print <format>', 'print the entry for any other client, as `json` or `toml`')
    .option('--dry-run', 'show the change, and change nothing')
    .option('--yes', 'change it without asking')
    .option('--json', 'print {client, file, name, grant, changed, backup, restart, diff}')
    .addHelpText(
      'after',
      example(
        'countersign client install claude-desktop',
        'countersign client install cursor --grant support-agent --yes',
        'countersign client install --print toml',
      ),
    )
    .action((name: string | undefined, options: Installing) =>
      end(
        import('./commands/client-install.ts').then((it) =>
          it.install(name, { ...options, config: program.opts<Common>().config }),
        ),
      ),
    );
  client
    .command('uninstall <client>')
    .description("put a client's configuration back as it was before, keys included")
    .addOption(scope())
    .option('--dry-run', 'show the change, and change nothing')
    .option('--yes', 'change it without asking')
    .option('--json', 'print {client, file, changed, by, dropped, restored, kept}')
    .addHelpText('after', example('countersign client uninstall claude-desktop'))
    .action((name: string, options: Changing) =>
      end(import('./commands/client-uninstall.ts').then((it) => it.uninstall(name, options))),
    );
}

/** The guided set-up. */
export function addInit(program: Command, end: End): void {
  signed(program.command('init'))
    .description(
      'move the payment servers of MCP clients behind the gateway, their keys sealed, with a policy that fits their tools',
    )
    .option('--yes', 'ask nothing; what is left out has its default')
    .option('--dry-run', 'show what would move, and change nothing')
    .option('--client <name...>', 'only these clients (default: every one that is here)')
    .option('--server <name...>', 'move these servers too, recognised or not')
    .option('--skip <name...>', 'leave these servers where they are')
    .option('--currency <code>', 'the only currency of the accounts; without it, calls that name none are denied')
    .option('--threshold <amount>', 'the most that needs no signature, in major units', '100')
    .option('--daily <amount>', 'the most a day, out and in each', '1000')
    .option('--operator <name>', 'who signs (default: your name here); the passphrase is asked, or on --passphrase-fd')
    .option('--no-operator', 'make no key: what would be signed is denied')
    .option('--person <name>', 'who holds the key, in full')
    .option('--grant <name>', 'what the grant and its policy are called', 'agent')
    .option('--principal <name>', 'who is accountable for the calls (default: the grant on this machine)')
    .option('--owner <name>', 'the person who is accountable, and so signs nothing of it')
    .option('--name <name>', "what the entry in the clients' files is called", 'countersign')
    .option('--json', 'print {home, moved, policy, grant, operator, clients, backups, keysLeft, findings}')
    .addHelpText(
      'after',
      example(
        'countersign init',
        'countersign init --dry-run',
        'countersign init --yes --currency USD --threshold 100 --no-operator',
        'countersign init --yes --currency EUR --operator ada --passphrase-fd 3 3<passphrase',
      ),
    )
    .action((options: Omit<InitOptions, 'config'>) =>
      end(import('./commands/init.ts').then((it) => it.init({ ...options, config: program.opts<Common>().config }))),
    );
}

/** What a shell completes. */
export function addCompletion(program: Command, end: End): void {
  program
    .command('completion')
    .description('print the script by which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', example('source <(countersign completion bash)', 'countersign completion fish | source'))
    .action((shell: Shell) => end(import('./commands/completion.ts').then((it) => it.completion(program, shell))));
}

/** Words about the commands, and the pages of the package. */
export function addHelp(program: Command, end: End): void {
  program
    .helpCommand(false)
    .command('help')
    .description('list the commands and topics, or show the help of a command or the page of a topic')
    .argument('[words...]', 'a command, such as `policy check`, or a topic, such as `quick-start`')
    .addHelpText('after', example('countersign help', 'countersign help quick-start', 'countersign help policy check'))
    .action((words: string[]) => end(import('./commands/help.ts').then((it) => it.help(program, words))));
}
