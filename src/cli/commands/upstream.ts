/** `countersign upstream list|test`. */
import { standingOfTool, type Upstream } from '../../upstream/index.ts';
import type { UpstreamPart } from '../../gateway/index.ts';
import { Installation } from '../compose.ts';
import { Exit, type ExitCode, printJson, printTable, quote, say } from '../report.ts';
import { classified, type Classified, declaredUpstream, withStarted, withWatchedStart } from '../upstream-probe.ts';
import { upstreamParts, upstreamToWatch } from '../upstream-parts.ts';
import { type RunningUpstream, runningUpstreams } from '../upstream-runs.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** One upstream in the list. */
interface Row {
  readonly name: string;
  /** `ready`, `failed` or `not reviewed`. */
  readonly state: string;
  readonly tools: number;
  readonly pinned: number;
  readonly quarantined: number;
  readonly lastError: string | null;
  readonly classified: readonly Classified[];
  /** How often the gateways that run now had to start it again, all together. */
  readonly restarts: number;
  /** How it does in each of them. */
  readonly gateways: readonly RunningUpstream[];
}

/** Starts every upstream of the configuration that was accepted, side by side, and lists what it finds. */
export async function list(options: Options & { readonly verbose?: boolean }): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = await installation.config();
    const parts = await upstreamParts(installation, config, [...config.upstreams.keys()]);
    const running = runningUpstreams(installation.home);
    const rows = await Promise.all(parts.map((part) => rowOf(part, running.get(part.config.name) ?? [])));
    if (options.json === true) printJson(rows);
    else showRows(rows, options.verbose === true);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

async function rowOf(part: UpstreamPart, gateways: readonly RunningUpstream[]): Promise<Row> {
  const { pins } = await part.accepted();
  return withStarted(part, ({ name, state, tools }) => ({
    name,
    state: state.is === 'failed' && state.code === 'not_reviewed' ? 'not reviewed' : state.is,
    tools: tools.length,
    pinned: pins.size,
    quarantined: tools.filter((tool) => standingOfTool(tool, pins, part.classify(tool.definition).paths) !== 'accepted')
      .length,
    lastError:
      state.is === 'failed' ? state.why : (gateways.findLast((one) => one.lastError !== null)?.lastError ?? null),
    classified: classified(part, tools),
    restarts: gateways.reduce((sum, one) => sum + one.restarts, 0),
    gateways,
  }));
}

function showRows(rows: readonly Row[], verbose: boolean): void {
  const cells = rows.map((row) => [
    row.name,
    row.state,
    String(row.tools),
    String(row.pinned),
    String(row.quarantined),
    runningWords(row.gateways),
    row.lastError ?? '',
  ]);
  printTable(['UPSTREAM', 'STATE', 'TOOLS', 'PINNED', 'QUARANTINED', 'RUNNING NOW', 'LAST ERROR'], cells);
  if (!verbose) return;
  const tools = rows.flatMap((row) =>
    row.classified.map(({ tool, kinds, why }) => [`${row.name}/${tool}`, kinds.join(' '), why ?? '']),
  );
  printTable(['TOOL', 'KIND', 'WHY'], tools);
}

/** `2 ready, 1 failed, 3 restarts`: in the gateways that run now. */
function runningWords(gateways: readonly RunningUpstream[]): string {
  if (gateways.length === 0) return '-';
  const counts = new Map<string, number>();
  for (const { state } of gateways) counts.set(state, (counts.get(state) ?? 0) + 1);
  const restarts = gateways.reduce((sum, one) => sum + one.restarts, 0);
  const words = [...counts].map(([state, count]) => `${count} ${state}`);
  return [...words, ...(restarts > 0 ? [`${restarts} restart${restarts === 1 ? '' : 's'}`] : [])].join(', ');
}

/** Starts one upstream alone, shows what it lists and what the catalogue makes of it, and ends it. */
export async function test(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = await installation.config();
    const part = await upstreamToWatch(installation, declaredUpstream(config, name));
    if (options.json !== true) say(`starting \`${name}\``);
    return await withWatchedStart(part, (upstream) => {
      const seen = seenOf(part, upstream);
      if (options.json === true) printJson(seen);
      else show(seen);
      return upstream.state.is === 'ready' ? Exit.ok : Exit.unavailable;
    });
  } finally {
    await installation.close();
  }
}

/** What was seen of one upstream; also what `--json` prints. */
interface Seen {
  readonly name: string;
  readonly state: string;
  readonly server: string;
  readonly tools: readonly Classified[];
  readonly lastError: string | null;
  readonly stderr: readonly string[];
}

function seenOf(part: UpstreamPart, upstream: Upstream): Seen {
  const { name, state, serverInfo: server } = upstream;
  const tools = classified(part, upstream.tools);
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
  if (stderr.length === 0) return;
  say('the last it said beside the protocol:');
  for (const line of stderr) quote(line);
}
