/** The options that say which records are asked for; `audit query` and `audit export` share them. */
import { type Command, Option } from 'commander';
import { FILTER_FIELDS, RECORD_KINDS, type FilterField, type RecordFilter } from '../audit/index.ts';
import { timeRange } from './audit-time.ts';
import { CommandError, Exit } from './report.ts';

/** What was typed. */
export type FilterOptions = Readonly<Partial<Record<FilterField | 'since' | 'until', string>>>;

/** Adds the options to a command. */
export function filtered(command: Command): Command {
  return command
    .option('--grant <name>', 'of this grant')
    .option('--tool <tool>', 'of calls to this tool, `upstream/tool`')
    .addOption(new Option('--decision <decision>', 'of calls that were decided so').choices(['allow', 'deny']))
    .addOption(new Option('--outcome <outcome>', 'of calls that ended so').choices(['ok', 'failed', 'in-doubt']))
    .option('--rule <rule>', 'of calls that this rule decided')
    .option('--kind <kind>', 'of this kind')
    .option('--request <id>', 'of this call: what was decided and how it ended')
    .option('--approval <id>', 'of this request for approval')
    .option('--since <time>', 'not before this time: 2026-11-22, 2026-11-22T15:00:00Z, or 24h back from now')
    .option('--until <time>', 'not after this time');
}

/** What the options ask for. Throws `CommandError`. */
export function filterOf(options: FilterOptions, nowMs: number): RecordFilter {
  const { kind } = options;
  if (kind !== undefined && !RECORD_KINDS.includes(kind))
    throw new CommandError(
      Exit.usage,
      `there is no kind of record \`${kind}\``,
      `the kinds are ${RECORD_KINDS.join(', ')}`,
    );
  const fields = FILTER_FIELDS.flatMap((field) =>
    options[field] === undefined ? [] : [[field, options[field]] as const],
  );
  return { fields: Object.fromEntries(fields), ...timeRange(options, nowMs) };
}

/** The options by name, as a record of the reading has them: what somebody looks for is nobody else's business. */
export function namesOf(options: FilterOptions): readonly string[] {
  return [...FILTER_FIELDS, 'since' as const, 'until' as const]
    .filter((name) => options[name] !== undefined)
    .map((name) => `--${name}`);
}
