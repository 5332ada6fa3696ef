/** `countersign audit query`. */
import { asRecord, findRecords, type LogFile, lookAtFiles } from '../../audit/index.ts';
import { Damage } from '../audit-damage.ts';
import { filterOf, namesOf, type FilterOptions } from '../audit-filter.ts';
import { lineOf } from '../audit-lines.ts';
import { Installation } from '../compose.ts';
import { recordReading } from '../log-reading.ts';
import { Output } from '../output.ts';
import { CommandError, Exit, type ExitCode, say } from '../report.ts';

export type QueryOptions = FilterOptions & {
  readonly limit?: string;
  readonly reverse?: boolean;
  readonly json?: boolean;
};

/** Prints the records that are asked for, in the order of time. */
export async function query(options: QueryOptions): Promise<ExitCode> {
  const filter = filterOf(options, Date.now());
  const limit = limitOf(options.limit);
  const installation = new Installation(process.env);
  try {
    const directory = installation.auditDirectory;
    const files = lookAtFiles(directory);
    const damage = new Damage(directory);
    const records = await show({ directory, files, filter, limit, damage, options });
    await recordReading(installation, { does: 'query', records, options: optionsOf(options) });
    tellTorn(files, damage);
    await damage.tell();
    if (records === 0) say('no record matches');
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

interface Showing {
  readonly directory: string;
  readonly files: readonly LogFile[];
  readonly filter: ReturnType<typeof filterOf>;
  readonly limit: number;
  readonly damage: Damage;
  readonly options: QueryOptions;
}

/** Answers how many were printed. */
async function show({ directory, files, filter, limit, damage, options }: Showing): Promise<number> {
  const output = new Output();
  let records = 0;
  const search = { directory, files, filter, newestFirst: options.reverse === true, onDamaged: damage.unreadable };
  for await (const line of findRecords(search)) {
    await output.line(options.json === true ? line.bytes : lineOf(await asRecord(directory, line)));
    records += 1;
    if (records === limit || output.closed()) break;
  }
  await output.flush();
  return records;
}

/** What a crash left behind the last line of a file: nobody can tell what it would have been. */
export function tellTorn(files: readonly LogFile[], damage: Damage): void {
  for (const { name, end, isTorn } of files) if (isTorn) damage.unreadable({ file: name, offset: end });
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CommandError(Exit.usage, `\`--limit ${text}\` is not a number of records`, 'for example --limit 50');
}

function optionsOf(options: QueryOptions): readonly string[] {
  const { limit, reverse, json } = options;
  return [
    ...namesOf(options),
    ...(limit === undefined ? [] : ['--limit']),
    ...(reverse === true ? ['--reverse'] : []),
    ...(json === true ? ['--json'] : []),
  ];
}
