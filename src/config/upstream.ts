/** From an upstream as written to the one the product takes. */
import { isAbsolute } from 'node:path';
import type { CatalogueEntry } from '../core/entry.ts';
import { brandAs } from '../core/ids.ts';
import type { UpstreamDoc, ValueDoc } from './config-schema.ts';
import type { FaultList } from './scope.ts';
import { show } from './tree.ts';
import type { DocumentPath } from './tree.ts';
import type { EnvValue, UpstreamConfig } from './types.ts';
import { parseDurationMs } from './units.ts';

const DAY_MS = 86_400_000;

/** Reads the upstream `name`; `only` if there is no other. Faults go to `list`. */
export function readUpstream(name: string, doc: UpstreamDoc, only: boolean, list: FaultList): UpstreamConfig {
  const path = ['upstreams', name];
  const base = {
    name: brandAs<UpstreamConfig['name']>(name),
    provider: doc.provider ?? null,
    tools: new Map(Object.entries(doc.tools ?? {}).map(([tool, entries]) => [tool, entriesOf(entries)])),
    assumeCurrency: doc.currency?.assume ?? null,
    prefix: doc.prefix ?? (only ? '' : `${name}_`),
    timeoutMs: readTimeout(doc.timeout ?? '60s', [...path, 'timeout'], list),
    elicitation: doc.elicitation ?? false,
    instructions: doc.instructions ?? null,
    start: doc.start ?? 'eager',
  };
  if ('url' in doc) {
    checkUrl(doc.url, [...path, 'url'], list);
    return { ...base, via: 'http', url: doc.url, headers: readValues(doc.headers, [...path, 'headers'], list) };
  }
  const args = doc.args ?? [];
  args.forEach((arg, index) => checkPlain(arg, [...path, 'args', index], list));
  if (doc.cwd !== undefined && !isAbsolute(doc.cwd)) {
    list.refuse(
      'wrong_value',
      [...path, 'cwd'],
      'expected an absolute path; this one depends on where the gateway was started',
    );
  }
  const env = readValues(doc.env, [...path, 'env'], list);
  return { ...base, via: 'stdio', command: doc.command, args, env, cwd: doc.cwd ?? null };
}

function entriesOf(entries: CatalogueEntry | readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  return 'kind' in entries ? [entries] : entries;
}

function readTimeout(text: string, path: DocumentPath, list: FaultList): number {
  const timeoutMs = parseDurationMs(text) ?? 0;
  // A longer timer than 24 days would fire at once.
  if (timeoutMs > DAY_MS) list.refuse('wrong_value', path, 'expected at most `24h`');
  return timeoutMs;
}

function readValues(docs: Readonly<Record<string, ValueDoc>> = {}, path: DocumentPath, list: FaultList) {
  return new Map(Object.entries(docs).map(([key, doc]) => [key, readValue(doc, [...path, key], list)]));
}

function readValue(doc: ValueDoc, path: DocumentPath, list: FaultList): EnvValue {
  if (typeof doc !== 'string') return { is: 'secret', secret: brandAs(doc.secret) };
  checkPlain(doc, path, list);
  return { is: 'plain', text: doc };
}

const LIVE_KEY = /(?:^|[^A-Za-z0-9])(?:sk_live_|rk_live_|csg_[A-Za-z0-9]{43})/;

/** Keys of production that can be told by their look have no place in a file that is copied and committed. */
function checkPlain(text: string, path: DocumentPath, list: FaultList): void {
  if (!LIVE_KEY.test(text)) return;
  list.refuse(
    'plain_secret',
    path,
    'this is a live key; seal it with `countersign secret set NAME` and write `{ "secret": "NAME" }`',
  );
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The words never repeat the address, which may carry a password. */
function checkUrl(text: string, path: DocumentPath, list: FaultList): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    list.refuse('wrong_value', path, 'expected an address like `https://mcp.example.com/mcp`');
    return;
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    list.refuse('wrong_value', path, 'expected `https://`; plain `http://` is only for this machine');
  }
  if (url.username !== '' || url.password !== '') {
    list.refuse('plain_secret', path, 'an address holds no user and no password; put them into `headers` as a secret');
  }
  checkPlain(text, path, list);
}

/** Two upstreams under one prefix would hide each other's tools. */
export function checkPrefixes(upstreams: readonly UpstreamConfig[], list: FaultList): void {
  const owners = new Map<string, string>();
  for (const { name, prefix } of upstreams) {
    const first = owners.get(prefix);
    if (first === undefined) owners.set(prefix, name);
    else {
      const words = `the upstreams ${show(first)} and ${show(name)} have the same prefix ${show(prefix)}; give one of them another`;
      list.refuse('duplicate_prefix', ['upstreams', name, 'prefix'], words);
    }
  }
}
