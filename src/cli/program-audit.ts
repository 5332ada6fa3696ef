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
  addReport(audit, end);
}

/** What `audit report` is called with. */
type Reporting = Common &
  Readonly<Partial<Record<'since' | 'until' | 'format' | 'output', string>>> & { readonly force?: boolean };

function addReport(audit: Command, end: End): void {
  audit
    .command('report')
    .description('sum up a period for an auditor, on one page')
    .option('--since <time>', 'the beginning: a day, an instant, or how long before the end; else 30d')
    .option('--until <time>', 'the end, which is not part of the period; else now')
    .option('--format <format>', 'markdown or html; else as the output file is called, else markdown')
    .option('-o, --output <file>', 'write it into a file that only its owner can read')
    .option('--force', 'replace the output file if it is there')
    .option('--json', 'print the figures')
    .addHelpText(
      'after',
      example(
        'countersign audit report --since 2026-11-01 --until 2026-12-01 --output november.html',
        'countersign audit report --since 7d',
      ),
    )
    .action((options: Reporting) => end(import('./commands/audit-report.ts').then((it) => it.report(options))));
}
