/** `countersign policy explain`: what one call would be decided as, and why. Nothing is sent, started or counted. */
import type { GrantConfig } from '../../config/types.ts';
import { brandAs, splitToolName, type ToolName } from '../../core/ids.ts';
import { type Answer, answerFor } from '../policy/answer.ts';
import { readCall } from '../policy/call-file.ts';
import { grantOf, openContext, type PolicyContext } from '../policy/context.ts';
import { placeOf, policySources } from '../policy/documents.ts';
import { explainLines } from '../policy/explain-lines.ts';
import type { KnownTool, ToolBook } from '../policy/known-tools.ts';
import { factWords, obligationData } from '../policy/rule-words.ts';
import { CommandError, Exit, type ExitCode, print, printJson } from '../report.ts';

interface Options {
  readonly grant: string;
  readonly call: string;
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Explains one call. Throws `CommandError` for a grant, a tool or a call that there is not. */
export async function explain(options: Options): Promise<ExitCode> {
  const context = await openContext(options.config);
  try {
    const grant = grantOf(context.config, options.grant);
    const call = await readCall(options.call);
    const tool = await wantedTool(context, grant, call.tool);
    const policies = grant.policies.flatMap((name) => context.config.policies.get(name) ?? []);
    const answer = await answerFor(tool, call.args, grant, policies, call.timeMs ?? Date.now());
    if (options.json === true) printJson(dataOf(answer, tool));
    else await show(context, answer, tool, policies.length > 1);
    return Exit.ok;
  } finally {
    await context.close();
  }
}

async function show(context: PolicyContext, answer: Answer, tool: KnownTool, severalPolicies: boolean): Promise<void> {
  const { policy, pointer } = answer.source;
  const place = policy === null ? null : placeOf((await policySources(context.config)).get(policy), pointer);
  for (const line of explainLines({ answer, tool, place, severalPolicies })) print(line);
}

async function wantedTool(context: PolicyContext, grant: GrantConfig, written: string): Promise<KnownTool> {
  const { upstream, tool } = splitToolName(brandAs<ToolName>(written));
  const known = grant.upstreams.map((name) => `\`${name}\``).join(', ');
  if (!written.includes('/') || tool === '')
    throw new CommandError(Exit.usage, `\`${written}\` is no tool`, `write <upstream>/<tool>; the grant has ${known}`);
  const found = grant.upstreams.includes(upstream) ? await context.book(upstream) : undefined;
  if (found === undefined)
    throw new CommandError(Exit.usage, `grant \`${grant.name}\` has no upstream \`${upstream}\``, `it has ${known}`);
  return found.pinned ? pinnedTool(found, tool) : found.orUnclassified(tool);
}

function pinnedTool(book: ToolBook, name: string): KnownTool {
  const found = book.find(name);
  if (found !== undefined) return found;
  const { name: upstream } = book.upstream;
  throw new CommandError(
    Exit.usage,
    `upstream \`${upstream}\` has no accepted tool \`${name}\``,
    `countersign upstream review ${upstream} shows its tools`,
  );
}

/** What `--json` prints. */
function dataOf({ decision, source, code, message, obligations, trace, facts }: Answer, tool: KnownTool) {
  const { classification } = facts;
  return {
    ...{ decision, rule: source.rule, pointer: source.pointer },
    obligations: obligations.map(obligationData),
    trace: trace.map(({ source: { rule, pointer, policy }, ...entry }) => ({ rule, pointer, policy, ...entry })),
    ...{ policyHash: source.policyHash, policy: source.policy, code, message },
    ...{ tool: facts.tool, kind: classification.kind, pinned: tool.inputSchema !== null },
    ...{ time: new Date(facts.timeMs).toISOString(), facts: factWords(facts) },
  };
}
