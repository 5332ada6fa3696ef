/** What the other facts can be: reason, recipient, reference, quantity, raw arguments, labels and the principal. */
import type { CatalogueEntry } from '../../core/entry.ts';
import { nameOf } from '../../core/explain.ts';
import { typeOf } from '../../core/json.ts';
import type { Path } from '../../core/policy.ts';
import { shown } from './draft.ts';
import type { Choice, Dimension, Draft } from './draft.ts';
import type { Mention } from './mentions.ts';
import { pathOf, put, putEach } from './place.ts';
import { probesFor } from './probes.ts';
import type { Probe } from './probes.ts';

/** The dimension of a mentioned fact; nothing for one that the tool itself decides, or that a call cannot carry. */
export function factDimension(mention: Mention, entry: CatalogueEntry | null): Dimension | undefined {
  const { ref } = mention;
  switch (ref.fact) {
    case 'reason':
      return atPath(mention, entry === null ? undefined : (entry.reason ?? ref.fact));
    case 'recipient':
    case 'reference':
    case 'quantity':
      return atPath(mention, entry?.[ref.fact]);
    case 'args':
      return atArgument(mention, ref.path);
    case 'label':
      return ofGrant(mention, (draft, value) => ({ ...draft, labels: withLabel(draft.labels, ref.label, value) }));
    case 'principal':
      return ofGrant(mention, (draft, value) => (value === undefined ? draft : { ...draft, principal: value }));
    case 'amount':
    case 'currency':
    case 'kind':
    case 'direction':
    case 'tool':
    case 'upstream':
    case 'time':
      return undefined;
  }
}

function withLabel(labels: Draft['labels'], label: string, value: string | undefined): Draft['labels'] {
  const next = new Map(labels);
  if (value === undefined) next.delete(label);
  else next.set(label, value);
  return next;
}

function atPath(mention: Mention, text: string | undefined): Dimension | undefined {
  if (text === undefined) return undefined;
  const path = pathOf(text);
  const name = nameOf(mention.ref);
  const bare = mention.operators.every(({ op }) => op === 'present');
  const probes = probesFor(mention.operators, isMany(path));
  return { name, choices: probes.map((probe) => choiceOf(probe, path, factWords(probe, name, bare))) };
}

function isMany(path: Path): boolean {
  return path.some(({ step }) => step === 'each');
}

function choiceOf(probe: Probe, path: Path, words: string): Choice {
  return { words, write: (draft) => ({ ...draft, args: written(draft.args, path, probe) }) };
}

function written(args: Draft['args'], path: Path, probe: Probe): Draft['args'] {
  switch (probe.is) {
    case 'left-out':
      return put(args, path, undefined);
    case 'value':
      return put(args, path, probe.value);
    case 'elements':
      return putEach(args, path, probe.values);
  }
}

/** A raw argument may be one that the amount was written into, so that leaving it as it is comes first. */
function atArgument({ ref, operators }: Mention, path: Path): Dimension {
  const asItIs: Choice = { words: '', write: (draft) => draft };
  const name = `\`${nameOf(ref)}\``;
  const probes = probesFor(operators, isMany(path));
  return {
    name: nameOf(ref),
    choices: [asItIs, ...probes.map((probe) => choiceOf(probe, path, argumentWords(probe, name)))],
  };
}

function ofGrant(mention: Mention, write: (draft: Draft, value: string | undefined) => Draft): Dimension {
  const name = nameOf(mention.ref);
  const choices = probesFor(mention.operators, false).flatMap((probe): Choice[] => {
    if (probe.is === 'elements' || (probe.is === 'left-out' && name === 'principal')) return [];
    const value = probe.is === 'value' ? probe.value : undefined;
    if (value !== undefined && (typeof value !== 'string' || value === '')) return [];
    const words = value === undefined ? `by a grant without \`${name}\`` : `by \`${name}\` ${shown(value)}`;
    return [{ words, write: (draft) => write(draft, value) }];
  });
  return { name, choices };
}

function factWords(probe: Probe, name: string, bare: boolean): string {
  if (probe.is === 'left-out') return `without a ${name}`;
  const [value] = probe.is === 'value' ? [probe.value] : probe.values;
  if (probe.is === 'value' && value === '') return `with a blank ${name}`;
  if (bare && typeof value === 'string' && value !== '') return `with a ${name}`;
  return `with ${argumentWords(probe, name)}`;
}

function argumentWords(probe: Probe, name: string): string {
  switch (probe.is) {
    case 'left-out':
      return `without ${name}`;
    case 'value':
      return probe.value === '' ? `${name} blank` : `${name} ${typed(probe.value)}`;
    case 'elements':
      return probe.values.length === 0 ? `${name} with no elements` : `${name} ${shown(probe.values)}`;
  }
}

/** A text stands in backticks; of anything else the type is said, because types are never converted. */
function typed(value: Parameters<typeof typeOf>[0]): string {
  const type = typeOf(value);
  return type === 'string' || type === 'null' ? (value === null ? 'null' : shown(value)) : `${type} ${shown(value)}`;
}
