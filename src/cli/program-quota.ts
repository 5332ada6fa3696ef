/** The `quota` commands, `freeze` and `unfreeze`: what an operator does while agents run. */
import type { Command } from 'commander';
import { type Common, type ConfigOption, type End, example, signed, type Signing } from './program-parts.ts';

/** Adds the group to the command tree. */
export function addQuota(program: Command, end: End): void {
  const quota = program.command('quota').description('what limits stand at, and what only an operator can put right');
  const config: ConfigOption = () => ({ config: program.opts<Common>().config });
  addList(quota, end, config);
  addReset(quota, end, config);
  signed(quota.command('resolve <request>'), '--by')
    .description('say whether a request in doubt happened; never by the principal that it was made for')
    .requiredOption('--as <outcome>', '`ok`: it happened, and counts; `failed`: it did not, and is given back')
    .option('--json', 'print {request, grant, as}')
    .addHelpText('after', example('countersign quota resolve 3f2a91c0 --as failed'))
    .action((request: string, { as: outcome, by, ...options }: Common & Signing & { as: string; by?: string }) =>
      end(
        import('./commands/quota-settle.ts').then((it) =>
          it.resolve(request, { ...options, ...config(), outcome, ...(by === undefined ? {} : { as: by }) }),
        ),
      ),
    );
  signed(quota.command('settle <request>'))
    .description('enter the amount of a request that happened without one; its window opens again')
    .requiredOption('--amount <money>', 'an amount and its currency')
    .option('--json', 'print {request, grant, amount}')
    .addHelpText('after', example('countersign quota settle 3f2a91c0 --amount "12.34 USD"'))
    .action((request: string, options: Common & Signing & { amount: string }) =>
      end(import('./commands/quota-settle.ts').then((it) => it.settle(request, { ...options, ...config() }))),
    );
}

function addList(quota: Command, end: End, config: ConfigOption): void {
  quota
    .command('list')
    .description('list what every limit stands at, and the requests that wait for an operator')
    .option('--grant <name>', 'only what counts the calls of this grant')
    .option('--all', 'also the counters of single values, which rules with a `key` have')
    .option('--json', 'print an array')
    .addHelpText(
      'after',
      example('countersign quota list', 'countersign quota list --grant support-agent --all --json'),
    )
    .action((options: Common & { grant?: string; all?: boolean }) =>
      end(import('./commands/quota.ts').then((it) => it.list({ ...options, ...config() }))),
    );
}

function addReset(quota: Command, end: End, config: ConfigOption): void {
  signed(quota.command('reset [counter]'))
    .description('forget what a limit has used; what is reserved or in doubt still counts')
    .option('--grant <name>', 'the grant whose limit is meant')
    .option('--rule <id>', 'the rule that counts')
    .option('--unit <unit>', '`calls` or a currency, where the rule counts several')
    .option('--yes', 'do not ask')
    .option('--json', 'print {reset}')
    .addHelpText(
      'after',
      example(
        'countersign quota reset --grant support-agent --rule daily-refunds --unit USD',
        'countersign quota reset 0a1b2c3d4e5f --yes',
      ),
    )
    .action(
      (
        counter: string | undefined,
        options: Common & Signing & { grant?: string; rule?: string; unit?: string; yes?: boolean },
      ) => end(import('./commands/quota-reset.ts').then((it) => it.reset(counter, { ...options, ...config() }))),
    );
}

/** Adds both commands to the tree. */
export function addFreezes(program: Command, end: End): void {
  const config: ConfigOption = () => ({ config: program.opts<Common>().config });
  signed(program.command('freeze'))
    .description('stop the calls of every grant at once, or of one; running gateways deny from the next call on')
    .option('--grant <name>', 'only this grant')
    .option('--money', 'only calls that may move money, unclassified ones among them')
    .option('--json', 'print {grant, scope, frozen, standing}')
    .addHelpText('after', example('countersign freeze', 'countersign freeze --grant support-agent --money'))
    .action((options: Common & Signing & { grant?: string; money?: boolean }) =>
      end(import('./commands/freeze.ts').then((it) => it.freeze({ ...options, ...config() }))),
    );
  signed(program.command('unfreeze'))
    .description('lift the freezes that are on every grant, or those of one; the others stay, and are shown')
    .option('--grant <name>', 'those of this grant')
    .option('--json', 'print {grant, lifted, standing}')
    .addHelpText('after', example('countersign unfreeze', 'countersign unfreeze --grant support-agent'))
    .action((options: Common & Signing & { grant?: string }) =>
      end(import('./commands/freeze.ts').then((it) => it.unfreeze({ ...options, ...config() }))),
    );
}
