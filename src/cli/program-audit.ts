/** The `audit` commands: reading the log, and proving it. */
import type { Command } from 'commander';
import { type Common, type End, example } from './program-parts.ts';

/** Adds the group to the command tree. */
export function addAudit(program: Command, end: End): void {
  const audit = program.command('audit').description('read and verify the audit log');
  audit
    .command('tail')
    .description('show the records, one readable line each')
    .option('-f, --follow', 'wait for new records')
    .option('-n, --lines <count>', 'how many of the last records to show first', '20')
    .option('--json', 'print the records as they are')
    .addHelpText(
      'after',
      example('countersign audit tail -f', 'countersign audit tail --json | jq .unmapped.countersign'),
    )
    .action((options: Common & { follow?: boolean; lines: string }) =>
      end(import('./commands/audit.ts').then((it) => it.tail(options))),
    );
  audit
    .command('verify')
    .description('check that no record was edited, inserted, removed or reordered')
    .option('--json', 'print {ok, records, files, faults}')
    .addHelpText('after', example('countersign audit verify || page-security'))
    .action((options: Common) => end(import('./commands/audit.ts').then((it) => it.verify(options))));
  addHash(audit, end);
}

interface HashOptions extends Common {
  readonly tool?: string;
  readonly argument?: string;
  readonly type?: string;
  readonly epoch?: string;
}

function addHash(audit: Command, end: End): void {
  audit
    .command('hash')
    .description('tell whether a value occurred in a call: read from a hidden prompt or from stdin, and never stored')
    .option('--tool <tool>', 'only in calls of this tool, `stripe/create_refund` (default: every tool of the log)')
    .option('--argument <name>', 'only in this argument (default: every argument of the log)')
    .option('--type <type>', 'string, number, object or array (default: a string, and what it is as JSON)')
    .option('--epoch <yyyymm>', 'only under the key of this month (default: every key there is)')
    .option('--json', 'print {tool, argument, hashes, records}')
    .addHelpText(
      'after',
      example(
        'countersign audit hash',
        "printf '%s' pi_3NxAbC | countersign audit hash --tool stripe/create_refund --argument payment_intent --json",
      ),
    )
    .action((options: HashOptions) => end(import('./commands/audit-hash.ts').then((it) => it.hash(options))));
}
