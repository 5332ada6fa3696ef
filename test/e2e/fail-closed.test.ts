import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { callsOf, type Home, homeIn } from './support/home.ts';
import { logOnDisk } from './support/log.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';
import { makeShops, serversOf, shopsConfig } from './support/shop.ts';

const DISK_FAULTS = fileURLToPath(new URL('./fixtures/disk-faults.cjs', import.meta.url));
const LOG_REFUSAL =
  'Denied: the audit log cannot be written, so the call was not sent. Tell the operator; do not call again until it works.';
const STORE_REFUSAL =
  'Denied: the state store cannot be reached, so the call was not sent. Tell the operator; do not call again until it works.';

/** Something an operator or an accident does to a home, and its undoing. */
interface Harm {
  readonly spoil: (home: Home) => void;
  readonly mend: (home: Home) => void;
}

const inside = ({ directory }: Home, ...names: string[]): string => join(directory, ...names);
const away = (path: string): string => `${path}.away`;

/** Takes a file or directory of the home away, and puts something else there. */
function replaced(name: string, put: (path: string) => void): Harm {
  // Beside the home, so that what was taken away is not itself found inside it.
  const keep = ({ directory }: Home): string => `${directory}-${name}`;
  return {
    spoil: (home) => {
      fs.renameSync(inside(home, name), keep(home));
      put(inside(home, name));
    },
    mend: (home) => {
      fs.rmSync(inside(home, name), { recursive: true, force: true });
      fs.renameSync(keep(home), inside(home, name));
    },
  };
}

const nothing = (): void => undefined;
const aFile = (path: string): void => fs.writeFileSync(path, '', { mode: 0o600 });
const aDirectory = (path: string): void => fs.mkdirSync(path, { mode: 0o700 });
const aLinkTo =
  (target: string) =>
  (path: string): void =>
    fs.symlinkSync(target, path);

/** The segment that a running gateway writes: the newest. */
function segmentOf(home: Home): string {
  const names = fs.readdirSync(inside(home, 'audit')).filter((name) => name.startsWith('calls-'));
  const paths = names.map((name) => inside(home, 'audit', name));
  return paths.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs)[0] ?? '';
}

const SEALED_ELSEWHERE =
  /the secret `spare` was sealed with the master key [0-9a-f]{16}, which is not here; bring that key back or set the secret again/;

/** A home like another one, in the same room, with what was accepted and issued there. */
async function copyOf({ room, directory }: Home): Promise<Home> {
  const copy = await mkdtemp(join(room, 'home-'));
  await cp(directory, copy, { recursive: true });
  return homeIn(room, copy);
}

/** What the client reads in an answer. */
async function pay(client: RawClient, reference: string): Promise<string | undefined> {
  return (await client.call('pay', { reference })).result?.content?.[0]?.text;
}

/** The references of the calls that reached the upstream. */
function paid(home: Home): string[] {
  return callsOf(home.room, 'shop').map((call) => (call.arguments as { reference: string }).reference);
}

async function connected(home: Home, token: string, env: Record<string, string> = {}): Promise<RawClient> {
  const client = new RawClient(home, token, env);
  await client.initialize();
  await client.tools();
  return client;
}

