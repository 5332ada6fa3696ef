/** `audit query` and `audit export`: finding records, and handing them on. */
import { type Command, Option } from 'commander';
import { filtered } from './audit-filter.ts';
import type { ExportOptions } from './commands/audit-export.ts';
import type { QueryOptions } from './commands/audit-query.ts';
import { type End, example } from './program-parts.ts';

/** Adds `audit query`. */
export function addQuery(audit: Command, end: End): void {
  filtered(audit.command('query'))
    .description('find records, in the order of time')
    .option('--limit <count>', 'no more than so many')
    .option('--reverse', 'the newest first')
    .option('--json', 'print the lines of the log as they are')
    .addHelpText(
      'after',
      example(
        'countersign audit query --decision deny --since 24h',
        'countersign audit query --request 46d13be2-fa7c-4f9d-8f91-dc11ccdf0c2a',
        'countersign audit query --outcome in-doubt --reverse --limit 10 --json | jq .unmapped.countersign',
      ),
    )
    .action((options: QueryOptions) => end(import('./commands/audit-query.ts').then((it) => it.query(options))));
}

/** Adds `audit export`. */
export function addExport(audit: Command, end: End): void {
  filtered(audit.command('export'))
    .description('write records in a format that other programs read; the log stays as it is')
    .addOption(
      new Option('--format <format>', 'the format').choices(['ocsf', 'ecs', 'cef', 'csv']).makeOptionMandatory(),
    )
    .option('-f, --follow', 'go on with what comes, until interrupted')
    .addHelpText(
      'after',
      example(
        'countersign audit export --format csv --since 2026-11-01 --until 2026-11-30 > november.csv',
        'countersign audit export --format ecs --follow | vector --config siem.toml',
      ),
    )
    .action((options: ExportOptions) => end(import('./commands/audit-export.ts').then((it) => it.exportLog(options))));
}
