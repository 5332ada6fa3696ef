/** The upstreams of a grant, ready to be started: catalogue, secrets, environment. */
import { join } from 'node:path';
import { classifierFor } from '../catalogue/index.ts';
import type { KeyMode } from '../approvals/index.ts';
import type { EnvValue, LoadedConfig, UpstreamConfig } from '../config/types.ts';
import type { UpstreamName } from '../core/index.ts';
import type { Binding, UpstreamPart } from '../gateway/index.ts';
import { SecretError } from '../secrets/errors.ts';
import {
  Child,
  type Guard,
  type OpenChannel,
  pairingOf,
  PROCESS_RESTARTS,
  REMOTE_RESTARTS,
  rememberedTools,
  SupervisedUpstream,
  type UpstreamEvents,
} from '../upstream/index.ts';
import type { Installation } from './compose.ts';
import { keyModeOf } from './doctor/key-look.ts';
import { guardOf } from './upstream-runs.ts';

/** The parts of the named upstreams, in that order. Throws `CatalogueError` for a provider nobody knows. */
export function upstreamParts(
  installation: Installation,
  config: LoadedConfig,
  names: readonly UpstreamName[],
): Promise<UpstreamPart[]> {
  const wanted = names.flatMap((name) => config.upstreams.get(name) ?? []);
  return Promise.all(wanted.map((upstream) => partOf(installation, upstream, {})));
}

/** A person waits before the terminal, and `npx` may first have to download the server. */
const WATCHED_MS = 120_000;

/** The part of an upstream that a person is looking at; it has longer to come up than a client would wait. */
export function upstreamToWatch(installation: Installation, config: UpstreamConfig): Promise<UpstreamPart> {
  return partOf(installation, config, { initializeMs: WATCHED_MS });
}

/** The part of an upstream that a person is accepting at this moment: it starts as it is configured now. */
export function upstreamToAccept(installation: Installation, config: UpstreamConfig): Promise<UpstreamPart> {
  return partOf(installation, config, { initializeMs: WATCHED_MS, accepting: true });
}

/** How an upstream is started, where that is not as a gateway starts it. */
interface Starting {
  readonly initializeMs?: number;
  /** True: nobody has to have accepted it before. */
  readonly accepting?: boolean;
}

async function partOf(
  installation: Installation,
  config: UpstreamConfig,
  { accepting = false, ...patience }: Starting,
): Promise<UpstreamPart> {
  const classifier = await classifierFor(config.provider, config.tools, config.assumeCurrency);
  const { name, timeoutMs } = config;
  const guard = guardOf(installation.home);
  const carrier = openerOf(installation, config, guard);
  const modes = new Map<string, KeyMode | null>();
  const open: OpenChannel = async (sink, maxLineBytes) => {
    if (!accepting) await checkAccepted(installation, config);
    return carrier(sink, maxLineBytes);
  };
  const restarts = config.via === 'stdio' ? PROCESS_RESTARTS : REMOTE_RESTARTS;
  return {
    config,
    classify: (definition) => classifier.tool(definition),
    accepted: async () => {
      const { pins } = await installation.store();
      const acceptance = await pins.get(name);
      if (acceptance === undefined) return { pins: new Map(), tools: null };
      const { tools, pairing } = acceptance;
      return {
        pins: new Map(tools.map(({ tool, definition }) => [tool, definition])),
        tools: pairing === pairingOf(config) ? rememberedTools(tools) : null,
      };
    },
    binding: async () => ({ pairing: pairingOf(config), secrets: await secretsOf(installation, config, modes) }),
    connect: (events) => {
      const upstream: SupervisedUpstream = new SupervisedUpstream({
        ...{ name, timeoutMs, open, restarts, ...patience },
        events: noted(events, (state) => guard.note(upstream, state)),
      });
      return upstream;
    },
  };
}