describe('when something is wrong under a running gateway', () => {
  let first: Home;
  let token: string;
  let home: Home;
  let client: RawClient;

  beforeAll(async () => {
    first = await makeShops({ shop: ['pay'] });
    token = await first.issue('agent');
  });
  beforeEach(async () => {
    home = await copyOf(first);
    fs.rmSync(join(home.room, 'shop.calls.jsonl'), { force: true });
    client = await connected(home, token);
    expect(await pay(client, 'before')).toBe('did pay');
  });
  afterEach(() => client.kill());
  afterAll(() => first.remove());

  it.each<[string, Harm]>([
    ['is a file', replaced('audit', aFile)],
    ['is gone', replaced('audit', nothing)],
    // The same files are found behind it, where whoever made the link decides what becomes of them.
    ['is a link to where it was moved', replaced('audit', (path) => fs.symlinkSync(`${dirname(path)}-audit`, path))],
  ])('refuses calls while the audit directory %s, and works again once it is back', async (_what, harm) => {
    harm.spoil(home);
    expect(await pay(client, 'during-1')).toBe(LOG_REFUSAL);
    expect(await pay(client, 'during-2')).toBe(LOG_REFUSAL);
    expect(client.stderr).toMatch(/^countersign: the audit log cannot be written: /m);
    harm.mend(home);
    expect(await pay(client, 'after')).toBe('did pay');
    expect(paid(home)).toEqual(['before', 'after']);
    expect(await client.close()).toBe(0);
    expect((await home.run(['audit', 'verify'])).exitCode).toBe(0);
  });

  it.each<[string, (segment: string) => void, string, string]>([
    ['removed', (path) => fs.rmSync(path), 'was removed or replaced', 'missing_file'],
    ['cut', (path) => fs.truncateSync(path, 100), 'was cut', 'tail_missing'],
    ['emptied', (path) => fs.truncateSync(path, 0), 'was cut', 'tail_missing'],
    ['written to', (path) => fs.appendFileSync(path, 'x\n'), 'was written to by another', 'bad_json'],
  ])('refuses the call that finds its log file %s, and goes on in a new one', async (_what, spoil, words, code) => {
    const segment = segmentOf(home);
    spoil(segment);
    expect(await pay(client, 'during')).toBe(LOG_REFUSAL);
    expect(client.stderr).toContain(
      `countersign: the audit log cannot be written: the log file \`${segment}\` ${words}\n`,
    );
    expect(await pay(client, 'after')).toBe('did pay');
    expect(paid(home)).toEqual(['before', 'after']);
    expect(await client.close()).toBe(0);
    const { exitCode, stdout } = await home.run(['audit', 'verify', '--json']);
    expect(exitCode).toBe(1);
    expect((JSON.parse(stdout) as { faults: unknown[] }).faults[0]).toMatchObject({ code });
  });

  it.each<[string, Harm]>([
    ['is gone', replaced('state.db', nothing)],
    ['is another file', replaced('state.db', (path) => fs.copyFileSync(`${dirname(path)}-state.db`, path))],
  ])('refuses calls and lists while the state file %s, and works again once it is back', async (_what, harm) => {
    harm.spoil(home);
    expect(await pay(client, 'during')).toBe(STORE_REFUSAL);
    expect((await client.request('tools/list')).error).toEqual({
      code: 5001,
      message: 'Not available: the state store cannot be reached. Tell the operator.',
    });
    expect(client.stderr).toContain(
      `countersign: the state file \`${inside(home, 'state.db')}\` was removed or replaced while in use; start again\n`,
    );
    harm.mend(home);
    expect(await pay(client, 'after')).toBe('did pay');
    expect(paid(home)).toEqual(['before', 'after']);
  });

  it('refuses calls once the state file is overwritten, and never comes to trust it again', async () => {
    for (const name of ['state.db', 'state.db-wal', 'state.db-shm']) overwrite(inside(home, name));
    expect(await pay(client, 'during-1')).toBe(STORE_REFUSAL);
    expect(await pay(client, 'during-2')).toBe(STORE_REFUSAL);
    expect(client.stderr).toMatch(/state file `.*` is damaged \(.*\); restore it from a backup, or move it away/);
    expect(paid(home)).toEqual(['before']);
    expect(await client.close()).toBe(0);
    for (const args of [
      ['grant', 'list'],
      ['audit', 'verify'],
      ['grant', 'revoke', 'agent'],
    ])
      expect((await home.run(args)).exitCode).toBe(3);
  });
});

/** Changes every byte of a file in place, as a failing disk or another program would. */
function overwrite(path: string): void {
  const file = fs.openSync(path, 'r+');
  fs.writeSync(file, Buffer.alloc(fs.fstatSync(file).size, 'garbage '));
  fs.closeSync(file);
}

