/** The `audit` commands: reading the log, and proving it. */
import type { Command } from 'commander';
import { addExport, addQuery } from './program-audit-query.ts';
import { type Common, type End, example } from './program-parts.ts';

/** Adds the group to the command tree. */
export function addAudit(program: Command, end: End): void {
  const audit = program.command('audit').description('read, search, export and verify the audit log');
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
  addQuery(audit, end);
  addExport(audit, end);
  audit
    .command('verify')
    .description('check that no record was edited, inserted, removed or reordered')
    .option('--json', 'print {ok, records, files, faults}')
    .addHelpText('after', example('countersign audit verify || page-security'))
    .action((options: Common) => end(import('./commands/audit.ts').then((it) => it.verify(options))));
}
