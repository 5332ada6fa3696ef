/** From drafts to a document of ours that our own loader takes. */
import { readPolicy, readSource } from '../../config/index.ts';
import { brandAs } from '../../core/ids.ts';
import { Ids } from './draft.ts';
import type { PolicyDraft, RuleDraft } from './draft.ts';
import type { Refusal } from './notes.ts';
import type { DocumentReader } from './reader.ts';

/** The document, or nothing where more was refused than may be left out. */
export interface Assembled {
  readonly policy: PolicyDraft | null;
  /** True if something was refused that the source denied. */
  readonly loosens: boolean;
}

export interface AssembleOptions {
  readonly description: string;
  /** Denies the tools of whatever was refused, rather than answering nothing. */
  readonly partial: boolean;
}

/** Puts the document together. What our loader does not take is refused like everything else that cannot be kept. */
export async function assemble(reader: DocumentReader, options: AssembleOptions): Promise<Assembled> {
  await refuseUnloadable(reader, options.description);
  const refused = reader.book.refusals.filter(({ loosens }) => loosens);
  if (refused.length > 0 && !options.partial) return { policy: null, loosens: true };
  const denials = refused.map((refusal) => denialOf(refusal));
  const policy = documentOf([...denials, ...reader.drafts], options.description);
  const faults = await faultsOf(policy);
  // Too many rules, or too long a text: it is not the fault of any one of them.
  return { policy: faults.length === 0 ? policy : null, loosens: refused.length > 0 || faults.length > 0 };
}

/** A refused restriction becomes the strongest one, for the tools that it was about. */
function denialOf({ way, construct, why, tools }: Refusal): RuleDraft {
  const message = `The ${construct} of the imported policy could not be kept: ${why}.`.slice(0, 480);
  return { way, name: `refused-${way.join('-')}`, tools, effect: 'deny', message };
}

async function refuseUnloadable(reader: DocumentReader, description: string): Promise<void> {
  for (const { path, message } of await faultsOf(documentOf(reader.drafts, description))) {
    const index = Number(/^\/rules\/(\d+)/.exec(path)?.[1] ?? NaN);
    const draft = reader.drafts[index];
    if (draft === undefined) continue;
    const { way, tools, effect } = draft;
    const already = reader.book.refusals.some((refusal) => refusal.way === way);
    if (!already) reader.refuse({ way, construct: `${effect} rule`, why: message, tools, loosens: effect !== 'allow' });
  }
  const gone = new Set(reader.book.refusals.map(({ way }) => way));
  reader.drafts.splice(0, reader.drafts.length, ...reader.drafts.filter(({ way }) => !gone.has(way)));
}

function documentOf(drafts: readonly RuleDraft[], description: string): PolicyDraft {
  const ids = new Ids();
  const rules = drafts.map(({ name, tools, effect, when, limit, message }) => ({
    ...{ id: ids.take(name), tools, effect },
    ...(when !== undefined && { when }),
    ...(limit !== undefined && { limit }),
    ...(message !== undefined && { message }),
  }));
  return { version: 1, description, default: 'deny', rules };
}

async function faultsOf(policy: PolicyDraft) {
  const read = await readPolicy(brandAs('imported'), readSource('imported.json', JSON.stringify(policy)));
  return read.ok ? [] : read.faults;
}
