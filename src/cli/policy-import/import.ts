/** Reading a policy of another product into one of ours. */
import type { Source } from '../../config/index.ts';
import { patternCompiler } from '../../config/pattern.ts';
import { assemble } from './assemble.ts';
import type { PolicyDraft } from './draft.ts';
import { readIntercept } from './intercept.ts';
import type { Note } from './notes.ts';
import { readPolicyLayer } from './policy-layer.ts';
import { isMembers } from './value.ts';
import type { Members } from './value.ts';

export type Format = 'intercept' | 'policylayer';

export interface ImportOptions {
  readonly upstream: string;
  readonly format?: Format;
  readonly partial: boolean;
}

/** What `--json` prints, and whether anything that the source denied was refused. */
export interface Imported {
  readonly policy: PolicyDraft | null;
  readonly notes: readonly Note[];
  readonly loosens: boolean;
}

/** Why the document is none that can be imported. */
export interface NotImported {
  readonly why: string;
}

/** Imports the document in `source`, which was read without fault. Never throws because of what it says. */
export async function importPolicy(source: Source, options: ImportOptions): Promise<Imported | NotImported> {
  const { value } = source;
  if (!isMembers(value)) return { why: 'the document is not an object' };
  if (value['version'] !== '1' && value['version'] !== 1) return { why: 'expected `version: "1"`' };
  const format = options.format ?? formatOf(value, source.file);
  if (format === undefined) return { why: 'it mixes the shapes of both formats; say which it is with --format' };
  const compile = await patternCompiler({ matches: '' });
  const read = format === 'intercept' ? readIntercept : readPolicyLayer;
  const reader = read(source, value, options.upstream, compile);
  const description = `Imported from ${FORMATS[format]}. ${descriptionOf(value)}`.trim().slice(0, 900);
  const assembled = await assemble(reader, { description, partial: options.partial });
  return { ...assembled, notes: reader.book.notes };
}

const FORMATS = { intercept: 'Intercept', policylayer: 'PolicyLayer' } as const satisfies Record<Format, string>;

function descriptionOf(value: Members): string {
  return typeof value['description'] === 'string' ? value['description'] : '';
}

/** By the shapes that only one of them has; where there are none, by the syntax. Nothing for a mixture. */
function formatOf(document: Members, file: string): Format | undefined {
  const tools = isMembers(document['tools']) ? Object.values(document['tools']).filter(isMembers) : [];
  const intercept = tools.some((tool) => 'rules' in tool);
  const layer =
    'all_tools' in document || tools.some((tool) => ['require', 'deny_if', 'limits'].some((key) => key in tool));
  if (intercept && layer) return undefined;
  if (intercept || layer) return intercept ? 'intercept' : 'policylayer';
  return /\.ya?ml$/i.test(file) ? 'intercept' : 'policylayer';
}
