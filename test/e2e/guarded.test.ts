/** Guarded mode with two operating-system users: one runs the gateway, the other is the agent's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BIN, callsOf, RECORDER } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const GATEWAY = { uid: 61_001, gid: 61_001 };
const AGENT = { uid: 61_002, gid: 61_002 };
const isRoot = process.getuid?.() === 0;
const KEY = 'sk_test_of_the_gateway_alone';

const config = (room: string) => ({
  version: 1,
  upstreams: {
    bank: {
      command: process.execPath,
      args: [join(room, 'app', 'recorder.mjs')],
      env: {
        TOOLS_FILE: join(room, 'bank', 'bank.tools.json'),
        CALLS_FILE: join(room, 'bank', 'bank.calls.jsonl'),
        BANK_KEY: { secret: 'bank' },
      },
      tools: {
        refund: { kind: 'refund', amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }] },
      },
      currency: { assume: 'USD' },
    },
  },
  policies: {
    p: {
      version: 1,
      default: 'deny',
      rules: [{ id: 'small', tools: ['kind:refund'], effect: 'allow', when: { amount: { lte: '50 USD' } } }],
    },
  },
  grants: { agent: { principal: 'a@acme.example', policies: ['p'], upstreams: ['bank'] } },
});

let room: string;
let bin: string;
let home: string;
let token: string;
let socket: string;
let daemon: ChildProcess | undefined;
let journal = '';

/** Runs one of our commands as a user. */
async function run(user: typeof GATEWAY, args: readonly string[], input = '') {
  const env = { COUNTERSIGN_HOME: home, COUNTERSIGN_KEYRING: 'off', FORCE_COLOR: '' };
  return execa(process.execPath, [bin, ...args], { ...user, env, input, reject: false, cwd: '/' });
}

/** Runs a line of the shell as a user; answers its exit code and everything it printed. */
async function shell(user: typeof GATEWAY, line: string): Promise<{ exitCode: number | undefined; text: string }> {
  const { exitCode, all } = await execa('/bin/sh', ['-c', line], { ...user, reject: false, all: true, cwd: '/' });
  return { exitCode, text: all };
}

/** A room whose application everybody may run, with a home that only the gateway's user may enter. */
async function furnish(): Promise<void> {
  room = mkdtempSync(join(tmpdir(), 'countersign-guarded-'));
  chmodSync(room, 0o755);
  const app = join(room, 'app');
  const root = dirname(dirname(BIN));
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(app, part), { recursive: true });
  for (const name of ['@photostructure/sqlite', 'node-gyp-build'])
    cpSync(join(root, 'node_modules', name), join(app, 'node_modules', name), { recursive: true, dereference: true });
  cpSync(RECORDER, join(app, 'recorder.mjs'));
  bin = join(app, 'bin', 'countersign.js');
  await execa('chmod', ['-R', 'a+rX', app]);
  home = join(room, 'home');
  socket = join(room, 'run', 'gateway.sock');
  for (const [name, mode] of [
    ['home', 0o700],
    ['bank', 0o700],
    ['run', 0o755],
  ] as const)
    owned(join(room, name), mode);
  const tools = [{ name: 'refund', inputSchema: { type: 'object', properties: { amount: { type: 'integer' } } } }];
  file(join(room, 'bank', 'bank.tools.json'), JSON.stringify(tools));
  file(join(home, 'countersign.config.json'), JSON.stringify(config(room)));
}

function owned(directory: string, mode: number): void {
  mkdirSync(directory, { mode });
  chownSync(directory, GATEWAY.uid, GATEWAY.gid);
}

function file(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, GATEWAY.uid, GATEWAY.gid);
}

