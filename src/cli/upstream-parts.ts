/** The upstreams of a grant, ready to be started: catalogue, secrets, environment. */
import { join } from 'node:path';
import { classifierFor } from '../catalogue/index.ts';
import type { EnvValue, LoadedConfig, UpstreamConfig } from '../config/types.ts';
import type { UpstreamName } from '../core/index.ts';
import type { Binding, UpstreamPart } from '../gateway/index.ts';
import { SecretError } from '../secrets/errors.ts';
import { ChildUpstream, type LaunchSpec, pairingOf, rememberedTools } from '../upstream/index.ts';
import type { Installation } from './compose.ts';

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
  const launch = async (): Promise<LaunchSpec> => {
    if (!accepting) await checkAccepted(installation, config);
    return launchSpec(installation, config);
  };
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
    binding: async () => ({ pairing: pairingOf(config), secrets: await secretsOf(installation, config) }),
    connect: (events) => new ChildUpstream({ name, timeoutMs, events, launch, ...patience }),
  };
}

/** The secrets that an upstream is given, by name, with their versions of now. Throws `SecretError` for one that is not there. */
async function secretsOf(installation: Installation, config: UpstreamConfig): Promise<Binding['secrets']> {
  const values = [...(config.via === 'stdio' ? config.env : config.headers).values()];
  const names = new Set(values.flatMap((value) => (value.is === 'secret' ? [value.secret] : [])));
  if (names.size === 0) return [];
  const entries = await (await installation.vault()).list();
  return [...names].sort().map((name) => {
    const found = entries.find((entry) => entry.name === name);
    if (found === undefined) throw new SecretError('missing', `there is no secret \`${name}\``);
    return { name, version: found.version };
  });
}

/** Nothing is started, and no secret opened, in a way that nobody accepted. */
async function checkAccepted(installation: Installation, config: UpstreamConfig): Promise<void> {
  const { pins } = await installation.store();
  const acceptance = await pins.get(config.name);
  const review = `run: countersign upstream review ${config.name} --accept`;
  if (acceptance === undefined) throw new NotReviewed(`nobody has reviewed it yet; ${review}`);
  if (acceptance.pairing !== pairingOf(config)) {
    throw new NotReviewed(`its command, arguments, environment or headers are not those that were accepted; ${review}`);
  }
}

/** Tells the upstream's supervisor that a person has to look first. */
class NotReviewed extends Error {
  readonly code = 'not_reviewed';
}

/** What to start, with every secret opened for this upstream and for nobody else. */
async function launchSpec(installation: Installation, config: UpstreamConfig): Promise<LaunchSpec> {
  if (config.via === 'http') throw new Error(REMOTE);
  const { command, args, cwd } = config;
  const entries = await Promise.all(
    [...config.env].map(async ([key, value]) => [key, await resolve(installation, config.name, value)] as const),
  );
  const home = join(installation.home, 'upstreams', config.name);
  return { command, args, cwd, env: Object.fromEntries(entries), home };
}

const REMOTE =
  'a remote server (`url`) cannot be reached by this version; bridge it with `"command": "npx", "args": ["-y", "mcp-remote", "<url>"]`';

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
