/**
 * `countersign upstream review`: a person looks at how an upstream is started, which secrets it is given and what its
 * tools are, and accepts that. Until then nothing of it is started for agents, and later changes are kept from them.
 */
import type { UpstreamConfig } from '../../config/types.ts';
import { splitToolName } from '../../core/ids.ts';
import { fromPlain, type Json } from '../../core/index.ts';
import type { UpstreamPart } from '../../gateway/index.ts';
import type { Acceptance, PinnedTool } from '../../state/index.ts';
import {
  declaredBy,
  type ListedTool,
  pairingOf,
  pinText,
  standingOfTool,
  type Upstream,
} from '../../upstream/index.ts';
import type { Actor } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { type Change, changesBetween } from '../definition-diff.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';
import { SHARED_FIX, sharedIn, sharedWords } from '../shared-names.ts';
import { classified, type Classified, declaredUpstream, withWatchedStart } from '../upstream-probe.ts';
import { upstreamToAccept } from '../upstream-parts.ts';

interface Options extends ActingOptions {
  readonly config: string | undefined;
  readonly accept?: boolean;
  readonly json?: boolean;
}

/** What a review found; what `--json` prints. */
interface Review {
  readonly upstream: string;
  /** True if the way it is started is the accepted one. */
  readonly paired: boolean;
  readonly starts: string;
  readonly secrets: readonly string[];
  readonly new: readonly Classified[];
  readonly changed: readonly { readonly tool: string; readonly diff: readonly Change[] }[];
  readonly gone: readonly string[];
  readonly unacceptable: readonly { readonly tool: string; readonly why: string }[];
  readonly accepted: boolean;
}

/** Shows what nobody has accepted yet; with `--accept`, accepts it. Exit code 1 while something is not accepted. */
export async function review(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = declaredUpstream(await installation.config(), name);
    const before = await (await installation.store()).pins.get(config.name);
    const paired = before?.pairing === pairingOf(config);
    // A program that nobody accepted is not started, and no secret opened for it, just to have a look.
    if (!paired && options.accept !== true) return report(unseen(config), options);
    // Before it is started: it is given its secrets then.
    const act = { does: 'upstream review', to: name };
    const actor = options.accept === true ? (await acting(installation, act, options)).actor : null;
    return report(await lookAt(installation, config, before, () => Promise.resolve(actor)), options);
  } finally {
    await installation.close();
  }
}

/** Starts an upstream that somebody is accepting now, or has accepted, and compares; accepts for whom `decide` answers. */
async function lookAt(
  installation: Installation,
  config: UpstreamConfig,
  before: Acceptance | undefined,
  decide: (found: Review) => Promise<Actor | null>,
): Promise<Review> {
  const paired = before?.pairing === pairingOf(config);
  const part = await upstreamToAccept(installation, config);
  return withWatchedStart(part, async (upstream) => {
    if (upstream.state.is !== 'ready') throw notStarted(upstream);
    const found = compare(part, config, before, upstream.tools, paired);
    const actor = await decide(found);
    return actor === null ? found : await accept(installation, part, found, upstream, actor);
  });
}

/**
 * Starts an upstream that nobody has accepted, and accepts it and its tools for whom `decide` answers once it has seen
 * them. Throws `CommandError` if it does not start.
 */
export async function acceptUpstream(
  installation: Installation,
  config: UpstreamConfig,
  decide: (found: Pick<Review, 'new' | 'changed' | 'unacceptable'>) => Promise<Actor | null>,
): Promise<boolean> {
  const before = await (await installation.store()).pins.get(config.name);
  return (await lookAt(installation, config, before, decide)).accepted;
}

function unseen(config: UpstreamConfig): Review {
  return { ...frameOf(config), paired: false, new: [], changed: [], gone: [], unacceptable: [], accepted: false };
}

function frameOf(config: UpstreamConfig): Pick<Review, 'upstream' | 'starts' | 'secrets'> {
  const values = config.via === 'stdio' ? config.env : config.headers;
  const secrets = [...values].flatMap(([key, value]) => (value.is === 'secret' ? [`${value.secret} as ${key}`] : []));
  const starts = config.via === 'stdio' ? [config.command, ...config.args].join(' ') : config.url;
  return { upstream: config.name, starts, secrets };
}

function notStarted(upstream: Upstream): CommandError {
  const { name, state } = upstream;
  const why = state.is === 'failed' ? state.why : 'it did not start';
  const last = upstream.stderrTail().at(-1);
  return new CommandError(
    Exit.unavailable,
    `upstream \`${name}\` is not available: ${why}`,
    last === undefined ? undefined : `it wrote: ${last}`,
  );
}

