/** `countersign upstream list|test`. */
import type { Classification } from '../../core/index.ts';
import { brandAs, type UpstreamName } from '../../core/index.ts';
import type { LoadedConfig, UpstreamConfig } from '../../config/types.ts';
import type { Upstream, UpstreamEvents } from '../../upstream/index.ts';
import type { UpstreamPart } from '../../gateway/index.ts';
import { Installation } from '../compose.ts';
import { CommandError, Exit, type ExitCode, printJson, printTable, quote, say } from '../report.ts';
import { upstreamParts } from '../upstream-parts.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Lists the upstreams of the configuration. Nothing is started. */
export async function list(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  const { upstreams } = await installation.config();
  const rows = [...upstreams.values()].map(({ name, via, provider, prefix, ...rest }) => ({
    ...{ name, via, provider, prefix, start: rest.start },
    runs: 'command' in rest ? [rest.command, ...rest.args].join(' ') : rest.url,
  }));
  if (options.json === true) printJson(rows);
  else
    printTable(
      ['UPSTREAM', 'PROVIDER', 'PREFIX', 'RUNS'],
      rows.map(({ name, provider, prefix, runs }) => [name, provider ?? '-', prefix, runs]),
    );
  return Exit.ok;
}

/** Starts one upstream alone, shows what it lists and what the catalogue makes of it, and ends it. */
export async function test(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  const config = await installation.config();
  const [part] = await upstreamParts(installation, config, [wanted(config, name).name]);
  if (part === undefined) return Exit.usage;
  const upstream = part.connect(SILENT);
  try {
    if (options.json !== true) say(`starting \`${name}\``);
    await upstream.start({
      protocol: '2025-06-18',
      clientInfo: '{"name":"countersign","version":"test"}',
      capabilities: '{}',
    });
    const seen = seenOf(part, upstream);
    if (options.json === true) printJson(seen);
    else show(seen);
    return upstream.state.is === 'ready' ? Exit.ok : Exit.unavailable;
  } finally {
    await upstream.end();
    await installation.close();
  }
}

function wanted({ upstreams, file }: LoadedConfig, name: string): UpstreamConfig {
  const found = upstreams.get(brandAs<UpstreamName>(name));
  if (found !== undefined) return found;
  const known = [...upstreams.keys()].map((one) => `\`${one}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `there is no upstream \`${name}\` in ${file}`,
    known === '' ? 'it declares none' : `it declares ${known}`,
  );
}

/** What was seen of one upstream; also what `--json` prints. */
interface Seen {
  readonly name: string;
  readonly state: string;
  readonly server: string;
  readonly tools: readonly { readonly tool: string; readonly kinds: readonly string[]; readonly why: string | null }[];
  readonly lastError: string | null;
  readonly stderr: readonly string[];
}

function seenOf(part: UpstreamPart, upstream: Upstream): Seen {
  const { name, state, serverInfo: server } = upstream;
  const tools = upstream.tools.map((tool) => ({ tool: tool.name, ...classOf(part, tool.definition) }));
  return {
    name,
    state: state.is,
    server,
    tools,
    lastError: state.is === 'failed' ? state.why : null,
    stderr: upstream.stderrTail(),
  };
}

function show({ name, server, tools, lastError, stderr }: Seen): void {
  if (lastError === null) say(`\`${name}\` is ready: ${server}, ${tools.length} tools`);
  else say(`\`${name}\` is not available: ${lastError}`);
  const rows = tools.map(({ tool, kinds, why }) => [tool, kinds.join(' '), why ?? '']);
  if (rows.length > 0) printTable(['TOOL', 'KIND', 'WHY'], rows);
  say(stderr.length === 0 ? 'it wrote nothing on stderr' : 'the last it wrote on stderr:');
  for (const line of stderr) quote(line);
}

function classOf(
  part: UpstreamPart,
  definition: Parameters<UpstreamPart['classify']>[0],
): { readonly kinds: readonly string[]; readonly why: string | null } {
  const { possible, why } = part.classify(definition);
  return { kinds: [...new Set(possible.map(({ kind }: Classification) => kind))], why: why ?? null };
}

const SILENT: UpstreamEvents = {
  stateChanged: () => undefined,
  toolsChanged: () => undefined,
  request: () => undefined,
  notification: () => undefined,
};
