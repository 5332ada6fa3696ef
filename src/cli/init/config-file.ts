/** The configuration as init writes it: made where there is none, else only added to. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_NAMES, ConfigError, findConfig, readSource } from '../../config/index.ts';
import { editText, type Plain, type TextEdit } from '../../config/text-edit.ts';
import type { DocumentPath } from '../../config/tree.ts';
import type { Environment } from '../compose.ts';
import { writePrivately } from '../private-file.ts';

const NEW = `// Made by \`countersign init\`; comments and changes of yours stay. Look it over: countersign doctor
{
  "version": 1
}
`;

/** The configuration file that counts, or that would be made. Throws `ConfigError` for one that cannot be. */
export function configFileOf(home: string, file: string | undefined, env: Environment): string {
  try {
    return findConfig({ home, file, env });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'not_found') throw error;
    return file ?? (env['COUNTERSIGN_CONFIG'] || join(home, CONFIG_NAMES[0]));
  }
}

/** The data of the configuration; an empty one where there is none. */
export async function configData(file: string): Promise<Readonly<Record<string, Plain>>> {
  if (!existsSync(file)) return {};
  const { value } = readSource(file, await readFile(file, 'utf8'));
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Plain>>) : {};
}

/** Adds values where there are none. Throws `EditError`. */
export async function addToConfig(file: string, values: readonly (readonly [DocumentPath, Plain])[]): Promise<void> {
  const before = existsSync(file) ? await readFile(file, 'utf8') : NEW;
  const text = withValues(file, before, values);
  if (text !== before || !existsSync(file)) await writePrivately(file, text);
}

/** The text with the values that it lacked. Throws `EditError`. */
export function withValues(file: string, before: string, values: readonly (readonly [DocumentPath, Plain])[]): string {
  let text = before;
  for (const [path, value] of values) {
    const { value: data } = readSource(file, text);
    const edit = insertion(data as Plain, path, value);
    if (edit !== null) text = editText(file, text, [edit]);
  }
  return text;
}

/** The containers on the way are made; null where something stands already. */
function insertion(data: Plain, path: DocumentPath, value: Plain): TextEdit | null {
  const missing = path.findIndex((_, index) => standing(data, path.slice(0, index + 1)) === undefined);
  if (missing === -1) return null;
  const whole = path.slice(missing + 1).reduceRight<Plain>((inner, key) => ({ [key]: inner }), value);
  return { is: 'insert', path: path.slice(0, missing + 1), value: whole };
}

function standing(data: Plain, path: DocumentPath): Plain | undefined {
  return path.reduce<Plain | undefined>((here, step) => {
    if (Array.isArray(here)) return (here as readonly Plain[])[Number(step)];
    if (typeof here !== 'object' || here === null) return undefined;
    const members = here as Readonly<Record<string, Plain>>;
    return Object.hasOwn(members, step) ? members[step] : undefined;
  }, data);
}
