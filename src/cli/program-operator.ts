/** The `operator` and `approvals` commands and `tui`: people who sign. */
import type { Command } from 'commander';
import type { ActivateOptions } from './commands/activate.ts';
import type { AnswerOptions } from './commands/approvals.ts';
import type { AddOptions, RevokeOptions } from './commands/operator.ts';
import type { TuiCommandOptions } from './commands/tui.ts';
import { type Common, type ConfigOption, type End, example, signed } from './program-parts.ts';

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Adds the group to the command tree. */
export function addOperator(program: Command, end: End): void {
  const operator = program.command('operator').description('the people who sign, and what each of them may');
  const config: ConfigOption = () => ({ config: program.opts<Common>().config });
  operator
    .command('add <name>')
    .description('register a person with a key; the first one is the trust root and needs the role admin')
    .requiredOption('--person <text>', 'who holds the key; several keys of one person count once')
    .requiredOption('--role <role>', 'admin, policy, approver, viewer, or one of your own; may be repeated', collect)
    .option(
      '--identity <text>',
      'a name that grants know the person by, as principal or owner; may be repeated',
      collect,
    )
    .option('--limit <money>', 'the most the person may approve per call, by currency; may be repeated', collect)
    .option('--ssh-key <file>', 'sign with this SSH key, which may live in an agent or a security key')
    .option('--verify-required', 'the security key has to ask for its PIN or a finger each time')
    .option('--as <operator>', 'the admin who vouches')
    .option('--replace', 'take the place of the operator of that name')
    .option(
      '--passphrase-fd <n>',
      'read the passphrase of the admin (of the first operator: the new one) from a descriptor',
    )
    .option('--new-passphrase-fd <n>', 'read the passphrase of the new key from a descriptor')
    .option('--json', 'print the operator')
    .addHelpText(
      'after',
      example(
        'countersign operator add ada --person "Ada Lovelace" --role admin --role approver --identity ada@acme.example',
        'countersign operator add bo --person "Bo Chen" --role approver --role finance --limit "5000 USD" --as ada',
        'countersign operator add cy --person "Cy Park" --role approver --ssh-key ~/.ssh/id_ed25519_sk.pub --as ada',
      ),
    )
    .action((name: string, options: Omit<AddOptions, 'config'>) =>
      end(import('./commands/operator.ts').then((it) => it.add(name, { ...options, ...config() }))),
    );
  operator
    .command('list')
    .description('list operators, who vouches for each, and records that are not believed')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign operator list'))
    .action((options: Common) =>
      end(import('./commands/operator.ts').then((it) => it.list({ ...options, ...config() }))),
    );
  operator
    .command('revoke <name>')
    .description('believe nothing that a key signs any more; running gateways see it at once')
    .requiredOption('--as <operator>', 'the admin who revokes')
    .option('--since <instant>', 'believe nothing that it signed from this instant of the past on')
    .option('--passphrase-fd <n>', 'read the passphrase of the admin from a descriptor')
    .option('--json', 'print {name, fingerprint, revoked}')
    .addHelpText('after', example('countersign operator revoke bo --as ada'))
    .action((name: string, options: Omit<RevokeOptions, 'config'>) =>
      end(import('./commands/operator.ts').then((it) => it.revoke(name, { ...options, ...config() }))),
    );
  operator
    .command('trust <fingerprint>')
    .description('believe, in this home, the operators that this trust root vouches for')
    .option('--json', 'print {root}')
    .addHelpText('after', example('countersign operator trust SHA256:tQ0Zb4…'))
    .action((root: string, options: Common) =>
      end(import('./commands/operator.ts').then((it) => it.trust(root, { ...options, ...config() }))),
    );
}

/** Adds the group to the command tree. */
export function addApprovals(program: Command, end: End): void {
  const approvals = program.command('approvals').description('calls that wait for a person');
  const config: ConfigOption = () => ({ config: program.opts<Common>().config });
  approvals
    .command('list')
    .description('list the requests that wait, and those that ended within a day')
    .option('--open', 'only those that somebody can still answer')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign approvals list', 'countersign approvals list --open --json'))
    .action((options: Common & { open?: boolean }) =>
      end(import('./commands/approvals.ts').then((it) => it.list({ ...options, ...config() }))),
    );
  approvals
    .command('show <id>')
    .description('show all of a request: what would be executed, and who signed')
    .option('--json', 'print the request')
    .addHelpText('after', example('countersign approvals show ap-k3fa-7qde-m2xz'))
    .action((id: string, options: Common) =>
      end(import('./commands/approvals.ts').then((it) => it.show(id, { ...options, ...config() }))),
    );
  for (const [verdict, description] of [
    ['approve', 'sign that exactly this call may be executed'],
    ['reject', 'sign that it may not; the same call is denied until the request expires'],
  ] as const)
    approvals
      .command(`${verdict} <id>`)
      .description(description)
      .requiredOption('--as <operator>', 'who signs')
      .option('--hash <hash>', 'sign only if this is what is signed')
      .option('--passphrase-fd <n>', 'read the passphrase from a descriptor')
      .option('--ssh-key <file>', 'the private half of an SSH key; without it, the agent has it')
      .option('--json', 'print {id, verdict, operator, state}')
      .addHelpText('after', example(`countersign approvals ${verdict} ap-k3fa-7qde-m2xz --as ada`))
      .action((id: string, options: Omit<AnswerOptions, 'config'>) =>
        end(import('./commands/approvals.ts').then((it) => it.answer(id, verdict, { ...options, ...config() }))),
      );
}

/** Adds the signing of configurations to the command tree. */
export function addActivate(program: Command, end: End): void {
  const command = program
    .command('activate')
    .description('show what the edited configuration changes, and sign it into force; needs `trust.root`')
    .option('--dry-run', 'only show what changes')
    .option('--json', 'print {inForce, missing, values, policies}');
  signed(command)
    .addHelpText('after', example('countersign activate --dry-run', 'countersign activate --as ada'))
    .action((options: Omit<ActivateOptions, 'config'>) =>
      end(
        import('./commands/activate.ts').then((it) =>
          it.activate({ ...options, config: program.opts<Common>().config }),
        ),
      ),
    );
}

/** Adds the screen to the command tree. */
export function addTui(program: Command, end: End): void {
  program
    .command('tui')
    .description('the approver’s screen: what waits, in full, and how much is left')
    .requiredOption('--as <operator>', 'who signs')
    .option('--unlock <when>', 'ask for the passphrase `each` time or `once` for the session', 'each')
    .option(
      '--type-above <money>',
      'an amount above this has to be typed before it is approved; may be repeated',
      collect,
    )
    .option('--ssh-key <file>', 'the private half of an SSH key; without it, the agent has it')
    .option('--bell', 'sound when a request comes')
    .option('--no-mouse', 'leave the mouse to the terminal')
    .addHelpText(
      'after',
      example('countersign tui --as ada', 'countersign tui --as ada --unlock once --type-above "1000 USD"'),
    )
    .action((options: Omit<TuiCommandOptions, 'config'>) =>
      end(import('./commands/tui.ts').then((it) => it.tui({ ...options, config: program.opts<Common>().config }))),
    );
}
