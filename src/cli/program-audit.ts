/** The `audit` commands: reading the log, and proving it. */
import type { Command } from 'commander';
import { addExport, addQuery } from './program-audit-query.ts';
import { type Common, type End, example, signed, type Signing } from './program-parts.ts';

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
  addVerify(audit, end);
  addCheckpoint(audit, end);
  addPrune(program, audit, end);
  addReport(audit, end);
  addHash(audit, end);
}

function addVerify(audit: Command, end: End): void {
  audit
    .command('verify')
    .description('check that no record was edited, inserted, removed or reordered')
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere: the log must still hold what it names')
    .option('--key <key>', 'the key that must have signed the log, as `audit checkpoint` showed it')
    .option('--directory <path>', 'a copy of an audit directory, instead of the one in the home')
    .option('--json', 'print {ok, records, files, faults}')
    .addHelpText(
      'after',
      example('countersign audit verify || page-security', 'countersign audit verify --checkpoint monday.note'),
    )
    .action((options: Common & { checkpoint?: string; key?: string; directory?: string }) =>
      end(import('./commands/audit-verify.ts').then((it) => it.verify(options))),
    );
}

function addCheckpoint(audit: Command, end: End): void {
  audit
    .command('checkpoint')
    .description('sign how far the log goes, to be kept where nobody who can write the log can write')
    .option('--json', 'print {checkpoint, key, count, head, segments}')
    .addHelpText('after', example('countersign audit checkpoint > monday.note'))
    .action((options: Common) => end(import('./commands/audit-checkpoint.ts').then((it) => it.checkpoint(options))));
}

function addPrune(program: Command, audit: Command, end: End): void {
  signed(audit.command('prune'))
    .description('delete calls files that are older than `audit.retain`; the admin stream keeps their last hashes')
    .option('--dry-run', 'only say which')
    .option('--json', 'print {retain, dryRun, files}')
    .addHelpText('after', example('countersign audit prune --dry-run'))
    .action((options: Common & Signing & { dryRun?: boolean }) =>
      end(
        import('./commands/audit-checkpoint.ts').then((it) =>
          it.prune({ ...options, config: program.opts<Common>().config }),
        ),
      ),
    );
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
