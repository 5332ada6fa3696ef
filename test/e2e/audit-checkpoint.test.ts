/** Checkpoints that are kept elsewhere, copies that are verified elsewhere, and files that are deleted when their time is over. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCallLog } from '../../src/audit/index.ts';
import { openSqliteStore } from '../../src/state/index.ts';
import { bankConfig } from './support/bank.ts';
import { type Home, makeHome } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

interface Verified {
  readonly ok: boolean;
  readonly faults: readonly { readonly code: string; readonly file: string; readonly message: string }[];
  readonly notes: readonly { readonly code: string; readonly message: string }[];
}

let home: Home;
let token: string;
beforeEach(async () => {
  home = await makeHome({});
  await home.rewrite(await bankConfig(home.room, { agent: [] }));
  token = await home.issue('agent');
});
afterEach(() => home.remove());

const audit = (): string => join(home.directory, 'audit');
const kept = (): string => join(home.room, 'kept.note');

async function calls(count: number): Promise<void> {
  const client = new RawClient(home, token);
  await client.initialize();
  for (let call = 0; call < count; call += 1) await client.call('look', {});
  await client.close();
}

async function verified(...args: readonly string[]): Promise<Verified> {
  return JSON.parse((await home.run(['audit', 'verify', '--json', ...args])).stdout) as Verified;
}

async function keep(): Promise<{ readonly key: string }> {
  const { exitCode, stdout } = await home.run(['audit', 'checkpoint', '--json']);
  expect(exitCode).toBe(0);
  const { checkpoint, key } = JSON.parse(stdout) as { checkpoint: string; key: string };
  await writeFile(kept(), checkpoint);
  return { key };
}

describe('when a checkpoint is kept elsewhere', () => {
  it('prints a signed note that the log goes on to fit, and shows the key on stderr', async () => {
    await calls(3);
    const { exitCode, stdout, stderr } = await home.run(['audit', 'checkpoint']);
    expect(exitCode).toBe(0);
    const [origin, count, head, empty, signature, ...more] = stdout.split('\n');
    expect(origin).toMatch(/^countersign\/[0-9a-f]{32}\/admin$/);
    expect([count, head, empty]).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      '',
    ]);
    expect([signature, more]).toEqual([expect.stringMatching(/^\u2014 countersign\/[0-9a-f]{32} \S+$/), []]);
    expect(stderr).toMatch(/it is signed with the key countersign\/[0-9a-f]{32}\+[0-9a-f]{8}\+\S+\n/);
    await writeFile(kept(), `${stdout}\n`);
    await calls(3);
    expect(await verified('--checkpoint', kept())).toMatchObject({ ok: true, faults: [] });
    const reading = home.records().filter(({ kind, does }) => kind === 'log_read' && does === 'checkpoint');
    expect(reading).toHaveLength(1);
  });

  it('covers the files that are open', async () => {
    const client = new RawClient(home, token);
    await client.initialize();
    await client.call('look', {});
    await keep();
    const [file = ''] = readdirSync(audit()).filter((name) => name.startsWith('calls-'));
    const segment = file.slice('calls-yyyymmdd-'.length, -'.jsonl'.length);
    expect(await readFile(kept(), 'utf8')).toMatch(new RegExp(`^segment ${segment} \\d+ \\S+$`, 'm'));
    await client.close();
    expect(await verified('--checkpoint', kept())).toMatchObject({ ok: true });
  });

  it('finds a home that was put back to an earlier day, with its store and its keys', async () => {
    await calls(2);
    const before = await mkdtemp(join(home.room, 'before-'));
    await cp(home.directory, before, { recursive: true });
    await calls(2);
    await keep();
    await rm(home.directory, { recursive: true });
    renameSync(before, home.directory);
    expect(await verified()).toMatchObject({ ok: true });
    const { ok, faults } = await verified('--checkpoint', kept());
    expect(ok).toBe(false);
    expect(faults.map(({ code }) => code)).toEqual(['checkpoint_mismatch']);
  });

  it('finds a log that was made anew as a whole, by the key that was kept', async () => {
    await calls(2);
    const { key } = await keep();
    for (const name of ['audit', 'keys']) await rm(join(home.directory, name), { recursive: true });
    await rm(join(home.directory, 'state.db'));
    token = await home.issue('agent');
    await calls(2);
    expect(await verified()).toMatchObject({ ok: true });
    expect((await verified('--key', key)).faults.map(({ code }) => code)).toContain('checkpoint_bad');
    expect((await verified('--checkpoint', kept())).ok).toBe(false);
  });

  it.each<[readonly string[], string, RegExp]>([
    [['--checkpoint', 'missing.note'], '', /the checkpoint `missing\.note` cannot be read/],
    [['--checkpoint', 'junk.note'], 'no note at all\n', /is not a checkpoint of an audit log/],
    [['--key', 'abc'], '', /`abc` is not a verifier key/],
  ])('refuses %j and says what it wants', async (args, text, words) => {
    const file = join(home.room, 'junk.note');
    writeFileSync(file, text);
    const named = args.map((arg) => (arg === 'junk.note' ? file : arg));
    const { exitCode, stderr } = await home.run(['audit', 'verify', ...named]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
  });

  it('does not take a checkpoint that another installation signed, nor one that was changed', async () => {
    await calls(1);
    await keep();
    const note = await readFile(kept(), 'utf8');
    const [origin, count, ...rest] = note.split('\n');
    await writeFile(kept(), [origin, Number(count) - 1, ...rest].join('\n'));
    expect((await verified('--checkpoint', kept())).faults.map(({ code }) => code)).toContain('checkpoint_bad');
  });
});

describe('when a copy of the log is verified elsewhere', () => {
  it('needs no home, says what it cannot know, and finds what was changed', async () => {
    await calls(2);
    const copy = join(home.room, 'copy');
    await cp(audit(), copy, { recursive: true });
    const elsewhere = { ...home.env, COUNTERSIGN_HOME: join(home.room, 'nowhere') };
    Object.assign(home.env, elsewhere);
    const { ok, notes } = await verified('--directory', copy);
    expect([ok, notes.map(({ code }) => code)]).toEqual([true, ['tail_unproven']]);
    expect(existsSync(elsewhere.COUNTERSIGN_HOME)).toBe(false);
    const [file = ''] = readdirSync(copy).filter((name) => name.startsWith('calls-'));
    writeFileSync(join(copy, file), readFileSync(join(copy, file), 'utf8').replace('"outcome":"ok"', '"outcome":"no"'));
    expect((await verified('--directory', copy)).faults).toMatchObject([{ code: 'hash_mismatch', file }]);
    const other = await home.run(['audit', 'verify', '--directory', home.room]);
    expect([other.exitCode, other.stderr.split('\n')[0]]).toEqual([
      2,
      `countersign: there is no audit log in \`${home.room}\``,
    ]);
  });
});

const DAY_MS = 24 * 60 * 60 * 1000;

describe('when files are older than they are kept', () => {
  /** A calls file as a gateway wrote it so many days ago. */
  async function old(days: number): Promise<string> {
    const store = await openSqliteStore(join(home.directory, 'state.db'));
    const log = openCallLog({
      ...{ directory: audit(), keysDirectory: join(home.directory, 'keys'), durability: 'money', version: '0.1.0' },
      ...{ heads: store.heads, segments: store.segments, clock: { nowMs: () => Date.now() - days * DAY_MS } },
      ...{ installId: await readFile(join(home.directory, 'keys', 'install.id'), 'utf8'), rotateBytes: 1024 * 1024 },
    });
    const before = new Set(readdirSync(audit()));
    await log.writeDurable({ kind: 'protocol_rejected', session: null, code: 'batch', method: null });
    await log.close();
    await store.close();
    return readdirSync(audit()).find((name) => name.startsWith('calls-') && !before.has(name)) ?? '';
  }

  async function retain(days: string): Promise<void> {
    const config = JSON.parse(await readFile(join(home.directory, 'countersign.config.json'), 'utf8')) as object;
    await home.rewrite({ ...config, audit: { retain: days } });
  }

  it('keeps everything for ever unless the configuration says otherwise', async () => {
    await old(4_000);
    const { exitCode, stderr } = await home.run(['audit', 'prune']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('keeps the log for ever: it has no `audit.retain`');
  });

  it('deletes them on command, records it before, and the log stays whole', async () => {
    const [gone, stays] = [await old(40), await old(3)];
    await retain('30d');
    const dry = await home.run(['audit', 'prune', '--dry-run']);
    expect([dry.exitCode, dry.stdout]).toEqual([0, `${gone}  4 records`]);
    expect(existsSync(join(audit(), gone))).toBe(true);
    const { exitCode, stdout } = await home.run(['audit', 'prune', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ retain: '30d', dryRun: false, files: [{ file: gone, count: 4 }] });
    expect([existsSync(join(audit(), gone)), existsSync(join(audit(), stays))]).toEqual([false, true]);
    expect(home.records().filter(({ kind }) => kind === 'segment_pruned')).toMatchObject([
      { retainDays: 30, actor: { by: 'os-user' }, entry: { file: gone } },
    ]);
    expect(await verified()).toMatchObject({ ok: true, notes: [{ code: 'pruned' }] });
  });

  it('deletes them as a gateway runs', async () => {
    const gone = await old(40);
    await retain('30d');
    await calls(1);
    expect(existsSync(join(audit(), gone))).toBe(false);
    expect(await verified()).toMatchObject({ ok: true });
  });

  it('finds a file that was taken away before its time, whatever the registry was made to say', async () => {
    const early = await old(3);
    await retain('30d');
    await rm(join(audit(), early));
    expect((await verified()).faults).toMatchObject([{ code: 'missing_file', file: early }]);
  });
});
