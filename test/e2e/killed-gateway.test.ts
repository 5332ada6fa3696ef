import { existsSync, readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const FIXTURE = fileURLToPath(new URL('../upstream/fixtures/server.mjs', import.meta.url));
const READS = { version: 1, default: 'deny', rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };
/** How often a gateway is killed; `COUNTERSIGN_KILLS=20` is what the figure in the documentation was measured with. */
const KILLS = Number(process.env['COUNTERSIGN_KILLS'] ?? 3);

const node = (mode: string): unknown => ({ command: process.execPath, args: [FIXTURE, mode] });
const UPSTREAMS = {
  polite: node('good'),
  // Ignores SIGTERM and the end of its input, and so does its child.
  stubborn: node('stubborn'),
  // As `npx` does: a shell, and the server below it.
  shell: { command: '/bin/sh', args: ['-c', `"${process.execPath}" "${FIXTURE}" stubborn; true`] },
  // Its child has left the process group and ignores SIGTERM.
  daemon: node('daemon'),
};

let home: Home;
let token: string;
let client: RawClient | undefined;

beforeEach(async () => {
  home = await makeHome({});
  await home.rewrite({
    version: 1,
    upstreams: UPSTREAMS,
    policies: { reads: READS },
    grants: { agent: { principal: 'a@acme.example', policies: ['reads'], upstreams: Object.keys(UPSTREAMS) } },
  });
  token = await home.issue('agent');
}, 60_000);
afterEach(async () => {
  await client?.kill();
  for (const pid of serversOf(home)) killIfThere(pid);
  await home.remove();
});

/** Every living process that was given a home of this test, whoever its parent is. */
function serversOf({ directory }: Home): number[] {
  const homes = join(directory, 'upstreams');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => textOf(`/proc/${pid}/environ`).includes(`HOME=${homes}`))
    .filter((pid) => !/\) [ZX] /.test(textOf(`/proc/${pid}/stat`)));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const wait = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs));

/** A gateway with every server running: four of them, one below a shell, three with a child. */
async function started(): Promise<RawClient> {
  client = new RawClient(home, token);
  await client.initialize();
  await client.tools();
  // The tools are listed before the servers are up.
  await expect.poll(() => serversOf(home).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(8);
  return client;
}

function watchdogOf(gateway: number): number {
  const marked = /MCP_SUPERVISOR_RUN=([0-9a-f]{32})/;
  const run = serversOf(home)
    .map((pid) => marked.exec(textOf(`/proc/${pid}/environ`))?.[1])
    .find((mark) => mark !== undefined)!;
  const found = readdirSync('/proc').find(
    (pid) =>
      textOf(`/proc/${pid}/cmdline`).includes(`countersign-watchdog\0${run}`) &&
      new RegExp(`\\) S ${gateway} `).test(textOf(`/proc/${pid}/stat`)),
  );
  return Number(found);
}

describe.skipIf(process.platform !== 'linux')('when a gateway is killed (what is left is found in /proc)', () => {
  it(
    `leaves no server two seconds later, ${KILLS} times of ${KILLS}`,
    async () => {
      const survivors: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const gateway = await started();
        await gateway.kill();
        // What is asserted is this very span.
        await wait(2_000);
        survivors.push(serversOf(home).length);
      }
      expect(survivors).toEqual(survivors.map(() => 0));
    },
    KILLS * 20_000,
  );

  it('leaves nothing either where its watchdog was killed first, once the next gateway starts', async () => {
    const gateway = await started();
    // It is replaced when it is killed, so it is stopped: a stopped process reads no pipe.
    const watchdog = watchdogOf(gateway.child.pid!);
    process.kill(watchdog, 'SIGSTOP');
    await gateway.kill();
    process.kill(watchdog, 'SIGKILL');
    const left = serversOf(home);
    expect(left.length).toBeGreaterThanOrEqual(5);
    const next = await started();
    await expect.poll(() => left.filter((pid) => serversOf(home).includes(pid)), { timeout: 10_000 }).toEqual([]);
    await expect
      .poll(() => next.stderr, { timeout: 20_000 })
      .toMatch(/of a gateway that was killed were still running and were ended/);
    expect(await next.close()).toBe(0);
    expect(readdirSync(join(home.directory, 'run'))).toEqual([]);
  }, 60_000);

  it('kills no stranger who got the number of a server', async () => {
    const run = join(home.directory, 'run');
    mkdirSync(run, { recursive: true, mode: 0o700 });
    const stranger = new RawClient(home, undefined).child;
    const { host } = await ownerOf();
    const owner = { host, pid: 4_000_000, start: 'gone' };
    const processes = [{ pid: stranger.pid, start: 'another-boot:1' }];
    writeFileSync(join(run, 'old.json'), JSON.stringify({ owner, mark: 'f'.repeat(32), processes, servers: [] }));
    await started();
    await expect.poll(() => existsSync(join(run, 'old.json')), { timeout: 30_000 }).toBe(false);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill('SIGKILL');
  }, 60_000);

  it('replaces a watchdog that somebody killed', async () => {
    const gateway = await started();
    const before = watchdogOf(gateway.child.pid!);
    process.kill(before, 'SIGKILL');
    await expect.poll(() => watchdogOf(gateway.child.pid!), { timeout: 5_000 }).not.toBe(before);
    await expect.poll(() => watchdogOf(gateway.child.pid!), { timeout: 5_000 }).toBeGreaterThan(1);
    await gateway.kill();
    await wait(2_000);
    expect(serversOf(home)).toEqual([]);
  }, 60_000);
});

/** It may end by itself between the look and the signal. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The owner that a gateway on this machine writes down. */
async function ownerOf(): Promise<{ readonly host: string }> {
  const gateway = await started();
  const run = join(home.directory, 'run');
  const [file = ''] = readdirSync(run).filter((name) => name.endsWith('.json'));
  const { owner } = JSON.parse(readFileSync(join(run, file), 'utf8')) as { owner: { host: string } };
  await gateway.close();
  return owner;
}
