/** Does an entry apply to a tool as its server listed it? */
import type { AmountForm, CatalogueEntry } from '../core/entry.ts';
import { formatPath, parsePath } from '../core/path.ts';
import type { Path } from '../core/policy.ts';
import { declares } from './schema.ts';
import type { Alternatives, Next, ToolSchema } from './schema.ts';

/** A path that the entry names, and the types of which the entry takes one for granted there; none if any will do. */
export interface NamedPath {
  readonly text: string;
  readonly types: readonly string[];
}

/** Every path the entry names. */
export function pathsOf(entry: CatalogueEntry): readonly NamedPath[] {
  const { brackets, json, when, routes, unknownUnless } = entry;
  const typed: NamedPath[] = [when, routes, unknownUnless]
    .flatMap((values) => Object.keys(values ?? {}))
    .map((text) => ({
      text,
      types: ['string'],
    }));
  if (json !== undefined) typed.push({ text: json, types: ['string'] });
  if (brackets !== undefined) typed.push({ text: brackets, types: ['object'] });
  for (const amount of entry.amounts ?? []) {
    typed.push({ text: amount.path, types: typesFor(amount.form) });
    for (const factor of amount.times ?? []) typed.push({ text: factor.path, types: typesFor(factor.form) });
  }
  if (entry.currency !== undefined && 'path' in entry.currency)
    typed.push({ text: entry.currency.path, types: ['string'] });
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
  return [...typed, ...others.filter((text) => text !== undefined).map((text) => ({ text, types: [] }))];
}

/** A whole number of cents that turned into any number may have turned into dollars: the two are told apart. */
function typesFor(form: AmountForm): readonly string[] {
  switch (form) {
    case 'integer':
      return ['integer'];
    case 'number':
      return ['number'];
    case 'integer-string':
    case 'decimal-string':
      return ['string'];
    case 'integer-or-string':
      return ['integer', 'string'];
  }
}

/** Why the entry does not apply to the listed schema, in words that name the path; null if it does. */
export function misfit(entry: CatalogueEntry, schema: ToolSchema): string | null {
  for (const named of pathsOf(entry)) {
    const parsed = parsePath(named.text);
    if (!parsed.ok) return `the catalogue's path \`${named.text}\` cannot be read: ${parsed.message}`;
    const fault = misfitAt(entry, schema, parsed.path, named.types);
    if (fault !== null) return fault;
  }
  return null;
}

function misfitAt(entry: CatalogueEntry, schema: ToolSchema, path: Path, types: readonly string[]): string | null {
  let here: Alternatives = schema.top;
  for (const [position, step] of path.entries()) {
    // What a string of JSON may hold is not the listed schema's to say.
    if (entry.json !== undefined && position > 0 && formatPath(path.slice(0, position)) === entry.json)
      return openFaultOf(entry, path);
    const next: Next = step.step === 'key' ? schema.key(here, step.key) : schema.element(here);
    if (next.is === 'missing') {
      return `the catalogue knows it with \`${formatPath(path)}\`, and its listed schema has no \`${formatPath(path.slice(0, position + 1))}\``;
    }
    if (next.is === 'open') return openFaultOf(entry, path);
    here = next.alternatives;
  }
  if (types.length === 0 || here.some((one) => types.some((type) => hasType(one, type)))) return null;
  return `the catalogue knows \`${formatPath(path)}\` as ${types.join(' or ')}, and its listed schema does not`;
}

function openFaultOf(entry: CatalogueEntry, path: Path): string | null {
  if (entry.accepts !== undefined) return null;
  return `\`${formatPath(path)}\` lies in an open object, and the catalogue's entry does not say what it accepts there`;
}

function hasType(schema: Alternatives[number], type: string): boolean {
  return declares(schema, type) || (type === 'number' && declares(schema, 'integer'));
}
