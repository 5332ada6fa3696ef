/** `countersign audit hash`: did this value occur? The value is asked for, hashed and forgotten. */
import { type ValueText, valueText } from '../../audit/index.ts';
import type { Json } from '../../core/index.ts';
import { CLIENT_LIMITS, read, WireError } from '../../wire/index.ts';
import { Installation } from '../compose.ts';
import { type FoundRecord, Hashes, type HashRow, keysIn, recordsWith, type Sought } from '../hash-search.ts';
import { recordReading } from '../log-reading.ts';
import { printable } from '../printable.ts';
import { readValue } from '../read-value.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

interface Options {
  readonly tool?: string;
  readonly argument?: string;
  readonly type?: string;
  readonly epoch?: string;
  readonly json?: boolean;
}

const TYPES: readonly string[] = ['string', 'number', 'object', 'array'];

/** Prints the hashes of a value, and the records that hold one. Exit code 1 if there is none. */
export async function hash(options: Options): Promise<ExitCode> {
  checkOptions(options);
  const installation = new Installation(process.env);
  try {
    const keys = keysIn(installation.keysDirectory, options.epoch ?? null);
    if (keys.size === 0) throw noKey(options.epoch);
    const sought = { ...placeOf(options), values: await readSought(options.type) };
    const hashes = new Hashes(sought, keys);
    const records = await recordsWith(installation.auditDirectory, sought, hashes);
    const { tool, argument } = sought;
    if (options.json === true) printJson({ tool, argument, hashes: hashes.all, records });
    else show(sought, hashes.all, records);
    await recordReading(installation, { does: 'hash', records: records.length, options: namesOf(options) });
    return records.length > 0 ? Exit.ok : Exit.found;
  } finally {
    await installation.close();
  }
}

function placeOf({ tool, argument }: Options): Omit<Sought, 'values'> {
  return { tool: tool ?? null, argument: argument ?? null };
}

function namesOf(options: Options): readonly string[] {
  return (['tool', 'argument', 'type', 'epoch'] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => `--${name}`);
}

function checkOptions({ type, epoch }: Options): void {
  if (type !== undefined && !TYPES.includes(type))
    throw new CommandError(
      Exit.usage,
      `\`${type}\` is no type of a value that is hashed`,
      `one of ${TYPES.join(', ')}; booleans and null carry no hash`,
    );
  if (epoch !== undefined && !/^\d{4}(?:0[1-9]|1[0-2])$/.test(epoch))
    throw new CommandError(Exit.usage, `\`${epoch}\` is no month`, 'for example --epoch 202611');
}

function noKey(epoch: string | undefined): CommandError {
  const which = epoch === undefined ? 'the audit log' : `the month ${epoch}`;
  return new CommandError(
    Exit.unavailable,
    `there is no key for ${which}, so nobody can tell what its hashes stand for`,
    'a key is made by the first call of a month, and is gone once its file `keys/audit-hmac-<yyyymm>.key` was removed',
  );
}

const MAX_INPUT_BYTES = CLIENT_LIMITS.maxBytes;

/** What was asked for, in every type that it may have had in a call. */
async function readSought(type: string | undefined): Promise<readonly ValueText[]> {
  const text = await readValue({
    message: 'value to look for',
    cancelled: 'nothing was looked for',
    maxBytes: MAX_INPUT_BYTES,
  });
  const json = jsonIn(text);
  const asJson = json === undefined ? [] : [valueText(json)];
  const all = [valueText(text), ...asJson.filter((one) => one.type !== 'string' && TYPES.includes(one.type))];
  const fitting = type === undefined ? all : all.filter((one) => one.type === type);
  if (fitting.length > 0) return fitting;
  // The words must not repeat the value.
  throw new CommandError(Exit.usage, `the value is no JSON ${type ?? 'value'}`, 'without --type it is a string too');
}

function jsonIn(text: string): Json | undefined {
  try {
    return read(Buffer.from(text), CLIENT_LIMITS).value;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function show({ tool, argument }: Sought, hashes: readonly HashRow[], records: readonly FoundRecord[]): void {
  // Of every pair of the log, most have nothing to do with the value.
  if (tool !== null && argument !== null)
    for (const row of hashes) print(printable(`${row.hmac} ${row.tool} ${row.argument} (${row.type})`));
  for (const record of records) print(lineOf(record));
  if (records.length > 0) return;
  say(`the value is in none of the records under ${tool === null && argument === null ? 'any key' : 'these keys'}`);
  hint('the log keeps no hash of booleans, null and choices of few values, nor under a key that is gone');
}

function lineOf({ time, kind, decision, outcome, grant, tool, argument, request, intact }: FoundRecord): string {
  const ended = outcome ?? decision ?? '';
  const cells = [time ?? '-', kind.padEnd(18), ended.padEnd(8), grant, tool, argument, request];
  return printable(`${cells.join(' ')}${intact ? '' : ' CHANGED AFTER IT WAS WRITTEN'}`);
}
