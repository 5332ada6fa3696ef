/** Does an entry apply to a tool as its server listed it? */
import type { AmountForm, CatalogueEntry } from '../core/entry.ts';
import { formatPath, parsePath } from '../core/path.ts';
import type { Path } from '../core/policy.ts';
import { declares } from './schema.ts';
import type { Alternatives, Next, ToolSchema } from './schema.ts';

/** A path that the entry names, and the type that the entry takes for granted there. */
export interface NamedPath {
  readonly text: string;
  readonly type: string | null;
}

/** Every path the entry names. */
export function pathsOf(entry: CatalogueEntry): readonly NamedPath[] {
  const typed: NamedPath[] = Object.keys(entry.when ?? {}).map((text) => ({ text, type: 'string' }));
  for (const amount of entry.amounts ?? []) {
    typed.push({ text: amount.path, type: typeFor(amount.form) });
    for (const factor of amount.times ?? []) typed.push({ text: factor.path, type: typeFor(factor.form) });
  }
  if (entry.currency !== undefined && 'path' in entry.currency)
    typed.push({ text: entry.currency.path, type: 'string' });
  const { reason, recipient, reference, quantity, idempotency } = entry;
  const others = [
    reason,
    recipient,
    reference,
    quantity,
    idempotency,
    ...(entry.unknownIf ?? []),
    ...(entry.accepts ?? []),
  ];
  return [...typed, ...others.filter((text) => text !== undefined).map((text) => ({ text, type: null }))];
}

/** A whole number of cents that turned into any number may have turned into dollars: the two are told apart. */
function typeFor(form: AmountForm): string {
  switch (form) {
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'integer-string':
    case 'decimal-string':
      return 'string';
  }
}

/** Why the entry does not apply to the listed schema, in words that name the path; null if it does. */
export function misfit(entry: CatalogueEntry, schema: ToolSchema): string | null {
  for (const named of pathsOf(entry)) {
    const parsed = parsePath(named.text);
    if (!parsed.ok) return `the catalogue's path \`${named.text}\` cannot be read: ${parsed.message}`;
    const fault = misfitAt(entry, schema, parsed.path, named.type);
    if (fault !== null) return fault;
  }
  return null;
}

function misfitAt(entry: CatalogueEntry, schema: ToolSchema, path: Path, type: string | null): string | null {
  let here: Alternatives = schema.top;
  for (const [position, step] of path.entries()) {
    const next: Next = step.step === 'key' ? schema.key(here, step.key) : schema.element(here);
    if (next.is === 'missing') {
      return `the catalogue knows it with \`${formatPath(path)}\`, and its listed schema has no \`${formatPath(path.slice(0, position + 1))}\``;
    }
    if (next.is === 'open') return entry.accepts === undefined ? openFault(path) : null;
    here = next.alternatives;
  }
  if (type === null || here.some((one) => hasType(one, type))) return null;
  return `the catalogue knows \`${formatPath(path)}\` as ${type}, and its listed schema does not`;
}

function openFault(path: Path): string {
  return `\`${formatPath(path)}\` lies in an open object, and the catalogue's entry does not say what it accepts there`;
}

function hasType(schema: Alternatives[number], type: string): boolean {
  return declares(schema, type) || (type === 'number' && declares(schema, 'integer'));
}
