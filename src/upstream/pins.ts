/**
 * Pins: what a person accepted of an upstream, and whether what it lists now is still that. The upstream wrote every
 * text in a definition; a definition that changes after it was accepted may have been changed to mislead an agent.
 */
import { createHash } from 'node:crypto';
import type { EnvValue, UpstreamConfig } from '../config/types.ts';
import {
  canonicalJson,
  canonicalPlain,
  isArray,
  isObject,
  type Json,
  JsonNumber,
  type JsonObject,
} from '../core/index.ts';
import { readObject } from './incoming.ts';
import type { ListedTool } from './port.ts';

/** Not listed to clients, and so not accepted: whether the server would run the tool as a task. */
const UNLISTED = 'execution';

// What a person cannot see, or what reorders the line he reads: controls but line ends and tabs, format and separator characters.
const INVISIBLE = /[^\P{Cc}\n\r\t]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const MAX_VOLATILE_CHARS = 64;

/** A definition as it is pinned, or why it cannot be. */
export type PinText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/**
 * The canonical text of a definition. `default`s are left out, since servers fill them in anew at each start, except on
 * the properties at `kept`, which the catalogue reads.
 */
export function pinText(definition: Json, kept: readonly string[] = []): PinText {
  if (!isObject(definition)) return { ok: false, why: 'it is not an object' };
  const pinned = new Map<string, Json>();
  // Every member that reaches an agent is pinned, also those that decide nothing: text in `_meta` can mislead as well.
  for (const [member, value] of definition)
    if (member !== UNLISTED)
      pinned.set(member, member === 'inputSchema' ? withoutDefaults(value, '', new Set(kept)) : value);
  if (holdsInvisible(pinned)) return { ok: false, why: 'its definition holds invisible or bidirectional characters' };
  try {
    return { ok: true, text: canonicalJson(pinned) };
  } catch {
    return { ok: false, why: 'its definition holds a number or a text that has no canonical form' };
  }
}

/** Walks a JSON Schema by its properties and items; `path` is the argument path of the schema at hand. */
function withoutDefaults(schema: Json, path: string, kept: ReadonlySet<string>): Json {
  if (isArray(schema)) return schema.map((item) => withoutDefaults(item, path, kept));
  if (!isObject(schema)) return schema;
  const copy = new Map<string, Json>();
  for (const [key, value] of schema) {
    if (key === 'default' && isVolatile(value) && !kept.has(path)) continue;
    copy.set(
      key,
      key === 'properties' && isObject(value)
        ? withoutThose(value, path, kept)
        : withoutDefaults(value, stepOf(key, path), kept),
    );
  }
  return copy;
}

/**
 * A time or an id that a server fills in anew: a number or a few words. A longer text could speak to the agent, and an
 * object or a boolean could be a schema that a reference leads to (`#/$defs/default`).
 */
function isVolatile(value: Json): boolean {
  if (typeof value === 'string') return value.length <= MAX_VOLATILE_CHARS && !INVISIBLE.test(value);
  return value instanceof JsonNumber;
}

/** The names of properties are names, also when one is called `default`. */
function withoutThose(properties: JsonObject, path: string, kept: ReadonlySet<string>): Json {
  return new Map(
    [...properties].map(([name, schema]) => [
      name,
      withoutDefaults(schema, path === '' ? name : `${path}.${name}`, kept),
    ]),
  );
}

function stepOf(key: string, path: string): string {
  return key === 'items' ? `${path}[*]` : path;
}

function holdsInvisible(value: Json): boolean {
  if (typeof value === 'string') return INVISIBLE.test(value);
  if (isArray(value)) return value.some(holdsInvisible);
  return isObject(value) && [...value].some(([key, member]) => INVISIBLE.test(key) || holdsInvisible(member));
}

/** Accepted tools as their server listed them then; null if that of one was not kept, or cannot be read. */
export function rememberedTools(
  accepted: readonly { readonly tool: string; readonly listed?: string }[],
): readonly ListedTool[] | null {
  const tools: ListedTool[] = [];
  for (const { tool: name, listed } of accepted) {
    const raw = listed === undefined ? null : Buffer.from(listed);
    const definition = raw === null ? null : readObject(raw);
    if (raw === null || definition?.get('name') !== name) return null;
    tools.push({ name, definition, raw });
  }
  return tools;
}

/** What became of a listed tool. */
export type Standing = 'accepted' | 'new' | 'changed' | 'unacceptable';

/** Compares a listed tool with what was accepted under its name. */
export function standingOfTool(
  tool: ListedTool,
  accepted: ReadonlyMap<string, string>,
  kept: readonly string[] = [],
): Standing {
  const now = pinText(tool.definition, kept);
  if (!now.ok) return 'unacceptable';
  const then = accepted.get(tool.name);
  if (then === undefined) return 'new';
  return then === now.text ? 'accepted' : 'changed';
}

/**
 * The pairing of an upstream with what it is started with and given: a hash of the command, arguments, environment,
 * URL and headers. Secrets count by their names, since their values change.
 */
export function pairingOf(config: UpstreamConfig): string {
  const values = (entries: ReadonlyMap<string, EnvValue>): unknown =>
    Object.fromEntries(
      [...entries].map(([key, value]) => [
        key,
        value.is === 'plain' ? { plain: value.text } : { secret: value.secret },
      ]),
    );
  const pairing =
    config.via === 'stdio'
      ? { via: config.via, command: config.command, args: config.args, env: values(config.env), cwd: config.cwd }
      : { via: config.via, url: config.url, headers: values(config.headers) };
  return createHash('sha256').update(canonicalPlain(pairing)).digest('hex');
}

const DECLARED = ['tools', 'resources', 'prompts', 'completions', 'logging'] as const;

/** What of MCP a server declares, as far as the gateway serves it: what is remembered of it when it is accepted. */
export function declaredBy(capabilities: JsonObject): readonly string[] {
  const resources = capabilities.get('resources');
  const follows = isObject(resources) && resources.get('subscribe') === true;
  return [...DECLARED.filter((name) => capabilities.has(name)), ...(follows ? ['resources.subscribe'] : [])];
}
