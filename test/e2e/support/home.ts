/** A home in a temporary directory, with a configuration, and the product's own commands run on it as processes. */
import { execa } from 'execa';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const BIN = join(ROOT, 'bin', 'countersign.js');
export const RECORDER = join(ROOT, 'test', 'e2e', 'fixtures', 'recorder.mjs');

if (!existsSync(join(ROOT, 'dist', 'main.js')))
  throw new Error('dist/ is missing: `npm test` builds it, or run `npm run build`');

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Home {
  readonly room: string;
  readonly directory: string;
  readonly env: Record<string, string>;
  run(args: readonly string[], input?: string): Promise<Finished>;
  /** Issues a token for a grant, and accepts every upstream that starts; throws if no token is issued. */
  issue(grant: string): Promise<string>;
  /** Accepts one upstream as it is now. */
  accept(upstream: string): Promise<Finished>;
  /** Writes the configuration anew. */
  rewrite(config: unknown): Promise<void>;
  seal(name: string, value: string): Promise<void>;
  /** Every record of the log in the order of time, ours only. */
  records(): Record<string, unknown>[];
  remove(): Promise<void>;
}

/** Makes a home. `files` are written below it; `config` becomes `countersign.config.json`. */
export async function makeHome(config: unknown, files: Record<string, string> = {}): Promise<Home> {
  const room = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
  const directory = join(room, 'home');
  await mkdir(directory, { mode: 0o700 });
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 2);
  for (const [name, content] of Object.entries({ 'countersign.config.json': text, ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true, mode: 0o700 });
    await writeFile(join(directory, name), content, { mode: 0o600 });
  }
  return homeIn(room, directory);
}

/** The home in a directory that is there, below a room that is removed with it. */
export function homeIn(room: string, directory: string): Home {
  // The test runner asks its children for colours when it runs in CI.
  // The clients of whoever runs the tests are none of theirs.
  const clients = { HOME: room, USERPROFILE: room, XDG_CONFIG_HOME: join(room, '.config') };
  const env = { ...clients, COUNTERSIGN_HOME: directory, COUNTERSIGN_KEYRING: 'off', FORCE_COLOR: '' };
  const run = async (args: readonly string[], input = ''): Promise<Finished> => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], { env, input, reject: false });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  };
  const must = async (args: readonly string[], input = ''): Promise<Record<string, unknown>> => {
    const done = await run([...args, '--json'], input);
    if (done.exitCode !== 0) throw new Error(`countersign ${args.join(' ')}: exit ${done.exitCode}: ${done.stderr}`);
    return JSON.parse(done.stdout) as Record<string, unknown>;
  };
  return {
    ...{ room, directory, env, run },
    rewrite: (changed) =>
      writeFile(join(directory, 'countersign.config.json'), JSON.stringify(changed), { mode: 0o600 }),
    accept: (upstream) => run(['upstream', 'review', upstream, '--accept', '--json']),
    issue: async (grant) => {
      await Promise.all(declaredIn(directory).map((upstream) => run(['upstream', 'review', upstream, '--accept'])));
      return (await must(['grant', 'issue', grant]))['token'] as string;
    },
    seal: async (name, value) => {
      await must(['secret', 'set', name], value);
    },
    records: () => logRecords(directory),
    // A gateway that was killed with its client may still be writing its last file.
    remove: () => rm(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** The upstreams of the configuration, if it can be read. */
function declaredIn(directory: string): string[] {
  try {
    const config: unknown = JSON.parse(readFileSync(join(directory, 'countersign.config.json'), 'utf8'));
    return Object.keys((config as { upstreams?: object }).upstreams ?? {});
  } catch {
    return [];
  }
}

function logRecords(directory: string): Record<string, unknown>[] {
  const folder = join(directory, 'audit');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  const lines = files.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
  return lines
    .map((line) => JSON.parse(line) as { time: number; unmapped: { countersign: Record<string, unknown> } })
    .sort((a, b) => a.time - b.time)
    .map((record) => record.unmapped.countersign);
}

/** A tool for the recorder, with a closed schema. */
export function tool(name: string, properties: Record<string, unknown>, required: string[] = []): unknown {
  return {
    name,
    description: name,
    inputSchema: { type: 'object', properties, required, additionalProperties: false },
  };
}

/** An upstream that runs the recorder. Its calls land in `<room>/<name>.calls.jsonl`. */
export async function recorder(
  room: string,
  name: string,
  tools: readonly unknown[],
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const toolsFile = join(room, `${name}.tools.json`);
  await writeFile(toolsFile, JSON.stringify(tools));
  const env = {
    TOOLS_FILE: toolsFile,
    CALLS_FILE: callsFile(room, name),
    ...(more['env'] as Record<string, unknown> | undefined),
  };
  return { command: process.execPath, args: [RECORDER], ...more, env };
}

function callsFile(room: string, name: string): string {
  return join(room, `${name}.calls.jsonl`);
}

/** The `tools/call` lines that reached the recorder, as they came. */
export function callsOf(room: string, name: string): { name: string; arguments: unknown; raw: string }[] {
  const file = callsFile(room, name);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as { raw?: string })
    .flatMap(({ raw }) =>
      raw === undefined
        ? []
        : [{ ...(JSON.parse(raw) as { params: { name: string; arguments: unknown } }).params, raw }],
    );
}
