/** What the policy commands read of an installation. None of it starts a server or needs a home to exist. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, locateHome } from '../../config/index.ts';
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import { brandAs, type GrantName, type UpstreamName } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { read, UPSTREAM_LIMITS } from '../../wire/index.ts';
import { Installation } from '../compose.ts';
import { CommandError, Exit } from '../report.ts';
import { type Definitions, NOTHING_PINNED, type ToolBook, toolBook } from './known-tools.ts';

/** A configuration with the accepted definitions of its upstreams. */
export interface PolicyContext {
  readonly config: LoadedConfig;
  /** The tools of an upstream of the configuration; each book is opened once. */
  book(upstream: UpstreamName): Promise<ToolBook | undefined>;
  close(): Promise<void>;
}

/** `edited`: the configuration as people write it, in force or not. Throws `ConfigError`, or `HomeError` for a home that is open to others. */
export async function openContext(
  configFile: string | undefined,
  { edited = false }: { readonly edited?: boolean } = {},
): Promise<PolicyContext> {
  const home = locateHome(process.env);
  // A policy repository in CI has a configuration and no home.
  const installation = existsSync(home) ? new Installation(process.env, { configFile, edited }) : null;
  const config = await (installation?.config() ?? loadConfig({ home, file: configFile, env: process.env }));
  const books = new Map<UpstreamName, Promise<ToolBook>>();
  return {
    config,
    book: async (name) => {
      const upstream = config.upstreams.get(name);
      if (upstream === undefined) return undefined;
      const book = books.get(name) ?? definitionsOf(installation, name).then((pins) => toolBook(upstream, pins));
      books.set(name, book);
      return book;
    },
    close: async () => installation?.close(),
  };
}

/** The same, or null where nobody named a configuration and there is none. */
export async function contextIfAny(configFile: string | undefined): Promise<PolicyContext | null> {
  try {
    return await openContext(configFile, { edited: true });
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'not_found' && configFile === undefined) return null;
    throw error;
  }
}

async function definitionsOf(installation: Installation | null, upstream: UpstreamName): Promise<Definitions> {
  if (installation === null || !existsSync(join(installation.home, 'state.db'))) return NOTHING_PINNED;
  const { pins } = await installation.store();
  const pinned = await pins.list(upstream);
  return new Map(pinned.map(({ tool, definition }) => [tool, jsonOf(definition)]));
}

/** A definition may hold numbers that no call may. */
function jsonOf(text: string): Json {
  return read(Buffer.from(text), UPSTREAM_LIMITS).value;
}

/** The grant `name`. Throws `CommandError`. */
export function grantOf({ grants, file }: LoadedConfig, name: string): GrantConfig {
  const found = grants.get(brandAs<GrantName>(name));
  if (found !== undefined) return found;
  const known = [...grants.keys()].map((one) => `\`${one}\``).join(', ');
  const next = known === '' ? 'it declares none' : `it declares ${known}`;
  throw new CommandError(Exit.usage, `there is no grant \`${name}\` in ${file}`, next);
}
