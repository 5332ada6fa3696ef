/** `countersign audit checkpoint` and `audit prune`. */
import { Installation } from '../compose.ts';
import { recordReading } from '../log-reading.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

interface Options {
  readonly json?: boolean;
}

/** Prints a signed checkpoint of the whole log, to be kept elsewhere. Its reading is recorded first, and so is covered. */
export async function checkpoint(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env);
  try {
    await recordReading(installation, { does: 'checkpoint', records: null });
    const { note, key, count, head, segments } = await installation.checkpoint();
    if (options.json === true) printJson({ checkpoint: note, key, count, head, segments });
    else {
      print(note.trimEnd());
      say(`it is signed with the key ${key}`);
      hint(
        'keep it where nobody who can write this log can write; `countersign audit verify --checkpoint FILE` takes it',
      );
    }
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

type PruneOptions = Options &
  ActingOptions & { readonly dryRun?: boolean; readonly days?: string; readonly config: string | undefined };

/** Deletes calls files that are older than `audit.retain`. What is deleted is recorded before. */
export async function prune(options: PruneOptions): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const retainDays = await daysOf(installation);
    const isDry = options.dryRun === true;
    const by = isDry
      ? null
      : await acting(installation, { does: 'audit prune', to: `${retainDays}d`, role: 'admin' }, options);
    const files = await installation.prune(retainDays, by?.actor ?? NOBODY, isDry);
    if (options.json === true) printJson({ retain: `${retainDays}d`, dryRun: isDry, files });
    else tell(files, retainDays, isDry);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** A dry run writes nothing, and so names nobody. */
const NOBODY = { by: 'os-user', name: '' } as const;

async function daysOf(installation: Installation): Promise<number> {
  const { file, audit } = await installation.config();
  if (audit.retainDays !== null) return audit.retainDays;
  throw new CommandError(
    Exit.usage,
    `the configuration \`${file}\` keeps the log for ever: it has no \`audit.retain\``,
    'write for example `"audit": { "retain": "400d" }`',
  );
}

function tell(files: readonly { readonly file: string; readonly count: number }[], days: number, isDry: boolean): void {
  for (const { file, count } of files) print(`${file}  ${count} records`);
  const what = files.length === 1 ? 'one file' : `${files.length} files`;
  if (files.length === 0) say(`no calls file is older than ${days} days`);
  else say(isDry ? `${what} would be deleted` : `${what} deleted; the admin stream keeps their last hashes`);
}