async function serve(...more: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'], HOME: home, COUNTERSIGN_HOME: home, COUNTERSIGN_KEYRING: 'off' };
  const words = [bin, 'serve', '--socket', socket, '--mode', '0666', ...more];
  const started = spawn(process.execPath, words, { ...GATEWAY, env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  daemon = started;
  journal = '';
  started.stderr.on('data', (chunk: Buffer) => (journal += chunk.toString()));
  while (!journal.includes('serving on')) await once(started.stderr, 'data');
}

/** A client of the agent's user, whose only way is the connector. */
function client(given: string | null = token): RawClient {
  const agentsHome = { room: '/', env: {} } as unknown as ConstructorParameters<typeof RawClient>[0];
  return new RawClient(agentsHome, given ?? undefined, {}, { words: [bin, 'connect', '--socket', socket], ...AGENT });
}

beforeAll(async () => {
  if (!isRoot) return;
  await furnish();
  const sealed = await run(GATEWAY, ['secret', 'set', 'bank'], KEY);
  const accepted = await run(GATEWAY, ['upstream', 'review', 'bank', '--accept']);
  const issued = await run(GATEWAY, ['grant', 'issue', 'agent', '--json']);
  expect([sealed.exitCode, accepted.exitCode, issued.exitCode]).toEqual([0, 0, 0]);
  token = (JSON.parse(issued.stdout) as { token: string }).token;
});
afterEach(async () => {
  if (daemon?.exitCode === null && daemon.kill('SIGTERM')) await once(daemon, 'exit');
});
afterAll(() => {
  if (isRoot) rmSync(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

// Only root can run programs as other users.
describe.skipIf(!isRoot)(
  `a gateway that runs as a user of its own${isRoot ? '' : ' (skipped: only root can be two users)'}`,
  () => {
    it('serves the agent through the connector, within its policy', async () => {
      await serve();
      const agent = client();
      await agent.initialize();
      expect(await agent.tools()).toEqual(['refund']);
      expect((await agent.call('refund', { amount: 40_00 })).result?.isError).toBeUndefined();
      const over = await agent.call('refund', { amount: 60_00 });
      expect(over.result?._meta?.['countersign/decision']).toMatchObject({ decision: 'deny' });
      expect(callsOf(join(room, 'bank'), 'bank').map((call) => call.arguments)).toEqual([{ amount: 4000 }]);
      expect(await agent.close()).toBe(0);
      expect((await run(GATEWAY, ['audit', 'verify', '--json'])).exitCode).toBe(0);
    });

    it('keeps secrets, state, log, keys and policy from the user of the agent', async () => {
      await serve();
      const agent = client();
      await agent.initialize();
      await agent.tools();
      const { text: paths } = await shell(GATEWAY, `find ${home} ${room}/bank`);
      const all = paths.split('\n');
      expect(all.length).toBeGreaterThan(12);
      const { text: pids } = await shell(GATEWAY, `pgrep -u ${GATEWAY.uid}`);
      // The daemon, the session of this client, and the server with the key in its environment.
      expect(pids.split('\n').length).toBeGreaterThanOrEqual(3);
      const secrets = pids
        .split('\n')
        .flatMap((pid) => [`/proc/${pid}/environ`, `/proc/${pid}/mem`, `/proc/${pid}/fd/0`]);
      const attempts = [
        ...all.flatMap((path) => [
          `cat ${path}`,
          `ls ${path}`,
          `echo x >> ${path}`,
          `rm -rf ${path}`,
          `mv ${path} ${path}.x`,
        ]),
        ...secrets.map((path) => `cat ${path}`),
        ...pids.split('\n').map((pid) => `kill -9 ${pid}`),
        `rm ${socket}`,
        `mv ${socket} ${socket}.old`,
        `touch ${room}/run/other.sock`,
        `ln -s /tmp ${home}/audit/link`,
      ];
      const passed: string[] = [];
      for (const line of attempts) if ((await shell(AGENT, line)).exitCode === 0) passed.push(line);
      expect(passed).toEqual([]);
      for (const command of [
        ['grant', 'issue', 'agent'],
        ['secret', 'list'],
        ['upstream', 'review', 'bank', '--accept'],
        ['approvals', 'approve', 'ap-2222-2222', '--as', 'ada'],
        ['unfreeze'],
        ['quota', 'list'],
        ['audit', 'tail'],
        ['doctor', '--offline'],
      ]) {
        const { exitCode, stdout } = await run(AGENT, command);
        expect([command[0], exitCode === 0, stdout.includes('csg_')]).toEqual([command[0], false, false]);
      }
      expect((await agent.call('refund', { amount: 100 })).result?.isError).toBeUndefined();
      await agent.close();
    });

    /** What the doctor says to a user: the level, and each check by its id. */
    async function examined(user: typeof GATEWAY, env: Record<string, string>, ...more: readonly string[]) {
      const words = [bin, 'doctor', '--json', ...more];
      const { stdout, exitCode } = await execa(process.execPath, words, {
        ...{ ...user, reject: false, cwd: '/', extendEnv: false },
        env: { PATH: process.env['PATH'] ?? '', COUNTERSIGN_KEYRING: 'off', ...env },
      });
      const { level, checks } = JSON.parse(stdout) as {
        level: string;
        checks: { id: string; status: string; message: string; fix: string | null }[];
      };
      return { exitCode, level, of: (id: string) => checks.find((check) => check.id === id) };
    }
    const asGateway = (): Record<string, string> => ({ HOME: home, COUNTERSIGN_HOME: home });

    it('is proven to be guarded by the doctor of its own user, from the socket that it noted', async () => {
      const before = await examined(GATEWAY, asGateway(), '--offline');
      expect(before.level).toBe('seat belt');
      expect(before.of('level')?.fix).toContain('docs/guarded.md');
      await serve();
      const { exitCode, level, of } = await examined(GATEWAY, asGateway());
      expect([exitCode, level]).toEqual([0, 'guarded']);
      expect(of('level')).toMatchObject({
        message:
          'guarded: programs of other OS users can use a grant, and read no secret, change no policy and approve nothing',
        fix: expect.stringContaining('for `signed`: countersign operator add') as string,
      });
    });

    it.each([
      [
        'a home that others may enter',
        () => chmodSync(home, 0o755),
        () => chmodSync(home, 0o700),
        /open to other|whole/,
      ],
      [
        'a configuration that others may write',
        () => chmodSync(join(home, 'countersign.config.json'), 0o666),
        () => chmodSync(join(home, 'countersign.config.json'), 0o600),
        /others can change `.*countersign\.config\.json`/,
      ],
      [
        'a program that the user of the agent owns',
        () => chownSync(join(room, 'app', 'dist', 'main.js'), AGENT.uid, AGENT.gid),
        () => chownSync(join(room, 'app', 'dist', 'main.js'), 0, 0),
        /others can change `.*dist.main\.js`/,
      ],
      [
        'a server whose program others may write',
        () => chmodSync(join(room, 'app', 'recorder.mjs'), 0o666),
        () => chmodSync(join(room, 'app', 'recorder.mjs'), 0o644),
        /others can change `.*recorder\.mjs`/,
      ],
      [
        'a directory of the socket that others may write',
        () => chmodSync(join(room, 'run'), 0o777),
        () => chmodSync(join(room, 'run'), 0o755),
        /others can replace/,
      ],
      [
        'a socket that only the gateway itself may use',
        () => chmodSync(socket, 0o600),
        () => chmodSync(socket, 0o666),
        /nobody but this user can connect/,
      ],
      [
        'a client of the gateway’s own user',
        () => {
          owned(join(home, '.cursor'), 0o700);
          file(join(home, '.cursor', 'mcp.json'), '{"mcpServers":{}}');
        },
        () => rmSync(join(home, '.cursor'), { recursive: true }),
        /Cursor is set up for this user/,
      ],
    ])('is not said to be guarded with %s', async (_, spoil, mend, why) => {
      await serve();
      spoil();
      try {
        const { level, of } = await examined(GATEWAY, asGateway(), '--offline');
        expect([level, of('level')?.fix]).toEqual(['seat belt', expect.stringMatching(why) as string]);
      } finally {
        mend();
      }
      expect((await examined(GATEWAY, asGateway(), '--offline')).level).toBe('guarded');
    });

    it('is not said to be guarded when it was killed, or when root looks', async () => {
      await serve();
      daemon!.kill('SIGKILL');
      await once(daemon!, 'exit');
      const { level, of } = await examined(GATEWAY, asGateway(), '--offline');
      expect([level, of('level')?.fix]).toEqual(['seat belt', expect.stringContaining('no gateway listens') as string]);
      expect((await examined({ uid: 0, gid: 0 }, asGateway(), '--offline')).level).toBe('seat belt');
    });

    it('is described by the doctor of the agent’s user through the connector of its client', async () => {
      await serve();
      const agents = join(room, 'agents');
      mkdirSync(join(agents, '.cursor'), { recursive: true, mode: 0o755 });
      const tokenFile = join(agents, 'token');
      writeFileSync(tokenFile, token, { mode: 0o600 });
      const entry = {
        ...{ command: process.execPath, args: [bin, 'connect', '--socket', socket] },
        env: { COUNTERSIGN_TOKEN_FILE: tokenFile },
      };
      writeFileSync(join(agents, '.cursor', 'mcp.json'), JSON.stringify({ mcpServers: { countersign: entry } }));
      await execa('chown', ['-R', `${AGENT.uid}:${AGENT.gid}`, agents]);
      const found = await examined(AGENT, { HOME: agents });
      expect([found.exitCode, found.level]).toEqual([0, 'unproven']);
      expect(found.of('guarded.socket')).toMatchObject({ status: 'ok' });
      expect(found.of('guarded.socket')?.message).toContain(
        `belongs to the user ${GATEWAY.uid}, not to you (${AGENT.uid})`,
      );
      expect(found.of('guarded.session')).toMatchObject({ status: 'ok' });
      expect(found.of('client.cursor')).toMatchObject({ status: 'ok' });
      expect(found.of('level')?.fix).toContain(`sudo -u '#${GATEWAY.uid}'`);

      const named = { HOME: agents, COUNTERSIGN_HOME: home };
      expect((await examined(AGENT, named)).of('guarded.home')).toMatchObject({ status: 'ok' });
      const bad = await examined(AGENT, { HOME: agents, COUNTERSIGN_TOKEN: 'csg_nonsense' }, '--socket', socket);
      expect([bad.exitCode, bad.of('guarded.session')?.status]).toEqual([1, 'fail']);
      expect(bad.of('guarded.session')?.message).toContain('not well-formed');

      chmodSync(join(room, 'run'), 0o777);
      const open = await examined(AGENT, { HOME: agents }, '--offline');
      chmodSync(join(room, 'run'), 0o755);
      expect([open.exitCode, open.of('guarded.socket')?.message]).toEqual([
        3,
        expect.stringContaining('can put another socket in place') as string,
      ]);
      daemon!.kill('SIGTERM');
      await once(daemon!, 'exit');
      const gone = await examined(AGENT, { HOME: agents });
      expect([gone.exitCode, gone.of('guarded.socket')?.message]).toEqual([3, `no gateway listens on \`${socket}\``]);
    });

    it('opens no session without a good token, and says why', async () => {
      await serve();
      for (const [given, why] of [
        [null, /No grant token/],
        ['csg_nonsense', /not well-formed/],
      ] as const) {
        const agent = client(given);
        expect((await agent.initialize()).error?.message).toMatch(why);
        await agent.close();
      }
      const { text } = await shell(GATEWAY, `grep -c auth_failed ${home}/audit/admin-*`);
      expect(Number(text)).toBeGreaterThanOrEqual(2);
    });

    it('ends connections that do not greet, and the sessions of others go on', async () => {
      await serve();
      const agent = client();
      await agent.initialize();
      for (const bytes of [
        'GET / HTTP/1.1\r\n\r\n',
        '{"countersign":2,"token":null}\n',
        `${'x'.repeat(100_000)}\n`,
        '\0\n',
      ]) {
        const stranger = connect(socket);
        stranger.on('error', () => undefined);
        stranger.write(bytes);
        stranger.resume();
        await once(stranger, 'close');
      }
      expect(await agent.tools()).toEqual(['refund']);
      expect(journal).toContain('began with something else than a greeting');
      await agent.close();
    });

    it('turns clients away above its number of sessions, and takes others once there is room', async () => {
      await serve('--sessions', '1');
      const first = client();
      await first.initialize();
      const second = client();
      second.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
      expect((await once(second.child, 'close'))[0]).toBe(3);
      expect(second.stderr).toContain('closed the connection');
      await first.close();
      // The session ends a moment after its client.
      for (let tries = 0; ; tries += 1) {
        const third = client();
        const answer = await Promise.race([third.initialize(), once(third.child, 'close').then(() => undefined)]);
        await third.close();
        if (answer?.result !== undefined) break;
        expect(tries).toBeLessThan(50);
      }
    });

    it('lets no grant have more than its share, and ends none of the sessions that it has', async () => {
      await serve('--sessions', '3', '--per-grant', '2');
      const [first, second, third] = [client(), client(), client()] as const;
      await first.initialize();
      await second.initialize();
      await Promise.all([first.tools(), second.tools()]);
      void third.initialize();
      await once(third.child, 'close');
      expect(journal).toContain('a session of grant `agent` was ended: it has 2 already (--per-grant)');
      expect(await first.tools()).toEqual(['refund']);
      expect(await second.tools()).toEqual(['refund']);
      await Promise.all([first.close(), second.close()]);
    });

    it('gives the place of a connection that opens no session to the next one', async () => {
      await serve('--sessions', '2');
      const strangers = [connect(socket), connect(socket)];
      for (const stranger of strangers) stranger.on('error', () => undefined).resume();
      await Promise.all(strangers.map((stranger) => once(stranger, 'connect')));
      const agent = client();
      await agent.initialize();
      expect(await agent.tools()).toEqual(['refund']);
      expect(journal).toContain('another came, and there was no place left');
      for (const stranger of strangers) stranger.destroy();
      await agent.close();
    });

    it('lets the calls under way come back when it is told to end, and leaves no process and no socket', async () => {
      await serve();
      const agent = client();
      await agent.initialize();
      await agent.tools();
      const gone = once(agent.child, 'close');
      daemon!.kill('SIGTERM');
      expect((await once(daemon!, 'exit'))[0]).toBe(0);
      expect((await gone)[0]).toBe(0);
      expect(existsSync(socket)).toBe(false);
      const { text } = await shell(GATEWAY, `pgrep -u ${GATEWAY.uid} -f '[c]ountersign.js|[r]ecorder.mjs' || true`);
      expect(text).toBe('');
    });

    it('takes the place of one that was killed, and not that of one that lives', async () => {
      await serve();
      const rival = await run(GATEWAY, ['serve', '--socket', socket]);
      expect([rival.exitCode, rival.stderr]).toEqual([2, expect.stringContaining('listens on') as string]);
      daemon!.kill('SIGKILL');
      await once(daemon!, 'exit');
      expect(existsSync(socket)).toBe(true);
      await serve();
      const agent = client();
      expect((await agent.initialize()).result).toBeDefined();
      await agent.close();
    });

    it.each([
      ['a directory that is not there', () => ['--socket', join(room, 'nowhere', 's')], /is not there/],
      [
        'a directory where others may write',
        () => ['--socket', join(room, 'open', 's')],
        /others can replace the socket/,
      ],
      ['a directory where others may be first', () => ['--socket', join(room, 'sticky', 's')], /others can replace/],
      [
        'a directory that others may move away',
        () => ['--socket', join(room, 'open', 'own', 's')],
        /others can replace/,
      ],
      ['a file that is no socket', () => ['--socket', join(home, 'countersign.config.json')], /is no socket/],
      ['a path that is too long', () => ['--socket', `/${'x'.repeat(120)}`], /no more than 103 fit/],
      ['a mode that is none', () => ['--socket', socket, '--mode', '0999'], /is no mode/],
      ['no number of sessions', () => ['--socket', socket, '--sessions', '0'], /not a number from 1/],
      [
        'no share of a grant',
        () => ['--socket', socket, '--per-grant', 'all'],
        /`--per-grant all` is not a number from 1/,
      ],
      ['no socket', () => [], /--socket/],
    ])('refuses %s', async (_, words, why) => {
      mkdirSync(join(room, 'open'), { recursive: true });
      chmodSync(join(room, 'open'), 0o777);
      mkdirSync(join(room, 'sticky'), { recursive: true });
      chmodSync(join(room, 'sticky'), 0o1777);
      if (!existsSync(join(room, 'open', 'own'))) owned(join(room, 'open', 'own'), 0o755);
      const { exitCode, stderr } = await run(GATEWAY, ['serve', ...words()]);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why) as string]);
    });
  },
);
