/** `countersign policy import FILE`: a policy of another product in our words, and what could not be said in them. */
import { writeFile } from 'node:fs/promises';
import { faultLine } from '../../config/index.ts';
import type { Source } from '../../config/index.ts';
import { importPolicy } from '../policy-import/import.ts';
import type { Format, Imported } from '../policy-import/import.ts';
import { showNotes } from '../policy-import/show.ts';
import { readDocument } from '../policy/documents.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

interface Options {
  readonly upstream: string;
  readonly out?: string;
  readonly format?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** Exit code 1, and nothing written, if something was refused that the source denied. Throws `CommandError`. */
export async function importFile(file: string, options: Options): Promise<ExitCode> {
  const { upstream, out, partial = false } = options;
  checkOptions(options);
  const source = await readWithoutFault(file);
  const format = formatOf(options.format);
  const imported = await importPolicy(source, { upstream, partial, ...(format !== undefined && { format }) });
  if ('why' in imported) throw new CommandError(Exit.usage, `cannot import \`${file}\`: ${imported.why}`);
  const { policy, notes, loosens } = imported;
  if (policy !== null && out !== undefined) await write(out, policy);
  if (options.json === true) printJson({ policy, notes });
  else show(imported, out);
  return loosens ? Exit.found : Exit.ok;
}

function checkOptions({ upstream, out }: Options): void {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(upstream)) {
    throw new CommandError(
      Exit.usage,
      `\`${upstream}\` cannot be the name of an upstream`,
      'for example --upstream stripe',
    );
  }
  if (out !== undefined && !/\.(?:jsonc?|ya?ml)$/.test(out)) {
    throw new CommandError(Exit.usage, `a policy file ends in .json, .jsonc, .yaml or .yml, and \`${out}\` does not`);
  }
}

function formatOf(written: string | undefined): Format | undefined {
  if (written === undefined || written === 'intercept' || written === 'policylayer') return written;
  throw new CommandError(Exit.usage, `there is no format \`${written}\``, 'it is `policylayer` or `intercept`');
}

async function readWithoutFault(file: string): Promise<Source> {
  const source = await readDocument(file);
  if (source.isRead && source.faults.length === 0) return source;
  const lines = source.faults.map((fault) => `  ${faultLine(fault)}`);
  throw new CommandError(Exit.usage, [`cannot import \`${file}\``, ...lines].join('\n'));
}

/** Never over a file that is there: it may be a policy that somebody relies on. */
async function write(out: string, policy: NonNullable<Imported['policy']>): Promise<void> {
  try {
    await writeFile(out, textOf(policy), { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const why = code === 'EEXIST' ? 'it is there already' : code;
    throw new CommandError(Exit.usage, `cannot write \`${out}\`: ${why}`, undefined, { cause });
  }
}

function textOf(policy: NonNullable<Imported['policy']>): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}

function show({ policy, notes, loosens }: Imported, out: string | undefined): void {
  showNotes(notes);
  const refused = notes.filter((note) => note.refused !== undefined).length;
  if (policy === null) {
    say(`nothing was written: ${refused} construct(s) could not be kept, and without them more would be permitted`);
    hint('write them by hand, or use --partial, which denies the tools that they are about');
    return;
  }
  if (out === undefined) print(textOf(policy).trimEnd());
  const denied = loosens ? `; ${refused} construct(s) were refused, and the tools they are about are denied` : '';
  say(`${policy.rules.length} rules${out === undefined ? '' : ` written to \`${out}\``}${denied}`);
  hint(`compare what it does before it is used: countersign policy check ${out ?? 'FILE'}`);
}
