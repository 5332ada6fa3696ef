/** `countersign audit report`: what happened in a period, for an auditor. */
import { readLog } from '../../audit/index.ts';
import {
  checkOf,
  Gathering,
  type Period,
  reportHtml,
  reportMarkdown,
  type ReportValue,
} from '../../audit/report/index.ts';
import { Installation } from '../compose.ts';
import { checkLog } from '../log-check.ts';
import { recordReading } from '../log-reading.ts';
import { OutputFile } from '../output-file.ts';
import { Progress } from '../progress.ts';
import { periodOf } from '../report-period.ts';
import { CommandError, Exit, type ExitCode, hint, say } from '../report.ts';
import { VERSION } from '../version.ts';

interface Options {
  readonly since?: string;
  readonly until?: string;
  readonly format?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

type Format = 'json' | 'html' | 'markdown';

const WRITTEN: Readonly<Record<Format, (value: ReportValue) => string>> = {
  json: (value) => `${JSON.stringify(value)}\n`,
  html: reportHtml,
  markdown: reportMarkdown,
};

/** Reports on a period. Exit code 1 if the log is not whole; the report is made all the same, and says so. */
export async function report(options: Options): Promise<ExitCode> {
  const period = periodOf(options.since ?? '30d', options.until, Date.now());
  const format = formatOf(options);
  const installation = new Installation(process.env);
  try {
    const output = options.output === undefined ? null : await OutputFile.claim(options.output, options.force === true);
    const value = await valueOf(installation, period);
    await recordReading(installation, {
      does: 'report',
      records: value.records.inPeriod,
      options: namesOf(options, format),
    });
    if (output === null) process.stdout.write(WRITTEN[format](value));
    else await output.write(WRITTEN[format](value));
    return sayHow(value, options.output);
  } finally {
    await installation.close();
  }
}

function formatOf({ format, output, json }: Options): Format {
  if (json === true && format !== undefined)
    throw new CommandError(Exit.usage, '--json and --format exclude each other');
  if (json === true) return 'json';
  if (format === undefined) return /\.html?$/i.test(output ?? '') ? 'html' : 'markdown';
  if (format === 'html' || format === 'markdown') return format;
  throw new CommandError(Exit.usage, `there is no format \`${format}\``, 'it is `markdown` or `html`');
}

async function valueOf(installation: Installation, period: Period): Promise<ReportValue> {
  const progress = new Progress();
  try {
    const gathered = await gather(installation.auditDirectory, period, progress);
    // The whole log, whatever the period: a record of another month can prove that one of this month is missing.
    const { chain, signed } = await checkLog(installation, progress);
    const check = checkOf(chain, signed);
    return gathered.value({ generatedMs: Date.now(), install: installation.installId(), version: VERSION, check });
  } finally {
    progress.end();
  }
}

async function gather(directory: string, period: Period, progress: Progress): Promise<Gathering> {
  const gathering = new Gathering(period);
  let read = 0;
  let place = '';
  progress.now(() => `${read} records read, now in ${place}`);
  for await (const record of readLog({ directory, from: 'start', follow: false })) {
    gathering.take(record);
    read += 1;
    place = record.file;
  }
  return gathering;
}

function namesOf({ since, until, output }: Options, format: Format): readonly string[] {
  const given = { '--since': since, '--until': until, '--output': output };
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return [format === 'json' ? '--json' : `--format ${format}`, ...names];
}

function sayHow({ check, records }: ReportValue, output: string | undefined): ExitCode {
  if (output !== undefined) say(`${records.inPeriod} records summed up in \`${output}\``);
  if (check.ok) return Exit.ok;
  say('the log is not whole, and the report says where');
  hint('`countersign audit verify` lists every fault');
  return Exit.found;
}
