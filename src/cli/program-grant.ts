/** The `grant` commands: who may call, and with which tokens. */
import type { Command } from 'commander';
import { type Common, type End, example, signed, type Signing } from './program-parts.ts';

/** Adds the group to the command tree. */
export function addGrant(program: Command, end: End): void {
  const grant = program.command('grant').description('mint, replace and revoke the tokens that agents present');
  const config = (): { config: string | undefined } => ({ config: program.opts<Common>().config });
  signed(grant.command('issue <name>'))
    .description('mint a token for a grant of the configuration; it is shown this once')
    .option('--expires <date>', 'an ISO date or date-time; never later than the grant itself')
    .option('--json', 'print {grant, token, expires}')
    .addHelpText('after', example('countersign grant issue support-agent --expires 2027-06-30'))
    .action((name: string, options: Common & Signing & { expires?: string }) =>
      end(import('./commands/grant.ts').then((it) => it.issue(name, { ...options, ...config() }))),
    );
  grant
    .command('list')
    .description('list the grants and the state of their tokens')
    .option('--json', 'print an array')
    .addHelpText('after', example('countersign grant list --json'))
    .action((options: Common) => end(import('./commands/grant.ts').then((it) => it.list({ ...options, ...config() }))));
  grant
    .command('show <name>')
    .description('show a grant: its tokens and how often they were used, its policies, and whether it is frozen')
    .option('--json', 'print one object')
    .addHelpText('after', example('countersign grant show support-agent'))
    .action((name: string, options: Common) =>
      end(import('./commands/grant-show.ts').then((it) => it.show(name, { ...options, ...config() }))),
    );
  signed(grant.command('rotate <name>'))
    .description('mint a new token; the older ones of the grant work until the overlap is over')
    .option('--overlap <time>', 'how long they still work; 0s ends them at once', '24h')
    .option('--expires <date>', 'an ISO date or date-time for the new one; never later than the grant itself')
    .option('--json', 'print {grant, token, expires, overlapUntil, retired}')
    .addHelpText('after', example('countersign grant rotate support-agent --overlap 1h'))
    .action((name: string, options: Common & Signing & { overlap: string; expires?: string }) =>
      end(import('./commands/grant-rotate.ts').then((it) => it.rotate(name, { ...options, ...config() }))),
    );
  signed(grant.command('revoke <name>'))
    .description('revoke every token of a grant; running gateways deny its next call')
    .option('--json', 'print {grant, revoked}')
    .addHelpText('after', example('countersign grant revoke support-agent'))
    .action((name: string, options: Common & Signing) =>
      end(import('./commands/grant.ts').then((it) => it.revoke(name, { ...options, ...config() }))),
    );
}