function compare(
  part: UpstreamPart,
  config: UpstreamConfig,
  before: Acceptance | undefined,
  tools: readonly ListedTool[],
  paired: boolean,
): Review {
  const pinned = new Map(before?.tools.map(({ tool, definition }) => [tool, definition]));
  const of = (standing: string): ListedTool[] =>
    tools.filter((tool) => standingOfTool(tool, pinned, keptOf(part, tool)) === standing);
  const names = new Set(tools.map(({ name }) => name));
  return {
    ...frameOf(config),
    paired,
    new: classified(part, of('new')),
    changed: of('changed').map((tool) => ({
      tool: tool.name,
      diff: diffOf(pinned.get(tool.name), tool, keptOf(part, tool)),
    })),
    gone: [...pinned.keys()].filter((tool) => !names.has(tool)),
    unacceptable: of('unacceptable').map((tool) => ({ tool: tool.name, why: faultOf(tool) })),
    accepted: false,
  };
}

function diffOf(pinned: string | undefined, tool: ListedTool, kept: readonly string[]): readonly Change[] {
  const now = pinText(tool.definition, kept);
  return now.ok ? changesBetween(parsed(pinned ?? '{}'), parsed(now.text)) : [];
}

function parsed(text: string): Json {
  return fromPlain(JSON.parse(text));
}

/** The properties whose defaults count, since the catalogue reads them. */
function keptOf(part: UpstreamPart, tool: ListedTool): readonly string[] {
  return part.classify(tool.definition).paths;
}

function faultOf(tool: ListedTool): string {
  const text = pinText(tool.definition);
  return text.ok ? '' : text.why;
}

async function accept(
  installation: Installation,
  part: UpstreamPart,
  found: Review,
  { tools, capabilities }: Pick<Upstream, 'tools' | 'capabilities'>,
  actor: Actor,
): Promise<Review> {
  const { config } = part;
  const pins = tools.flatMap((tool): PinnedTool[] => {
    const text = pinText(tool.definition, keptOf(part, tool));
    return text.ok ? [{ tool: tool.name, definition: text.text, listed: tool.raw.toString('utf8') }] : [];
  });
  const pairing = pairingOf(config);
  await checkNames(installation, config, pins);
  const admin = await installation.adminLog();
  await admin.write({ kind: 'upstream_accepted', actor, upstream: config.name, pairing, pins: pins.length });
  const store = await installation.store();
  const declares = declaredBy(capabilities);
  const acceptance = { pairing, tools: pins, declares, acceptedMs: Date.now(), acceptedBy: actor.name };
  await store.pins.accept(config.name, acceptance);
  return { ...found, paired: true, accepted: true };
}

/** What clients could not tell apart is not accepted: neither of the two would be listed. */
async function checkNames(
  installation: Installation,
  { name, prefix }: UpstreamConfig,
  pins: readonly PinnedTool[],
): Promise<void> {
  const { upstreams } = await installation.config();
  const store = await installation.store();
  const tools = pins.map(({ tool }) => tool);
  const shared = await sharedIn([...upstreams.values()], store.pins, { name, prefix, tools });
  const own = shared.find(({ first, second }) => [first, second].some((tool) => splitToolName(tool).upstream === name));
  if (own !== undefined) throw new CommandError(Exit.usage, sharedWords(own), SHARED_FIX);
}

function report(found: Review, options: Options): ExitCode {
  if (options.json === true) printJson(found);
  else show(found);
  const settled = found.paired && found.new.length === 0 && found.changed.length === 0;
  return found.accepted || settled ? Exit.ok : Exit.found;
}

function keptWords({ upstream, new: added, changed }: Review): string {
  if (added.length + changed.length === 0) return `everything of \`${upstream}\` is as it was accepted`;
  return `kept from agents: ${added.length} new, ${changed.length} changed; until they are accepted`;
}

function show(found: Review): void {
  const { upstream, starts, secrets, paired, accepted } = found;
  print(`${upstream} is started as: ${starts}`);
  print(`it is given the secrets: ${secrets.length === 0 ? 'none' : secrets.join(', ')}`);
  for (const { tool, kinds, why } of found.new)
    print(`  new       ${tool}  (${kinds.join(' ')}${why === null ? '' : `: ${why}`})`);
  for (const { tool, diff } of found.changed) {
    print(`  changed   ${tool}`);
    for (const { at, was, is } of diff) print(`              ${at}: ${was ?? '(nothing)'} → ${is ?? '(nothing)'}`);
  }
  for (const tool of found.gone) print(`  gone      ${tool}`);
  for (const { tool, why } of found.unacceptable) print(`  refused   ${tool}  (${why})`);
  if (accepted) say(`accepted \`${upstream}\` and its tools as they are now`);
  else if (!paired)
    say(`nobody has accepted that \`${upstream}\` is started like this; its tools are listed once that is accepted`);
  else say(keptWords(found));
  if (!accepted && (!paired || found.new.length + found.changed.length > 0))
    hint(`countersign upstream review ${upstream} --accept`);
}
