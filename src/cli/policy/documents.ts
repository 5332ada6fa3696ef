/** The documents of policies, with the place of everything in them. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readSource, type Source } from '../../config/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import type { PolicyName } from '../../core/ids.ts';
import { CommandError, Exit } from '../report.ts';

const MAX_BYTES = 1024 * 1024;

/** Reads a document that a person named; JSON with comments or YAML. Throws `CommandError` if it cannot be read. */
export async function readDocument(path: string): Promise<Source> {
  return readSource(path, await readText(path));
}

/** Where the configuration has each policy: the path of a file, or its document in place. Throws `CommandError`. */
export async function policyPlaces({ file }: LoadedConfig): Promise<ReadonlyMap<string, unknown>> {
  return new Map(Object.entries(sectionOf(await readDocument(file))));
}

/** The document of each policy of a configuration. One that cannot be read is left out; loading has said so. */
export async function policySources({ file }: LoadedConfig): Promise<ReadonlyMap<PolicyName, Source>> {
  const config = await readDocument(file);
  const places = Object.entries(sectionOf(config));
  const read = places.map(async ([name, place]) => {
    const source =
      typeof place === 'string' ? await readIfThere(resolve(dirname(file), place)) : config.part(['policies', name]);
    return source === null ? [] : [[name as PolicyName, source] as const];
  });
  return new Map((await Promise.all(read)).flat());
}

function sectionOf({ value }: Source): object {
  const section: unknown = typeof value === 'object' && value !== null && 'policies' in value ? value.policies : null;
  return typeof section === 'object' && section !== null ? section : {};
}

function readIfThere(path: string): Promise<Source | null> {
  return readDocument(path).catch(() => null);
}

/** The text of a file that a person named. Throws `CommandError` if it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await textOf(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): CommandError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be read';
  const why = code === 'ENOENT' ? 'there is no such file' : code;
  return new CommandError(Exit.usage, `cannot read \`${path}\`: ${why}`, undefined, { cause });
}

/** Opened without blocking, so that a pipe in place of a file does not hold the command up. */
async function textOf(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'it is not a file' });
    if (stats.size > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'it is over 1 MiB' });
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** `file:line:column` of a rule, or null where the document is not at hand. */
export function placeOf(source: Source | undefined, pointer: string): string | null {
  if (source === undefined || pointer === '') return null;
  const path = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { line, column } = source.locate(path);
  return line > 0 ? `${source.file}:${line}:${column}` : source.file;
}
