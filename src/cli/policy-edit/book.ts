/** The document that is edited, and the tools that it is about. */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { policyPlaces, readText } from '../policy/documents.ts';
import { brandAs, type PolicyName, splitToolName, type ToolName } from '../../core/ids.ts';
import type { PolicyContext } from '../policy/context.ts';
import { type KnownTool, NOTHING_PINNED, toolBook } from '../policy/known-tools.ts';
import { type ComparedUpstream, type ToolUse, usesOf } from '../policy-diff/known-tools.ts';
import { comparedUpstreams } from '../policy-diff/upstreams.ts';
import { CommandError, Exit } from '../report.ts';
import { type Document, PolicyDraft } from './draft.ts';

/** A tool with every use that the catalogue knows of it. */
export interface EditedTool extends KnownTool {
  readonly uses: readonly ToolUse[];
}

export interface EditedPolicy {
  readonly draft: PolicyDraft;
  readonly upstreams: readonly ComparedUpstream[];
  /** By upstream and name. */
  readonly tools: readonly EditedTool[];
  /** When an edit takes effect: at once, once operators have signed it, or never, in a file that no gateway reads. */
  readonly takesEffect: 'at once' | 'signed' | 'never';
  /** The tool of that name. Throws `CommandError` for one that nobody knows. */
  tool(written: string): EditedTool;
}

export interface Wanted {
  readonly upstream?: readonly string[];
  readonly provider?: string;
}

/** Opens a policy by its name in the configuration, or a file. Throws `CommandError`. */
export async function openPolicy(
  written: string,
  context: PolicyContext | null,
  { upstream: upstreams = [], provider }: Wanted,
): Promise<EditedPolicy> {
  const document = await documentOf(written, context);
  const draft = await PolicyDraft.of(document, await readText(document.file));
  const compared = await comparedUpstreams({ upstreams, provider: provider ?? null }, context);
  const tools = (await Promise.all(compared.map((one) => toolsOf(one, context, provider !== undefined)))).flat();
  const isRead = context?.config.files.includes(resolve(document.file)) === true;
  const takesEffect = !isRead ? 'never' : context.config.trustRoot === null ? 'at once' : 'signed';
  return { draft, upstreams: compared, tools, takesEffect, tool: (name) => named(tools, compared, name) };
}

/** A name of the configuration comes first: a file that happens to be called so must not be taken for the policy. */
async function documentOf(written: string, context: PolicyContext | null): Promise<Document> {
  const places = context === null ? new Map<string, unknown>() : await policyPlaces(context.config);
  const place = places.get(written);
  if (typeof place === 'string')
    return { name: brandAs(written), file: resolve(dirname(context?.config.file ?? ''), place) };
  if (place !== undefined)
    throw new CommandError(
      Exit.usage,
      `the policy \`${written}\` stands in ${context?.config.file ?? ''} itself`,
      'only a policy in a file of its own can be edited here: move it to one, and write its path in its place',
    );
  if (existsSync(written)) return { name: await nameOf(written, context), file: written };
  const known = [...places.keys()].map((name) => `\`${name}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `there is no file and no policy \`${written}\``,
    known === '' ? undefined : `the configuration has ${known}`,
  );
}

/** A file that the configuration names goes by that name. */
async function nameOf(file: string, context: PolicyContext | null): Promise<PolicyName> {
  const places = context === null ? [] : [...(await policyPlaces(context.config))];
  const home = context === null ? '' : dirname(context.config.file);
  const found = places.find(([, place]) => typeof place === 'string' && resolve(home, place) === resolve(file));
  return brandAs<PolicyName>(found?.[0] ?? basename(file, extname(file)));
}

async function toolsOf(
  upstream: ComparedUpstream,
  context: PolicyContext | null,
  isBare: boolean,
): Promise<readonly EditedTool[]> {
  const book = (isBare ? undefined : await context?.book(upstream.name)) ?? (await toolBook(upstream, NOTHING_PINNED));
  const uses = await usesOf(upstream, { tools: [], currencies: [] });
  return book.tools.map((tool) => withUses(tool, uses)).sort((a, b) => (a.tool < b.tool ? -1 : 1));
}

function withUses(tool: KnownTool, uses: readonly ToolUse[]): EditedTool {
  return { ...tool, uses: uses.filter((use) => use.tool === tool.tool) };
}

function named(tools: readonly EditedTool[], upstreams: readonly ComparedUpstream[], written: string): EditedTool {
  const found = tools.find(({ tool }) => tool === written);
  if (found !== undefined) return found;
  const { upstream } = splitToolName(brandAs<ToolName>(written));
  const names = upstreams.map(({ name }) => `\`${name}\``).join(', ');
  if (!upstreams.some(({ name }) => name === upstream))
    throw new CommandError(
      Exit.usage,
      `\`${written}\` is no tool of an upstream here`,
      `write <upstream>/<tool>; there is ${names}`,
    );
  throw new CommandError(
    Exit.usage,
    `upstream \`${upstream}\` has no known tool \`${written.slice(upstream.length + 1)}\``,
    'countersign policy edit NAME --list shows all of them',
  );
}
