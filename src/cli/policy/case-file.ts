/** A file of test cases, with the policies and upstreams that it names, ready to be run. */
import { basename, dirname, extname, resolve } from 'node:path';
import { PROVIDER_NAMES } from '../../catalogue/index.ts';
import type { CaseFile, PolicyCase } from '../../config/case-schema.ts';
import { readCases } from '../../config/cases.ts';
import { type Fault, readPolicy, type Source } from '../../config/index.ts';
import { brandAs, type PolicyName, type UpstreamName } from '../../core/ids.ts';
import type { LoadedPolicy } from '../../core/policy.ts';
import { readDocument } from './documents.ts';
import { NOTHING_PINNED, type ToolBook, toolBook, type UpstreamFacts } from './known-tools.ts';

/** A file whose cases can be decided. */
export interface CaseBook {
  readonly source: Source;
  readonly file: CaseFile;
  readonly policies: readonly LoadedPolicy[];
  /** The documents of the policies, by the name that decisions give them. */
  readonly documents: ReadonlyMap<PolicyName, Source>;
  readonly books: ReadonlyMap<UpstreamName, ToolBook>;
}

export type OpenedCases =
  { readonly ok: true; readonly book: CaseBook } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Opens a file of cases. Throws `CommandError` if it, or a policy that it names, cannot be read. */
export async function openCases(path: string): Promise<OpenedCases> {
  const source = await readDocument(path);
  const cases = readCases(source);
  if (!cases.ok) return cases;
  const { policies, documents, faults } = await policiesOf(path, cases.file);
  const upstreams = upstreamsOf(source, cases.file);
  const all = [...faults, ...upstreams.faults];
  if (all.length > 0) return { ok: false, faults: all };
  const books = await Promise.all(upstreams.facts.map((facts) => toolBook(facts, NOTHING_PINNED)));
  const byName = new Map(books.map((book) => [book.upstream.name, book]));
  return { ok: true, book: { source, file: cases.file, policies, documents, books: byName } };
}

async function policiesOf(path: string, { policy }: CaseFile) {
  const policies: LoadedPolicy[] = [];
  const documents = new Map<PolicyName, Source>();
  const faults: Fault[] = [];
  for (const written of typeof policy === 'string' ? [policy] : policy) {
    const source = await readDocument(resolve(dirname(path), written));
    const name = nameFor(written, documents);
    const read = await readPolicy(name, source);
    documents.set(name, source);
    if (read.ok) policies.push({ state: 'loaded', policy: read.policy });
    else faults.push(...read.faults);
  }
  return { policies, documents, faults };
}

/** The file's name, or its path if two are called alike. */
function nameFor(written: string, taken: ReadonlyMap<PolicyName, Source>): PolicyName {
  const short = brandAs<PolicyName>(basename(written, extname(written)));
  return taken.has(short) ? brandAs(written) : short;
}

function upstreamsOf(source: Source, { upstreams = {}, cases }: CaseFile) {
  const facts = new Map(Object.entries(upstreams).map(([name, doc]) => [name, factsOf(name, doc)]));
  const faults: Fault[] = [];
  cases.forEach(({ call }, index) => {
    const name = upstreamOf(call);
    if (facts.has(name)) return;
    if (PROVIDER_NAMES.includes(name)) facts.set(name, factsOf(name, { provider: name }));
    else faults.push(source.fault('dangling_name', ['cases', index, 'call', 'tool'], undeclared(name)));
  });
  return { facts: [...facts.values()], faults };
}

function undeclared(name: string): string {
  return `there is no \`${name}\` in \`upstreams\`, and no provider is called so; declare \`"${name}": { "provider": … }\``;
}

/** The upstream that a case calls. */
export function upstreamOf({ tool }: PolicyCase['call']): string {
  return tool.slice(0, tool.indexOf('/'));
}

function factsOf(name: string, doc: NonNullable<CaseFile['upstreams']>[string]): UpstreamFacts {
  const tools = Object.entries(doc.tools ?? {}).map(
    ([tool, entries]) => [tool, 'kind' in entries ? [entries] : entries] as const,
  );
  return {
    name: brandAs(name),
    provider: doc.provider ?? null,
    tools: new Map(tools),
    assumeCurrency: doc.currency?.assume ?? null,
  };
}
