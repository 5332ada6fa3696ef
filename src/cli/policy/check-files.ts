/** Checks policies: of files that a person named, or all of a configuration in the way in which its grants use them. */
import { basename, extname, resolve } from 'node:path';
import { PROVIDER_NAMES } from '../../catalogue/index.ts';
import { readPolicy, type Source } from '../../config/index.ts';
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import { brandAs, type PolicyName, type UpstreamName } from '../../core/ids.ts';
import type { Policy } from '../../core/policy.ts';
import type { PolicyContext } from './context.ts';
import { policySources, readDocument } from './documents.ts';
import { catalogueNames, NOTHING_PINNED, type ToolBook, toolBook } from './known-tools.ts';
import { type Finding, finding, type LintInput, type View } from './lint/input.ts';
import { lint } from './lint/lint.ts';

export interface Checked {
  /** How many policies were looked at. */
  readonly policies: number;
  readonly findings: readonly Finding[];
}

/** Checks files; `context` is there if a configuration was named. Throws `CommandError` if one cannot be read. */
export async function checkFiles(files: readonly string[], context: PolicyContext | null): Promise<Checked> {
  const findings: Finding[] = [];
  const known = context === null ? new Map<PolicyName, Source>() : await policySources(context.config);
  for (const file of files.map((name) => resolve(name))) {
    const [name] = [...known].find(([, source]) => source.file === file) ?? [];
    findings.push(...(await checkFile(file, name, context)));
  }
  return { policies: files.length, findings };
}

async function checkFile(
  file: string,
  name: PolicyName | undefined,
  context: PolicyContext | null,
): Promise<readonly Finding[]> {
  const source = await readDocument(file);
  const read = await readPolicy(name ?? brandAs<PolicyName>(basename(file, extname(file))), source);
  if (!read.ok) return read.faults;
  const { policy } = read;
  const base = { policy, source, configured: context !== null, catalogueNames: await catalogueNames() };
  const views = context === null ? [await catalogueView(policy)] : await viewsOf(context, policy, name);
  return lint({ ...base, views });
}

/** No configuration: every provider of the catalogue, under its own name. */
async function catalogueView(policy: Policy): Promise<View> {
  const facts = PROVIDER_NAMES.map((provider) => ({
    ...{ name: brandAs<UpstreamName>(provider), provider },
    ...{ tools: new Map(), assumeCurrency: null },
  }));
  const books = await Promise.all(facts.map((upstream) => toolBook(upstream, NOTHING_PINNED)));
  return { grant: null, policies: [policy], books };
}

/** Checks every policy of a configuration. */
export async function checkConfigured(context: PolicyContext): Promise<Checked> {
  const { config } = context;
  const sources = await policySources(config);
  const findings: Finding[] = [...config.policyFaults];
  for (const [name, loaded] of config.policies) {
    const source = sources.get(name);
    if (loaded.state === 'broken' || source === undefined) continue;
    const { policy } = loaded;
    const views = await viewsOf(context, policy, name);
    const input = { policy, source, configured: true, catalogueNames: await catalogueNames(), views };
    findings.push(...lint(input));
    if (usersOf(config, name).length === 0) findings.push(unused(input));
  }
  return { policies: config.policies.size, findings };
}

function unused(input: LintInput): Finding {
  return finding(input, 'unused_policy', [], `no grant uses policy \`${input.policy.name}\``, 'note');
}

function usersOf({ grants }: LoadedConfig, name: PolicyName): readonly GrantConfig[] {
  return [...grants.values()].filter(({ policies, shadow }) => policies.includes(name) || shadow.includes(name));
}

/** One view per grant that uses the policy; every upstream there is if none does. */
async function viewsOf(context: PolicyContext, policy: Policy, name: PolicyName | undefined): Promise<readonly View[]> {
  const users = name === undefined ? [] : usersOf(context.config, name);
  if (users.length === 0) {
    const books = await booksOf(context, [...context.config.upstreams.keys()]);
    return [{ grant: null, policies: [policy], books }];
  }
  return Promise.all(users.map((grant) => viewOf(context, policy, grant)));
}

/** A shadow is looked at as if it were in force beside the others. */
async function viewOf(context: PolicyContext, policy: Policy, grant: GrantConfig): Promise<View> {
  const others = grant.policies
    .filter((name) => name !== policy.name)
    .flatMap((name) => context.config.policies.get(name) ?? [])
    .flatMap((loaded) => (loaded.state === 'loaded' ? [loaded.policy] : []));
  return { grant: grant.name, policies: [policy, ...others], books: await booksOf(context, grant.upstreams) };
}

async function booksOf(context: PolicyContext, names: readonly UpstreamName[]): Promise<readonly ToolBook[]> {
  return (await Promise.all(names.map((name) => context.book(name)))).filter((book) => book !== undefined);
}
