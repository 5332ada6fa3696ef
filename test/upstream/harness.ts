import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brandAs } from '../../src/core/ids.ts';
import type { UpstreamName } from '../../src/core/ids.ts';
import { fromPlain, stringify } from '../../src/core/json.ts';
import type { Json } from '../../src/core/json.ts';
import { Child, SupervisedUpstream } from '../../src/upstream/index.ts';
import type { LaunchSpec, Reply, ServerOptions, UpstreamState } from '../../src/upstream/index.ts';

export const FIXTURE = fileURLToPath(new URL('./fixtures/server.mjs', import.meta.url));

export const HELLO = {
  protocol: '2025-11-25',
  clientInfo: '{"name":"test","version":"1"}',
  capabilities: '{"roots":{"future":true}}',
};

/** What an upstream told, in order. */
export interface Told {
  readonly states: UpstreamState[];
  readonly lines: string[];
  toolsChanged: number;
}

export interface Rig {
  readonly upstream: SupervisedUpstream;
  readonly told: Told;
  readonly home: string;
  /** Resolves when `isSo` holds after something was told. */
  readonly until: (isSo: () => boolean) => Promise<void>;
  readonly call: (name: string, extra?: Record<string, unknown>) => Promise<Reply>;
  readonly dispose: () => Promise<void>;
}

export interface RigOptions extends Partial<ServerOptions> {
  readonly spec?: Partial<LaunchSpec>;
  /** What to start, asked for at each start. */
  readonly launch?: () => Promise<LaunchSpec>;
}

/** An upstream over the fixture server in the given mode, with everything it tells written down. */
export function rig(mode: string, options: RigOptions = {}): Rig {
  const home = mkdtempSync(join(tmpdir(), 'countersign-upstream-'));
  const told: Told = { states: [], lines: [], toolsChanged: 0 };
  let watchers: (() => void)[] = [];
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const name = brandAs<UpstreamName>('stripe');
  const spec: LaunchSpec = {
    name,
    command: process.execPath,
    args: [FIXTURE, mode],
    env: {},
    home: join(home, 'own'),
    cwd: null,
    ...options.spec,
  };
  const upstream = new SupervisedUpstream({
    name,
    open: async (sink, maxLineBytes) => Child.start((await options.launch?.()) ?? spec, sink, maxLineBytes, null),
    timeoutMs: null,
    ...options,
    events: {
      stateChanged: (state) => {
        told.states.push(state);
        wake();
      },
      toolsChanged: () => {
        told.toolsChanged += 1;
        wake();
      },
      request: (id, method, params) => {
        told.lines.push(`request ${stringify(id)} ${method} ${textOf(params)}`);
        wake();
      },
      notification: (method, params) => {
        told.lines.push(`notification ${method} ${textOf(params)}`);
        wake();
      },
    },
  });
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        watchers = watchers.filter((watcher) => watcher !== look);
        resolve();
      };
      watchers.push(look);
      look();
    });
  return {
    upstream,
    told,
    home,
    until,
    call: (name, extra = {}) => ask(upstream, 'tools/call', fromPlain({ name, ...extra })),
    dispose: async () => {
      await upstream.end();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function ask(upstream: SupervisedUpstream, method: string, params: Json | undefined): Promise<Reply> {
  return new Promise((resolve) => {
    upstream.request(method, params, false, { reply: resolve, progress: () => undefined });
  });
}

function textOf(params: Json | undefined): string {
  return params === undefined ? '-' : stringify(params);
}

/** A reply as plain data. */
export function plain(reply: Reply): unknown {
  return 'raw' in reply ? [reply.is, JSON.parse(reply.raw.toString('utf8'))] : [reply.is, reply.why];
}

/** The text of a tool result's first content. */
export function textIn(reply: Reply): string {
  if (reply.is !== 'result') throw new Error(`no result: ${JSON.stringify(reply)}`);
  const result = JSON.parse(reply.raw.toString('utf8')) as { content: { text: string }[] };
  return result.content[0]!.text;
}

/** Asks again until it holds; for what another process does without telling us. */
export async function eventually(isSo: () => boolean, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The processes of a group that are alive; a zombie only waits for its parent to look. */
export function livingMembers(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(name))
    .filter((stat) => stat !== null && stat.group === group && stat.state !== 'Z' && stat.state !== 'X')
    .map((stat) => stat!.pid);
}

export function isAlive(pid: number): boolean {
  const stat = statOf(String(pid));
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}

function statOf(name: string): { pid: number; state: string; group: number } | null {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    const [state = '', , group = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(name), state, group: Number(group) };
  } catch {
    return null;
  }
}
