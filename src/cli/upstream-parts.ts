/** The upstreams of a grant, ready to be started: catalogue, secrets, environment. */
import { join } from 'node:path';
import { classifierFor } from '../catalogue/index.ts';
import type { EnvValue, LoadedConfig, UpstreamConfig } from '../config/types.ts';
import type { UpstreamName } from '../core/index.ts';
import type { UpstreamPart } from '../gateway/index.ts';
import { ChildUpstream, type LaunchSpec } from '../upstream/index.ts';
import type { Installation } from './compose.ts';

/** The parts of the named upstreams, in that order. Throws `CatalogueError` for a provider nobody knows. */
export function upstreamParts(
  installation: Installation,
  config: LoadedConfig,
  names: readonly UpstreamName[],
): Promise<UpstreamPart[]> {
  const wanted = names.flatMap((name) => config.upstreams.get(name) ?? []);
  return Promise.all(wanted.map((upstream) => partOf(installation, upstream)));
}

async function partOf(installation: Installation, config: UpstreamConfig): Promise<UpstreamPart> {
  const classifier = await classifierFor(config.provider, config.tools, config.assumeCurrency);
  const { name, timeoutMs } = config;
  return {
    config,
    classify: (definition) => classifier.tool(definition),
    connect: (events) => new ChildUpstream({ name, timeoutMs, events, launch: () => launchSpec(installation, config) }),
  };
}

/** What to start, with every secret opened for this upstream and for nobody else. */
async function launchSpec(installation: Installation, config: UpstreamConfig): Promise<LaunchSpec> {
  if (config.via === 'http') throw new Error(REMOTE);
  const { command, args, cwd } = config;
  const entries = await Promise.all(
    [...config.env].map(async ([key, value]) => [key, await resolve(installation, config.name, value)] as const),
  );
  return {
    command,
    args,
    cwd,
    env: Object.fromEntries(entries),
    home: join(installation.home, 'upstreams', config.name),
  };
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
