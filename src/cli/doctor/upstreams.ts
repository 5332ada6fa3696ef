/** The servers behind the gateway: how they are written down, whether they were accepted, whether they start. */
import type { EnvValue, LoadedConfig, UpstreamConfig } from '../../config/types.ts';
import type { UpstreamPart } from '../../gateway/index.ts';
import type { Acceptance } from '../../state/index.ts';
import { pairingOf, type Upstream } from '../../upstream/index.ts';
import { read, UPSTREAM_LIMITS } from '../../wire/index.ts';
import { Exit } from '../report.ts';
import { SHARED_FIX, sharedIn, sharedWords } from '../shared-names.ts';
import { upstreamParts } from '../upstream-parts.ts';
import { classified, withStarted } from '../upstream-probe.ts';
import { commandFindings } from './command-version.ts';
import { counted, failed, failure, type Finding, passed, warned, wordsOf } from './finding.ts';
import { looksLikeKey } from './key-look.ts';
import type { Site } from './site.ts';
import { kindsFinding, toolFindings } from './tools.ts';

/** Checks every upstream, side by side. */
export async function examineUpstreams(site: Site): Promise<readonly Finding[]> {
  const { config } = site;
  if (config === null) return [];
  const each = [...config.upstreams.values()].map(async (upstream) => [
    ...writtenFindings(upstream),
    ...(await livingFindings(site, config, upstream)),
  ]);
  return [...(await Promise.all(each)).flat(), ...(await nameFindings(site, config))];
}

/** Names that a client could not tell apart, in any grant. */
async function nameFindings({ store }: Site, config: LoadedConfig): Promise<readonly Finding[]> {
  if (store === null) return [];
  const shared = await sharedIn([...config.upstreams.values()], store.pins);
  return shared.map((one) => failed('upstream.names', sharedWords(one), SHARED_FIX, Exit.usage));
}

function writtenFindings(upstream: UpstreamConfig): readonly Finding[] {
  if (upstream.via === 'http') return plainKeys(upstream.name, upstream.headers, []);
  return [...commandFindings(upstream), ...plainKeys(upstream.name, upstream.env, upstream.args)];
}

function plainKeys(
  upstream: string,
  values: ReadonlyMap<string, EnvValue>,
  args: readonly string[],
): readonly Finding[] {
  const plain = [...values].flatMap(([key, value]) =>
    value.is === 'plain' && looksLikeKey(key, value.text) ? [`\`${key}\``] : [],
  );
  const inArgs = args.flatMap((arg, index) => (looksLikeKey('', arg) ? [`argument ${index + 1}`] : []));
  return [...plain, ...inArgs].map((place) => {
    const secret = `${upstream}-${place
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase()}`;
    return warned(
      `upstream.${upstream}.plain`,
      `${place} of \`${upstream}\` looks like a key in plain text; whoever reads the configuration has it`,
      `countersign secret set ${secret}, and { "secret": "${secret}" } in its place`,
    );
  });
}

async function livingFindings(site: Site, config: LoadedConfig, upstream: UpstreamConfig): Promise<readonly Finding[]> {
  const { installation } = site;
  const { name } = upstream;
  const id = `upstream.${name}`;
  if (installation === null) return [];
  try {
    const [part] = await upstreamParts(installation, config, [name]);
    return part === undefined ? [] : await partFindings(site, part);
  } catch (error) {
    const exit = error instanceof Error && error.name === 'CatalogueError' ? Exit.usage : Exit.unavailable;
    return [failure(id, `\`${name}\`: ${wordsOf(error)}`, exit)];
  }
}

async function partFindings({ store, offline }: Site, part: UpstreamPart): Promise<readonly Finding[]> {
  const { name } = part.config;
  const acceptance = await store?.pins.get(name);
  const unaccepted = reviewFinding(part.config, acceptance);
  if (unaccepted !== null || acceptance === undefined) return unaccepted === null ? [] : [unaccepted];
  if (offline) return acceptedFindings(part, acceptance);
  return withStarted(part, async (upstream) => startedFindings(part, upstream, (await part.accepted()).pins));
}

function reviewFinding(config: UpstreamConfig, acceptance: Acceptance | undefined): Finding | null {
  const { name } = config;
  const [id, review] = [`upstream.${name}`, `countersign upstream review ${name} --accept`];
  if (acceptance === undefined) return failed(id, `nobody has reviewed \`${name}\`, so it is not started`, review);
  if (acceptance.pairing === pairingOf(config)) return null;
  const what = config.via === 'stdio' ? 'command, arguments or environment' : 'address or headers';
  return failed(id, `\`${name}\` is not started: its ${what} are not those that were accepted`, review);
}

/** Without starting it: what was accepted. */
function acceptedFindings(part: UpstreamPart, { tools }: Acceptance): readonly Finding[] {
  const { name } = part.config;
  const pinned = tools.map(({ tool, definition }) => ({
    name: tool,
    definition: read(Buffer.from(definition), UPSTREAM_LIMITS).value,
  }));
  const found = classified(part, pinned).map((one) => ({ ...one, standing: 'accepted' as const }));
  const message = `\`${name}\` was accepted with ${counted(tools.length, 'tool')}, and was not started`;
  return [passed(`upstream.${name}`, message), kindsFinding(part, found)];
}

function startedFindings(
  part: UpstreamPart,
  upstream: Upstream,
  pins: ReadonlyMap<string, string>,
): readonly Finding[] {
  const { name } = part.config;
  const { state, serverInfo: server, tools } = upstream;
  const id = `upstream.${name}`;
  if (state.is === 'ready')
    return [
      passed(id, `\`${name}\` starts: ${server === '' ? 'a server without a name' : server}`),
      ...toolFindings(part, tools, pins),
    ];
  const why = state.is === 'failed' ? state.why : 'it did not start';
  // What it wrote may hold anything, and what doctor says is passed on; `upstream test` shows it to whoever asks.
  const message = `\`${name}\` does not start: ${why.split('; ')[0] ?? ''}`;
  return [failed(id, message, `countersign upstream test ${name}`, Exit.unavailable)];
}
