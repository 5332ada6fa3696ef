/** `countersign audit verify`. */
import { readFileSync } from 'node:fs';
import {
  readCheckpoint,
  readVerifierKey,
  type StreamKeys,
  type VerifyOptions,
  type VerifyReport,
} from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { checkLog, type LogChecked, walkLog } from '../log-check.ts';
import { recordReading } from '../log-reading.ts';
import { Progress } from '../progress.ts';
import { CommandError, Exit, type ExitCode, hint, printJson, say } from '../report.ts';

interface Options {
  readonly json?: boolean;
  /** A checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
  /** The key that must have signed it. */
  readonly key?: string;
  /** A copy of the audit directory, instead of the one in the home. */
  readonly directory?: string;
}

/** The report on the chain, with what became of the signatures. */
type Report = Omit<VerifyReport, 'faults'> & {
  readonly signatures?: number;
  readonly faults: readonly Omit<VerifyReport['faults'][number], 'code'>[] & readonly { readonly code: string }[];
};

/** Checks the whole log. Exit code 1 if a fault was found. */
export async function verify(options: Options): Promise<ExitCode> {
  const given = { ...heldOf(options), ...keysOf(options) };
  const progress = new Progress();
  const report = await walked(options, given, progress).finally(() => progress.end());
  if (options.json === true) printJson(report);
  else show(report);
  return report.ok ? Exit.ok : Exit.found;
}

type Given = Pick<VerifyOptions, 'held' | 'keys'>;

async function walked(options: Options, given: Given, progress: Progress): Promise<Report> {
  if (options.directory !== undefined) return verifyCopy(options.directory, given, progress);
  const installation = new Installation(process.env);
  try {
    const report = together(await checkLog(installation, progress, given));
    const names = (['checkpoint', 'key'] as const).filter((name) => options[name] !== undefined);
    await recordReading(installation, {
      ...{ does: 'verify', records: report.records },
      options: names.map((name) => `--${name}`),
    });
    return report;
  } finally {
    await installation.close();
  }
}

/** A copy without a single record was not copied, or is another directory: that is not a log that is whole. */
async function verifyCopy(directory: string, given: Given, progress: Progress): Promise<Report> {
  const report = await walkLog({ directory, ...given }, progress);
  if (report.files > 0) return report;
  throw new CommandError(
    Exit.usage,
    `there is no audit log in \`${directory}\``,
    'name the directory that holds `admin-*.jsonl` and `calls-*.jsonl`',
  );
}

function together({ chain, signed }: LogChecked): Report {
  if (signed === null) return chain;
  const { signatures, faults } = signed;
  return { ...chain, ok: chain.ok && faults.length === 0, signatures, faults: [...chain.faults, ...faults] };
}

function heldOf({ checkpoint: file }: Options): Pick<VerifyOptions, 'held'> {
  if (file === undefined) return {};
  const checkpoint = readCheckpoint(textOf(file));
  if (checkpoint !== undefined) return { held: { checkpoint, file } };
  throw new CommandError(
    Exit.usage,
    `\`${file}\` is not a checkpoint of an audit log`,
    'give the file that `countersign audit checkpoint` wrote, unchanged',
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new CommandError(Exit.usage, `the checkpoint \`${file}\` cannot be read: ${words}`, 'name a file');
  }
}

/** A key that was kept elsewhere counts more than the one in the home. */
function keysOf({ key: text }: Options): { readonly keys?: StreamKeys } {
  if (text === undefined) return {};
  const key = readVerifierKey(text);
  if (key !== undefined) return { keys: { authority: key.publicKey } };
  throw new CommandError(
    Exit.usage,
    `\`${text}\` is not a verifier key`,
    'give the key that `countersign audit checkpoint` showed, like `countersign/<install>+1a2b3c4d+AY…`',
  );
}

function show({ ok, records, files, faults, omitted, notes, signatures = 0 }: Report): void {
  for (const { file, line, message, code } of [...notes, ...faults])
    say(`${file}${line === 0 ? '' : `:${line}`}: ${message} (${code})`);
  if (omitted > 0) say(`and ${omitted} more faults`);
  say(
    ok
      ? `the log is whole: ${records} records in ${files} files${signatures === 0 ? '' : `, ${signatures} signatures that fit`}`
      : `the log is not whole: ${faults.length + omitted === 1 ? 'a fault' : `${faults.length + omitted} faults`} in ${records} records of ${files} files`,
  );
  if (!ok) hint('keep the files as they are, and compare them with the copy your SIEM holds');
}
