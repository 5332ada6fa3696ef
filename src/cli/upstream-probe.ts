/** Starting one upstream for a look at it, outside any client's session. */
import { brandAs, type Classification, type UpstreamName } from '../core/index.ts';
import type { LoadedConfig, UpstreamConfig } from '../config/types.ts';
import type { UpstreamPart } from '../gateway/index.ts';
import type { ListedTool, Upstream, UpstreamEvents } from '../upstream/index.ts';
import { CommandError, Exit, say } from './report.ts';
import { VERSION } from './version.ts';

/** The upstream of that name. Throws `CommandError` with the names there are. */
export function declaredUpstream({ upstreams, file }: LoadedConfig, name: string): UpstreamConfig {
  const found = upstreams.get(brandAs<UpstreamName>(name));
  if (found !== undefined) return found;
  const known = [...upstreams.keys()].map((one) => `\`${one}\``).join(', ');
  const hint = known === '' ? 'it declares none' : `it declares ${known}`;
  throw new CommandError(Exit.usage, `there is no upstream \`${name}\` in ${file}`, hint);
}

/** Starts the upstream, hands it over, and ends it whatever happens. It may have failed to start: look at its state. */
export async function withStarted<T>(part: UpstreamPart, look: (upstream: Upstream) => T | Promise<T>): Promise<T> {
  const upstream = part.connect(SILENT);
  try {
    const clientInfo = JSON.stringify({ name: 'countersign', version: VERSION });
    await upstream.start({ protocol: '2025-06-18', clientInfo, capabilities: '{}' });
    return await look(upstream);
  } finally {
    await upstream.end();
  }
}

const SILENT: UpstreamEvents = {
  stateChanged: () => undefined,
  toolsChanged: () => undefined,
  request: () => undefined,
  notification: () => undefined,
};

/** A terminal that says nothing looks like one that hangs. */
const PROGRESS_MS = 5_000;

/** As `withStarted`, telling the person at a terminal every few seconds that the server is still coming up. */
export async function withWatchedStart<T>(
  part: UpstreamPart,
  look: (upstream: Upstream) => T | Promise<T>,
): Promise<T> {
  const stop = process.stderr.isTTY ? tellWhile(part.config.name) : () => undefined;
  try {
    return await withStarted(part, (upstream) => {
      stop();
      return look(upstream);
    });
  } finally {
    stop();
  }
}

function tellWhile(name: UpstreamName): () => void {
  const startMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startMs) / 1000);
    say(`still waiting for \`${name}\` (${seconds} s); on its first start it may have to be downloaded`);
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** What the catalogue makes of a tool, for people. */
export interface Classified {
  readonly tool: string;
  readonly kinds: readonly string[];
  /** Why it is unclassified, or null. */
  readonly why: string | null;
}

/** Classifies what an upstream lists. */
export function classified(
  part: UpstreamPart,
  tools: readonly Pick<ListedTool, 'name' | 'definition'>[],
): Classified[] {
  return tools.map(({ name, definition }) => {
    const { possible, why } = part.classify(definition);
    return { tool: name, kinds: [...new Set(possible.map(({ kind }: Classification) => kind))], why };
  });
}