describe('when the disk fails', () => {
  it('refuses a money call whose intent cannot be synced, and works again once it can', async () => {
    const home = await makeShops({ shop: ['pay'] });
    onTestFinished(() => home.remove());
    const gate = join(home.room, 'gate');
    const fault = { NODE_OPTIONS: `--require ${DISK_FAULTS}`, DISK_FAULT: 'fail-sync', GATE_FILE: gate };
    const client = await connected(home, await home.issue('agent'), fault);
    expect(await pay(client, 'during')).toBe(LOG_REFUSAL);
    expect(client.stderr).toContain('countersign: the audit log cannot be written: EIO: i/o error, fdatasync\n');
    expect(paid(home)).toEqual([]);
    fs.writeFileSync(gate, '');
    expect(await pay(client, 'after')).toBe('did pay');
    expect(paid(home)).toEqual(['after']);
    expect(await client.close()).toBe(0);
    const ends = logOnDisk(home).entries.filter(({ kind }) => kind === 'outcome');
    // They may stand in two files, and no name says which was first.
    expect(ends.map(({ outcome, code }) => `${outcome} ${code}`).sort()).toEqual([
      'failed audit_unwritable',
      'ok result',
    ]);
    expect((await home.run(['audit', 'verify'])).exitCode).toBe(0);
  });
});

