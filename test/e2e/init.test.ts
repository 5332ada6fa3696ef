import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownPartFaults } from '../audit/own-part.ts';
import { own } from '../audit/support.ts';
import { filesBelow, placesOf } from './support/canaries.ts';
import { call, connectTo } from './support/client.ts';
import { BIN } from './support/home.ts';
import { creemServer, loopbackEnv, stripeServer } from './support/servers.ts';
import { type ProviderStub, startStub } from './support/stub.ts';

const VERIFY_PY = fileURLToPath(new URL('../../docs/verify.py', import.meta.url));
const KEY = 'sk_live_51LoopbackLoopbackLoopback';
const CREEM_KEY = 'creem_LoopbackLoopback';

interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: () => Record<string, unknown>;
}

/** A person's directory with clients in it. */
interface Person {
  readonly room: string;
  readonly home: string;
  readonly desktop: string;
  run(args: readonly string[], more?: { readonly passphrase?: string }): Promise<Finished>;
}

async function person(files: Readonly<Record<string, string>>): Promise<Person> {
  const room = await mkdtemp(join(tmpdir(), 'countersign-init-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(room, name)), { recursive: true });
    await writeFile(join(room, name), text, { mode: 0o640 });
  }
  const env = {
    ...{ HOME: room, XDG_CONFIG_HOME: join(room, '.config'), COUNTERSIGN_KEYRING: 'off', FORCE_COLOR: '' },
    ...{ COUNTERSIGN_HOME: '', CODEX_HOME: '', CLINE_DIR: '', CLAUDE_CONFIG_DIR: '' },
  };
  const run = async (args: readonly string[], { passphrase = '' }: { passphrase?: string } = {}): Promise<Finished> => {
    const stdio = ['ignore', 'pipe', 'pipe', Buffer.from(passphrase)] as const;
    const done = await execa(process.execPath, [BIN, ...args], { env, cwd: room, reject: false, stdio });
    const { stdout, stderr } = done;
    return { exitCode: done.exitCode ?? -1, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
  };
  return { room, home: join(room, '.countersign'), desktop: join(room, DESKTOP), run };
}

const DESKTOP = '.config/Claude/claude_desktop_config.json';
const CODEX = '.codex/config.toml';

/** A file as people have it: a comment, another server, and the real Stripe server with a live key in plain text. */
function desktopConfig(stubUrl: string): string {
  const { command, args } = stripeServer(stubUrl);
  const env = { ...loopbackEnv(stubUrl), STRIPE_SECRET_KEY: KEY };
  return `{
  "globalShortcut": "Ctrl+Space",
  "mcpServers": {
    // looks at files
    "files": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/tmp"] },
    "stripe": ${JSON.stringify({ command, args, env })}
  }
}
`;
}

/** The entry of the gateway, as the client would start it. */
function entryOf({ desktop }: Person): { command: string; args: string[]; env: Record<string, string> } {
  const config = JSON.parse(readFileSync(desktop, 'utf8').replace(/^\s*\/\/.*$/gm, '')) as {
    mcpServers: Record<string, { command: string; args: string[]; env: Record<string, string> }>;
  };
  return config.mcpServers['countersign']!;
}

describe('when a live key stands in the configuration of Claude Desktop, and `countersign init --yes` was run', () => {
  let stub: ProviderStub;
  let ada: Person;
  let before: string;
  let done: Finished;

  beforeAll(async () => {
    stub = await startStub();
    before = desktopConfig(stub.url);
    ada = await person({ [DESKTOP]: before });
    done = await ada.run(['init', '--yes', '--currency', 'USD', '--threshold', '50', '--no-operator', '--json']);
  }, 120_000);
  afterAll(async () => {
    await stub.close();
    await rm(ada.room, { recursive: true, force: true });
  });

  it('says what it moved, and that nothing fails', () => {
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(done.json()).toMatchObject({
      moved: [{ server: 'stripe', upstream: 'stripe', provider: 'stripe', secrets: ['stripe-secret-key'] }],
      policy: { new: true },
      ...{ grant: 'agent', operator: null },
      clients: [{ client: 'claude-desktop', file: ada.desktop }],
    });
  });

  it('leaves the key nowhere in the clear, neither in the file nor in the home nor in its own words', () => {
    expect(placesOf(KEY, filesBelow(ada.room))).toEqual([]);
    expect(done.stdout + done.stderr).not.toContain(KEY);
  });

  it('leaves the rest of the file as it was, with its mode', () => {
    const text = readFileSync(ada.desktop, 'utf8');
    expect(text).toContain('    // looks at files\n    "files": { "command": "npx"');
    expect(text).not.toContain('"stripe"');
    expect(statSync(ada.desktop).mode & 0o777).toBe(0o640);
    const { command, args, env } = entryOf(ada);
    expect([command, ...args]).toEqual([process.execPath, BIN]);
    expect(Object.keys(env).sort()).toEqual(['COUNTERSIGN_KEYRING', 'COUNTERSIGN_TOKEN_FILE']);
    expect(statSync(env['COUNTERSIGN_TOKEN_FILE']!).mode & 0o777).toBe(0o600);
  });

  it('shows the tools through that entry, and does and denies what the policy says', async () => {
    const client = await connectTo({ ...entryOf(ada), env: { ...entryOf(ada).env, HOME: ada.room } });
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('create_refund');
      expect(tools.map(({ name }) => name)).not.toContain('cancel_subscription');
      expect((await call(client, 'retrieve_balance', {})).isError).toBe(false);
      const small = await call(client, 'create_refund', { payment_intent: 'pi_1', amount: 5000 });
      expect(small.text).toContain('re_1');
      const large = await call(client, 'create_refund', { payment_intent: 'pi_2', amount: 5001 });
      expect(large.text).toContain('Denied by rule `ceiling`');
      const whole = await call(client, 'create_refund', { payment_intent: 'pi_3' });
      expect(whole.text).toContain('State the amount');
      expect(stub.writes.map(({ body }) => body)).toEqual([{ payment_intent: 'pi_1', amount: '5000' }]);
      expect(Object.values(stub.writes[0]!.headers)).toContain(`Bearer ${KEY}`);
    } finally {
      await client.close();
    }
  }, 30_000);

  it('has nothing left to do when it is run again', async () => {
    const text = readFileSync(ada.desktop, 'utf8');
    const again = await ada.run(['init', '--yes', '--no-operator', '--json']);
    expect(again.json()).toMatchObject({ moved: [] });
    expect(readFileSync(ada.desktop, 'utf8')).toBe(text);
    expect((await ada.run(['client', 'install', 'claude-desktop', '--yes', '--json'])).json()).toMatchObject({
      changed: false,
    });
  });

  it('is said by the doctor to be without failure, and by the list to have no bypass', async () => {
    const doctor = await ada.run(['doctor', '--json']);
    expect(doctor.json()).toMatchObject({ ok: true });
    const [desktop] = JSON.parse((await ada.run(['client', 'list', '--json'])).stdout) as { servers: unknown[] }[];
    expect(desktop?.servers).toMatchObject([
      { name: 'files', countersign: false, bypass: false, keys: [] },
      { name: 'countersign', countersign: true, bypass: false },
    ]);
  });

  it('gives the file back to the byte', async () => {
    const back = await ada.run(['client', 'uninstall', 'claude-desktop', '--yes', '--json']);
    expect(back.json()).toMatchObject({ changed: true, by: 'bytes', dropped: ['countersign'], restored: ['stripe'] });
    expect(readFileSync(ada.desktop, 'utf8')).toBe(before);
    expect(back.stdout + back.stderr).not.toContain(KEY);
  });

  it('has left records of both changes in a log that is whole, without the key and without a path', async () => {
    const folder = join(ada.home, 'audit');
    const texts = readdirSync(folder)
      .filter((name) => name.startsWith('admin-'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
    const records = texts.map((text) => own(JSON.parse(text) as Record<string, unknown>));
    const file = { mcpClient: 'claude-desktop', scope: 'user', file: 'claude_desktop_config.json' };
    const changed = records.filter(({ kind }) => /^client_/.test(String(kind)));
    expect(changed).toMatchObject([
      { kind: 'client_installed', does: 'init', ...file, entries: ['countersign'], moved: ['stripe'], movedCount: 1 },
      { kind: 'client_uninstalled', does: 'client uninstall', ...file, entries: ['countersign'], moved: ['stripe'] },
    ]);
    expect(changed.map(ownPartFaults)).toEqual([[], []]);
    expect(texts.join('\n')).not.toContain(ada.room);
    expect(texts.join('\n')).not.toContain(KEY);
    expect((await ada.run(['audit', 'verify', '--json'])).json()).toMatchObject({ ok: true, faults: [] });
    const { stdout } = await execa('python3', [VERIFY_PY, folder, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, faults: [] });
  });
});

describe('when a set-up stops in the middle', () => {
  let stub: ProviderStub;
  beforeAll(async () => {
    stub = await startStub();
  });
  afterAll(() => stub.close());

  it('leaves the client as it was, and goes on when it is run again', async () => {
    const broken = {
      command: process.execPath,
      args: ['-e', 'process.exit(1)'],
      env: { PAYPAL_ACCESS_TOKEN: 'A21AAtoken00000001' },
    };
    const text = JSON.stringify(
      { mcpServers: { stripe: { ...stripeServer(stub.url, KEY) }, paypal: broken } },
      null,
      2,
    );
    const ada = await person({ [DESKTOP]: text });
    const stopped = await ada.run(['init', '--yes', '--currency', 'USD', '--no-operator']);
    expect(stopped.exitCode).toBe(3);
    expect(stopped.stderr).toContain('no client was changed');
    expect(stopped.stderr).toContain('--skip paypal');
    expect(readFileSync(ada.desktop, 'utf8')).toBe(text);
    const done = await ada.run(['init', '--yes', '--currency', 'USD', '--no-operator', '--skip', 'paypal', '--json']);
    expect(done.json()).toMatchObject({ moved: [{ server: 'stripe', upstream: 'stripe' }] });
    const config = readFileSync(join(ada.home, 'countersign.config.json'), 'utf8');
    expect(config.match(/"stripe": \{/g)).toHaveLength(1);
    const after = readFileSync(ada.desktop, 'utf8');
    expect(after).not.toContain(KEY);
    expect(after).toContain('"paypal"');
    await rm(ada.room, { recursive: true, force: true });
  }, 120_000);

  it('refuses to guess who signs, and changes nothing', async () => {
    const ada = await person({ [DESKTOP]: desktopConfig(stub.url) });
    const refused = await ada.run(['init', '--yes']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--no-operator');
    const unasked = await ada.run(['init']);
    expect(unasked.exitCode).toBe(2);
    expect(existsSync(join(ada.home, 'countersign.config.json'))).toBe(false);
    await rm(ada.room, { recursive: true, force: true });
  });
});

describe('when a server takes its key as an argument, in the file of Codex', () => {
  it('takes the key off the command line, registers who signs, and gives back what was moved after other edits', async () => {
    const stub = await startStub();
    const { command, args } = creemServer(stub.url, CREEM_KEY);
    const text = `model = "o4" # mine\n\n[mcp_servers.creem]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`;
    const ada = await person({ [CODEX]: text });
    const file = join(ada.room, CODEX);
    const done = await ada.run(
      ['init', '--yes', '--operator', 'ada', '--person', 'Ada', '--passphrase-fd', '3', '--json'],
      { passphrase: 'correct horse battery' },
    );
    expect(done.stderr).toBe('');
    expect(done.json()).toMatchObject({
      moved: [{ server: 'creem', secrets: ['creem-arg-api-key'] }],
      operator: 'ada',
    });
    expect(placesOf(CREEM_KEY, filesBelow(ada.room))).toEqual([]);
    expect(readFileSync(file, 'utf8')).toMatch(/^model = "o4" # mine\n\n\[mcp_servers\.countersign\]\n/);
    const policy = await ada.run(['policy', 'test', join(ada.home, 'policies', 'agent.test.json'), '--json']);
    expect(policy.json()).toMatchObject({ ok: true });
    const doctor = await ada.run(['doctor', '--json']);
    expect(doctor.json()).toMatchObject({ ok: true });

    await writeFile(file, `${readFileSync(file, 'utf8')}\n[tui]\ntheme = "dark"\n`);
    const back = await ada.run(['client', 'uninstall', 'codex', '--yes', '--json']);
    expect(back.json()).toMatchObject({ by: 'entries', dropped: ['countersign'], restored: ['creem'] });
    const restored = readFileSync(file, 'utf8');
    expect(restored).toContain('[tui]\ntheme = "dark"\n');
    expect(restored).toContain(CREEM_KEY);
    expect(restored).not.toContain('countersign');
    await stub.close();
    await rm(ada.room, { recursive: true, force: true });
  }, 120_000);
});
