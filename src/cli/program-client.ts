/** The part of the command tree about MCP clients, and the guided set-up. */
import { type Command, Option } from 'commander';
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
    .option('--json', 'print {client, file, changed, by, dropped, restored}')
    .addHelpText('after', example('countersign client uninstall claude-desktop'))
    .action((name: string, options: Changing) =>
      end(import('./commands/client-uninstall.ts').then((it) => it.uninstall(name, options))),
    );
}