/** A small disk of its own, or why there is none here. */
function smallDisk(path: string): { readonly unmount: () => void } | { readonly why: string } {
  fs.mkdirSync(path, { mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', path], { stdio: 'pipe' });
    return { unmount: () => execFileSync('umount', ['-l', path], { stdio: 'pipe' }) };
  } catch (error) {
    return { why: `no small disk can be mounted here: ${error instanceof Error ? error.message : String(error)}` };
  }
}

describe('when the disk is full', () => {
  it('refuses calls, loses nothing, and works again once there is room', async ({ skip }) => {
    const room = await mkdtemp(join(tmpdir(), 'countersign-full-'));
    const disk = smallDisk(join(room, 'home'));
    if ('why' in disk) {
      await rm(room, { recursive: true });
      return skip(disk.why);
    }
    const home = homeIn(room, join(room, 'home'));
    try {
      await home.rewrite(await shopsConfig(room, { shop: ['pay'] }));
      const client = await connected(home, await home.issue('agent'));
      expect(await pay(client, 'before')).toBe('did pay');
      const filler = inside(home, 'filler');
      fill(filler);
      // The disk takes a last piece of a record here or there; from then on nothing passes.
      await expect.poll(() => pay(client, 'during'), { timeout: 10_000, interval: 1 }).toBe(LOG_REFUSAL);
      const reached = paid(home).length;
      for (let call = 0; call < 10; call++) expect(await pay(client, 'during')).toBe(LOG_REFUSAL);
      expect(client.stderr).toContain('ENOSPC: no space left on device');
      expect(paid(home)).toHaveLength(reached);
      fs.rmSync(filler);
      expect(await pay(client, 'after')).toBe('did pay');
      expect(paid(home).slice(reached)).toEqual(['after']);
      expect(await client.close()).toBe(0);
      const { entries } = logOnDisk(home);
      expect(entries.filter(({ kind }) => kind === 'intent')).toHaveLength(reached + 1);
      const interruptions = entries.filter(({ kind }) => kind === 'audit_stopped' || kind === 'audit_resumed');
      expect(interruptions.map(({ kind, code }) => [kind, code])).toEqual([
        ['audit_stopped', 'disk_full'],
        ['audit_resumed', 'disk_full'],
      ]);
      expect(interruptions[1]?.refused).toBeGreaterThanOrEqual(11);
      expect(await home.run(['audit', 'verify'])).toMatchObject({ exitCode: 0 });
    } finally {
      disk.unmount();
      await rm(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  });
});

/** Leaves no byte free. */
function fill(path: string): void {
  const file = fs.openSync(path, 'w', 0o600);
  try {
    for (let bytes = 65_536; bytes > 0; bytes = Math.floor(bytes / 2)) {
      try {
        for (;;) if (fs.writeSync(file, Buffer.alloc(bytes)) < bytes) break;
      } catch {
        // Smaller pieces may still fit.
      }
    }
  } finally {
    fs.closeSync(file);
  }
}

describe('when something is wrong before the gateway starts', () => {
  let home: Home;
  let token: string;

  beforeAll(async () => {
    home = await makeShops({ shop: ['pay'] });
    token = await home.issue('agent');
    await home.seal('spare', 'value');
  });
  afterAll(() => home.remove());

  const config = (text: (before: string) => string): Harm => {
    let before = '';
    const file = (where: Home): string => inside(where, 'countersign.config.json');
    return {
      spoil: (where) => {
        before = fs.readFileSync(file(where), 'utf8');
        fs.writeFileSync(file(where), text(before));
      },
      mend: (where) => fs.writeFileSync(file(where), before),
    };
  };
  const mode = (bits: number): Harm => ({
    spoil: ({ directory }) => fs.chmodSync(directory, bits),
    mend: ({ directory }) => fs.chmodSync(directory, 0o700),
  });
  const linkInside: Harm = {
    spoil: (where) => fs.symlinkSync(where.room, inside(where, 'shortcut')),
    mend: (where) => fs.rmSync(inside(where, 'shortcut')),
  };
  const homeIsLink: Harm = {
    spoil: ({ directory }) => {
      fs.renameSync(directory, away(directory));
      fs.symlinkSync(away(directory), directory);
    },
    mend: ({ directory }) => {
      fs.rmSync(directory);
      fs.renameSync(away(directory), directory);
    },
  };

  it.each<[string, Harm, string, number]>([
    ['the home is open to others', mode(0o755), '`HOME` is open to other users (mode 0755); run: chmod 700 HOME', 2],
    ['the home is a link', homeIsLink, '`HOME` is a symbolic link; put the real thing in its place', 2],
    ['a link lies in the home', linkInside, '`HOME/shortcut` is a symbolic link; put the real thing in its place', 2],
    [
      'audit/ is a link',
      replaced('audit', aLinkTo(tmpdir())),
      '`HOME/audit` is a symbolic link; put the real thing in its place',
      2,
    ],
    ['audit/ is a file', replaced('audit', aFile), '`HOME/audit` is not a directory; move it away', 2],
    [
      'the state file is a link',
      replaced('state.db', aLinkTo('/dev/null')),
      '`HOME/state.db` is a symbolic link; put the real thing in its place',
      2,
    ],
    [
      'the state file is a directory',
      replaced('state.db', aDirectory),
      'the state file `HOME/state.db` is not a regular file',
      3,
    ],
    [
      'the state file is garbage',
      replaced('state.db', (path) => fs.writeFileSync(path, Buffer.alloc(8192, 'garbage '), { mode: 0o600 })),
      'the state file `HOME/state.db` is damaged (file is not a database); restore it from a backup, or move it away and issue the grants again',
      3,
    ],
    ['the configuration is not JSON', config((text) => text.slice(0, -1)), 'HOME/countersign.config.json:1:', 2],
    [
      'the configuration has an unknown key',
      config((text) => text.replace('"version"', '"polices":{},"version"')),
      'HOME/countersign.config.json:1:',
      2,
    ],
  ])('starts nothing when %s, and says what to do', async (_what, { spoil, mend }, words, exit) => {
    const said = words.replaceAll('HOME', home.directory);
    const before = paid(home).length;
    spoil(home);
    try {
      const client = new RawClient(home, token);
      const { error } = await client.initialize();
      expect(error?.code).toBe(5001);
      expect(error?.message).toContain(said);
      expect((await client.request('tools/list')).error).toEqual(error);
      expect((await client.call('pay', { reference: 'during' })).error).toEqual(error);
      expect(serversOf(home.room)).toEqual([]);
      expect(await client.close()).toBe(0);
      const listed = await home.run(['grant', 'list']);
      expect(listed.stderr).toContain(said);
      expect(listed.exitCode).toBe(exit);
      expect(listed.stdout).toBe('');
    } finally {
      mend(home);
    }
    expect(paid(home)).toHaveLength(before);
    const client = await connected(home, token);
    expect(await pay(client, 'after')).toBe('did pay');
    await client.close();
  });

  it('knows no token when the state file is gone, and starts nothing', async () => {
    const harm = replaced('state.db', nothing);
    harm.spoil(home);
    const client = new RawClient(home, token);
    expect((await client.initialize()).error).toMatchObject({
      code: 4001,
      message: expect.stringContaining('The grant token is not known here') as string,
    });
    expect(await client.close()).toBe(0);
    expect(serversOf(home.room)).toEqual([]);
    harm.mend(home);
  });

  it('denies every call of a grant whose policy file is gone, and names the file', async () => {
    const text = fs.readFileSync(inside(home, 'countersign.config.json'), 'utf8');
    const stored = JSON.parse(text) as { policies: Record<string, unknown> };
    const file = inside(home, 'policies', 'all.json');
    fs.mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, JSON.stringify(stored.policies['all']), { mode: 0o600 });
    await home.rewrite({ ...stored, policies: { all: 'policies/all.json' } });
    fs.renameSync(file, away(file));
    const before = paid(home).length;
    const denied = await connected(home, token);
    const answer = await denied.call('pay', { reference: 'during' });
    expect(decisionOf(answer)).toEqual({ decision: 'deny', rule: '(broken policy)', policy: 'all' });
    expect(answer.result?.content?.[0]?.text).toMatch(
      /^Policy `all` could not be loaded, so every call of this grant is denied: .*the policy file `policies\/all\.json` does not exist\.$/,
    );
    expect(denied.stderr).toMatch(
      /policy `all` does not load, .*the policy file `policies\/all\.json` does not exist$/m,
    );
    expect(await denied.close()).toBe(0);
    expect(paid(home)).toHaveLength(before);
    fs.renameSync(away(file), file);
    const client = await connected(home, token);
    expect(await pay(client, 'after')).toBe('did pay');
    await client.close();
    await home.rewrite(stored);
  });

  it('does not start a server whose secret was sealed under another master key, and says so', async () => {
    const text = fs.readFileSync(inside(home, 'countersign.config.json'), 'utf8');
    const stored = JSON.parse(text) as { upstreams: Record<string, { env: Record<string, unknown> }> };
    const env = { ...stored.upstreams['shop']?.env, KEY: { secret: 'spare' } };
    await home.rewrite({ ...stored, upstreams: { shop: { ...stored.upstreams['shop'], env } } });
    await home.accept('shop');
    const key = inside(home, 'keys', 'master.key');
    const before = fs.readFileSync(key, 'utf8');
    fs.writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const count = paid(home).length;
    const refused = await connected(home, token);
    const answer = await refused.call('pay', { reference: 'during' });
    expect(decisionOf(answer)).toMatchObject({ decision: 'deny', rule: '(upstream unavailable)' });
    expect(answer.result?.content?.[0]?.text).toMatch(SEALED_ELSEWHERE);
    expect(serversOf(home.room)).toEqual([]);
    expect(await refused.close()).toBe(0);
    const tested = await home.run(['upstream', 'test', 'shop']);
    expect(tested.stderr).toMatch(SEALED_ELSEWHERE);
    expect(tested.exitCode).toBe(3);
    expect(paid(home)).toHaveLength(count);
    fs.writeFileSync(key, before);
    const client = await connected(home, token);
    expect(await pay(client, 'after')).toBe('did pay');
    await client.close();
    await home.rewrite(stored);
  });
});
