/** The data of a client's file. Comments and commas behind the last item are theirs to write; nothing else is lenient. */
import { evaluate, parse } from '@humanwhocodes/momoa';
import { parse as parseToml } from 'smol-toml';
import type { Plain } from '../config/text-edit.ts';
import type { Format } from './clients.ts';
import { ClientFileError } from './errors.ts';

/** The data of a text; of an empty one, an empty object. Throws `ClientFileError` `syntax`. */
export function dataOf(file: string, format: Format, text: string): Plain {
  const unmarked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (unmarked.trim() === '') return {};
  try {
    return (format === 'toml' ? tomlData(unmarked) : evaluate(parse(unmarked, JSONC))) as Plain;
  } catch (cause) {
    // The words of a parser may quote the text, and with it a key.
    const line = cause instanceof Error && 'line' in cause ? `, in line ${String(cause.line)}` : '';
    throw new ClientFileError('syntax', `\`${file}\` is not ${format === 'toml' ? 'TOML' : 'JSON'}${line}`, { cause });
  }
}

const JSONC = { mode: 'jsonc', allowTrailingCommas: true } as const;

function tomlData(text: string): unknown {
  return parseToml(text, { integersAsBigInt: 'asNeeded' });
}
