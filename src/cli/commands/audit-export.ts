/** `countersign audit export`. */
import {
  EXPORT_FORMATS,
  findRecords,
  isIntact,
  isWanted,
  lookAtFiles,
  readLog,
  type ExportFormat,
  type ExportFormatName,
  type LogFile,
  type RecordFilter,
} from '../../audit/index.ts';
import { Damage } from '../audit-damage.ts';
import { filterOf, namesOf, type FilterOptions } from '../audit-filter.ts';
import { Installation } from '../compose.ts';
import { interruption } from '../interruption.ts';
import { recordReading } from '../log-reading.ts';
import { Output } from '../output.ts';
import { Exit, type ExitCode } from '../report.ts';
import { tellTorn } from './audit-query.ts';

export type ExportOptions = FilterOptions & { readonly format: ExportFormatName; readonly follow?: boolean };

/** Writes the records that are asked for in another format, and what comes until it is interrupted if asked to. */
export async function exportLog(options: ExportOptions): Promise<ExitCode> {
  const filter = filterOf(options, Date.now());
  const installation = new Installation(process.env);
  try {
    const directory = installation.auditDirectory;
    const damage = new Damage(directory);
    const exporting = new Exporting(directory, filter, EXPORT_FORMATS[options.format], damage);
    await (options.follow === true ? follow : once)(installation, exporting, options);
    await damage.tell();
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

async function once(installation: Installation, exporting: Exporting, options: ExportOptions): Promise<void> {
  const files = lookAtFiles(installation.auditDirectory);
  await exporting.past(files);
  await recordReading(installation, { does: 'export', records: exporting.records, options: optionsOf(options) });
  tellTorn(files, exporting.damage);
}

/** The files as they are looked at once are the end of the past and the beginning of what follows. */
async function follow(installation: Installation, exporting: Exporting, options: ExportOptions): Promise<void> {
  const stop = interruption();
  const files = lookAtFiles(installation.auditDirectory);
  await recordReading(installation, { does: 'export', records: null, options: optionsOf(options) });
  await exporting.past(files, stop);
  await exporting.future(files, stop);
}

function optionsOf(options: ExportOptions): readonly string[] {
  return [`--format ${options.format}`, ...namesOf(options), ...(options.follow === true ? ['--follow'] : [])];
}

class Exporting {
  readonly damage: Damage;
  readonly #directory: string;
  readonly #filter: RecordFilter;
  readonly #format: ExportFormat;
  readonly #output = new Output();
  #records = 0;

  constructor(directory: string, filter: RecordFilter, format: ExportFormat, damage: Damage) {
    this.#directory = directory;
    this.#filter = filter;
    this.#format = format;
    this.damage = damage;
  }

  /** How many were given out. */
  get records(): number {
    return this.#records;
  }

  /** What the files hold up to where they were looked at, in the order of time. */
  async past(files: readonly LogFile[], stop?: AbortSignal): Promise<void> {
    const { header, lineEnd } = this.#format;
    if (header !== undefined) await this.#output.line(header, lineEnd);
    const search = { directory: this.#directory, files, filter: this.#filter, onDamaged: this.damage.unreadable };
    for await (const { bytes, record } of findRecords(search)) {
      if (record !== null) await this.#write(bytes, record, () => isIntact({ bytes }));
      if (this.#output.closed() || stop?.aborted === true) break;
    }
    await this.#output.flush();
  }

  /** What comes after that, as it comes. */
  async future(files: readonly LogFile[], stop: AbortSignal): Promise<void> {
    if (this.#output.closed()) return;
    const coming = readLog({ directory: this.#directory, from: files, follow: true, signal: stop });
    for await (const { file, offset, bytes, record, intact } of coming) {
      if (record === null) this.damage.unreadable({ file, offset });
      else if (isWanted(record, this.#filter)) await this.#write(bytes, record, () => intact);
      await this.#output.flush();
      if (this.#output.closed()) break;
    }
  }

  async #write(
    line: Buffer,
    record: Parameters<ExportFormat['write']>[0]['record'],
    isIntact: () => boolean,
  ): Promise<void> {
    const intact = !this.#format.losesHash || isIntact();
    if (!intact) this.damage.changed();
    await this.#output.line(this.#format.write({ line, record, intact }), this.#format.lineEnd);
    this.#records += 1;
  }
}