/** The events, with every state noted where `upstream list` finds it. */
function noted(events: UpstreamEvents, note: UpstreamEvents['stateChanged']): UpstreamEvents {
  return {
    stateChanged: (state) => {
      note(state);
      events.stateChanged(state);
    },
    toolsChanged: () => events.toolsChanged(),
    request: (id, method, params) => events.request(id, method, params),
    notification: (method, params) => events.notification(method, params),
  };
}

/**
 * The secrets that an upstream is given, by name, with their versions of now, and whether they are live. Each is opened for
 * that once a version: who signs has to know, and sees no value. Throws `SecretError` for one that is not there.
 */
async function secretsOf(
  installation: Installation,
  config: UpstreamConfig,
  modes: Map<string, KeyMode | null>,
): Promise<Binding['secrets']> {
  const values = [...(config.via === 'stdio' ? config.env : config.headers).values()];
  const names = new Set(values.flatMap((value) => (value.is === 'secret' ? [value.secret] : [])));
  if (names.size === 0) return [];
  const vault = await installation.vault();
  const entries = await vault.list();
  return Promise.all(
    [...names].sort().map(async (name) => {
      const found = entries.find((entry) => entry.name === name);
      if (found === undefined) throw new SecretError('missing', `there is no secret \`${name}\``);
      const { version } = found;
      const mark = `${name}@${version}`;
      if (!modes.has(mark)) modes.set(mark, keyModeOf(await vault.open(name, config.name)));
      return { name, version, mode: modes.get(mark) ?? null };
    }),
  );
}

/** Nothing is started, and no secret opened, in a way that nobody accepted. */
async function checkAccepted(installation: Installation, config: UpstreamConfig): Promise<void> {
  const { pins } = await installation.store();
  const acceptance = await pins.get(config.name);
  const review = `run: countersign upstream review ${config.name} --accept`;
  if (acceptance === undefined) throw new NotReviewed(`nobody has reviewed it yet; ${review}`);
  if (acceptance.pairing !== pairingOf(config)) {
    const what = config.via === 'stdio' ? 'command, arguments or environment' : 'address or headers';
    throw new NotReviewed(`its ${what} are not those that were accepted; ${review}`);
  }
}

/** Tells the upstream's supervisor that a person has to look first. */
class NotReviewed extends Error {
  readonly code = 'not_reviewed';
}

/** How the server is reached, with every secret opened for this upstream and for nobody else, at each start anew. */
function openerOf(installation: Installation, config: UpstreamConfig, guard: Guard): OpenChannel {
  const { name } = config;
  if (config.via === 'http') {
    return async (sink, maxLineBytes) => {
      const [{ RemoteChannel }, headers] = await Promise.all([
        import('../upstream/http/channel.ts'),
        resolveAll(installation, name, config.headers),
      ]);
      return new RemoteChannel({ name, url: config.url, headers }, sink, maxLineBytes);
    };
  }
  const { command, args, cwd } = config;
  const home = join(installation.home, 'upstreams', name);
  return async (sink, maxLineBytes) => {
    const env = await resolveAll(installation, name, config.env);
    return Child.start({ name, command, args, cwd, env, home }, sink, maxLineBytes, guard);
  };
}

async function resolveAll(
  installation: Installation,
  upstream: UpstreamName,
  values: ReadonlyMap<string, EnvValue>,
): Promise<Record<string, string>> {
  const entries = [...values].map(async ([key, value]) => [key, await resolve(installation, upstream, value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function resolve(installation: Installation, upstream: UpstreamName, value: EnvValue): Promise<string> {
  if (value.is === 'plain') return value.text;
  const vault = await installation.vault();
  try {
    return await vault.open(value.secret, upstream);
  } catch (cause) {
    throw new SecretUnavailable(cause instanceof Error ? cause.message : 'the secret cannot be opened', { cause });
  }
}

/** Tells the upstream's supervisor that the cause lies with a secret, whatever exactly it is. */
class SecretUnavailable extends Error {
  readonly code = 'secret_missing';
}
