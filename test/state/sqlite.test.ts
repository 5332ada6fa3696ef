import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import { openSqliteStore } from '../../src/state/index.ts';
import type { NewApproval } from '../../src/state/approvals.ts';
import { SCHEMA, STEPS } from '../../src/state/sqlite/schema.ts';
import { bundleWorker } from './bundle.ts';
import { storeContract } from './contract.ts';
import { localStoreContract } from './local-contract.ts';
import { ask, counter, DAY_MS, NOON, OWNER, rolling, use } from './quota-build.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-state-'));
  file = join(folder, 'state.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const makeFactory = () => {
  const own = mkdtempSync(join(tmpdir(), 'countersign-contract-'));
  return Promise.resolve({
    open: (clock?: () => number) => openSqliteStore(join(own, 'state.db'), clock === undefined ? {} : { clock }),
    dispose: () => {
      rmSync(own, { recursive: true });
      return Promise.resolve();
    },
  });
};
storeContract('sqlite', makeFactory);
localStoreContract('sqlite', makeFactory);

describe('when what several calls write is put off to the end of their transaction', () => {
  const capped = counter('daily', rolling(DAY_MS));
  const r1 = brandAs<RequestId>('r1');
  const approval = (over: Partial<NewApproval>): NewApproval => ({
    ...{ id: brandAs('ap-1'), grant: brandAs('agent'), tool: brandAs('bank/pay'), sealed: 'sealed' },
    ...{ match: 'f'.repeat(64), hash: 'a'.repeat(64), createdMs: NOON, expiresMs: NOON + 1, ...over },
  });

  it('is counted once if the transaction fails, however often the end of the call is tried', async () => {
    const store = await openSqliteStore(file, { clock: () => NOON });
    await store.quota.reserve(ask('r1', [use(capped, 600, 1_000)]));
    const ended = store.quota.settle({ request: r1, outcome: 'ok', forwardedMs: NOON });
    // No row takes half a millisecond: the engine refuses it, and with it all that the turn was to write.
    const broken = store.approvals.open(approval({ createdMs: NOON + 0.5 }), 10);
    await expect(ended).rejects.toMatchObject({ name: 'StateError' });
    await expect(broken).rejects.toMatchObject({ name: 'StateError' });
    expect(await store.quota.counters()).toMatchObject([{ used: 0, reserved: 600 }]);
    expect(await store.quota.settle({ request: r1, outcome: 'ok', forwardedMs: NOON })).toBe(true);
    expect(await store.quota.settle({ request: r1, outcome: 'ok', forwardedMs: NOON })).toBe(false);
    expect(await store.quota.counters()).toMatchObject([{ used: 600, reserved: 0 }]);
    await store.close();
  });

  it('is seen by whatever is asked in the same turn', async () => {
    const store = await openSqliteStore(file, { clock: () => NOON });
    await store.quota.reserve(ask('r1', [use(capped, 600, 1_000)]));
    const [, second, third, counters] = await Promise.all([
      store.quota.settle({ request: r1, outcome: 'ok', forwardedMs: NOON }),
      store.quota.reserve(ask('r2', [use(capped, 400, 1_000)])),
      store.quota.reserve(ask('r3', [use(capped, 1, 1_000)])),
      store.quota.counters(),
    ]);
    expect([second.is, third.is]).toEqual(['held', 'refused']);
    expect(counters).toMatchObject([{ used: 600, reserved: 400 }]);
    await store.close();
  });
});

describe('when a reservation is older than its counter is kept', () => {
  it('still says what it is of, although it holds nothing', async () => {
    let nowMs = NOON;
    const store = await openSqliteStore(file, { clock: () => nowMs });
    const keyed = counter('per payment', rolling(DAY_MS), { keyed: true, subject: 'pi_1' });
    await store.quota.reserve(ask('r1', [use(keyed, 0, 1_000)]));
    expect(await store.quota.abandon(OWNER)).toEqual(['r1']);
    nowMs += 40 * DAY_MS;
    await store.quota.reserve(ask('r2', [use(counter('other', rolling(DAY_MS)), 1, 1_000)]));
    expect((await store.quota.requests()).find(({ request }) => request === 'r1')).toMatchObject({
      state: 'in-doubt',
      uses: [{ amount: 0, counter: { rule: 'per payment', subject: 'pi_1', keyed: true } }],
    });
    await store.close();
  });
});

describe('when the state file is opened', () => {
  it('is private, and so are the files the engine puts beside it', async () => {
    const store = await openSqliteStore(file);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(file + suffix).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('is in WAL mode with STRICT tables and carries its schema version', async () => {
    await (await openSqliteStore(file)).close();
    const raw = new DatabaseSync(file);
    expect(raw.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    expect(raw.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: SCHEMA });
    expect(
      raw.prepare("SELECT count(*) AS n FROM pragma_table_list WHERE strict = 1 AND schema = 'main'").get(),
    ).toMatchObject({ n: 12 });
    raw.close();
  });

  it('brings the reservations and the requests of an older release along', async () => {
    const raw = new DatabaseSync(file);
    for (const step of STEPS.slice(0, 5)) raw.exec(step);
    raw.exec(`PRAGMA application_id = 1129531214; PRAGMA user_version = 5;
      INSERT INTO quota_counters VALUES ('${'c'.repeat(64)}', 'support', 'daily', 'grant', 'agent "x"', 'USD', 0,
        '{"is":"rolling","spanMs":86400000}', 100, 1);
      INSERT INTO quota_slots VALUES ('${'c'.repeat(64)}', -1, 9007199254740991, 0, 42, 0, 0);
      INSERT INTO quota_requests VALUES ('r1', 'agent', 'p', 'bank/pay', 'h', 1, 's', 'reserved', 5, 9007199254740991);
      INSERT INTO quota_uses VALUES ('r1', '${'c'.repeat(64)}', -1, 9007199254740991, 42, 0,
        '{"is":"rolling","spanMs":86400000}');
      INSERT INTO approvals VALUES ('a1', 1, 'support', 'bank/pay', '${'m'.repeat(64)}', '${'h'.repeat(64)}', 1, 9007199254740991,
        'open', NULL, NULL, 'sealed', NULL, 0)`);
    raw.close();
    chmodSync(file, 0o600);
    const store = await openSqliteStore(file);
    expect(await store.approvals.list()).toMatchObject([{ id: 'a1', sealed: 'sealed' }]);
    expect(await store.quota.requests()).toMatchObject([
      {
        ...{ request: 'r1', state: 'reserved' },
        uses: [
          {
            amount: 42,
            closes: false,
            counter: { rule: 'daily', subject: 'agent "x"', keyed: false, policy: 'support' },
          },
        ],
      },
    ]);
    expect(await store.quota.settle({ request: brandAs<RequestId>('r1'), outcome: 'ok', forwardedMs: null })).toBe(
      true,
    );
    expect(await store.quota.counters()).toMatchObject([{ used: 42, reserved: 0 }]);
    await store.close();
  });

  it('refuses a file that a newer release wrote, and leaves it as it is', async () => {
    await (await openSqliteStore(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      name: 'StateError',
      code: 'unavailable',
      message: `the state file \`${file}\` has schema 99, this release knows ${SCHEMA}; start a newer release`,
    });
  });

  it('calls garbage corrupt and says what to do', async () => {
    writeFileSync(file, 'this is no database. '.repeat(500), { mode: 0o600 });
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      name: 'StateError',
      code: 'corrupt',
      message: `the state file \`${file}\` is damaged (file is not a database); restore it from a backup, or move it away and issue the grants again`,
    });
  });

  it('keeps how far a segment goes along with the next transaction of quota', async () => {
    const store = await openSqliteStore(file);
    const record = { segment: 's', file: 'f', pid: 1, processStart: '', count: 1, head: 'a'.repeat(64) };
    await store.segments.open(record);
    store.segments.advance('s', { count: 9, head: 'b'.repeat(64) });
    await store.quota.abandon({ pid: 7, processStart: 'x', host: 'h' });
    expect(await store.segments.listOpen()).toEqual([{ ...record, state: 'open', count: 9, head: 'b'.repeat(64) }]);
    await store.close();
  });

  it('calls a file with a destroyed page corrupt when it is read', async () => {
    const store = await openSqliteStore(file);
    await store.segments.open({ segment: 's', file: 'f', pid: 1, processStart: '', count: 1, head: 'a'.repeat(64) });
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xee, 4_096);
    writeFileSync(file, bytes);
    const reading = openSqliteStore(file).then(async (again) => {
      try {
        return await again.segments.listOpen();
      } finally {
        await again.close();
      }
    });
    await expect(reading).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
  });

  it('refuses the database of another program', async () => {
    const raw = new DatabaseSync(file);
    raw.exec('CREATE TABLE bookmarks (url TEXT)');
    raw.close();
    chmodSync(file, 0o600);
    await expect(openSqliteStore(file)).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
  });

  it('refuses a file that other users may read, a symbolic link, and a missing folder', async () => {
    await (await openSqliteStore(file)).close();
    chmodSync(file, 0o640);
    await expect(openSqliteStore(file)).rejects.toMatchObject({ name: 'StateError', code: 'unavailable' });
    chmodSync(file, 0o600);
    symlinkSync(file, join(folder, 'link.db'));
    await expect(openSqliteStore(join(folder, 'link.db'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(openSqliteStore(join(folder, 'none', 'state.db'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('can be opened by many at the same moment', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openSqliteStore(file)));
    for (const store of stores) await store.close();
  });
});

describe('when the state file is taken away under a running process', () => {
  it('refuses to answer, because a revocation made in the new file would not be seen', async () => {
    const store = await openSqliteStore(file);
    renameSync(file, `${file}.gone`);
    await expect(store.tokens.find('a'.repeat(64))).rejects.toMatchObject({ name: 'StateError', code: 'unavailable' });
    await store.close();
  });
});

describe('when another process keeps the lock', () => {
  it('gives up at the deadline with `busy`, without holding up the event loop', async () => {
    const store = await openSqliteStore(file, { deadlineMs: 400 });
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    const waiting = store.heads.exclusive('admin', (head) => ({ head, result: null }));
    await expect(waiting).rejects.toMatchObject({ name: 'StateError', code: 'busy' });
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(3);
    holder.exec('ROLLBACK');
    holder.close();
    await store.heads.exclusive('admin', (head) => ({ head, result: null }));
    await store.close();
  });

  it('can still read', async () => {
    const store = await openSqliteStore(file);
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    expect(await store.tokens.list()).toEqual([]);
    holder.exec('ROLLBACK');
    holder.close();
    await store.close();
  });
});

describe('when several processes race', () => {
  let worker: string;
  beforeAll(async () => {
    worker = await bundleWorker(new URL('workers/increment.ts', import.meta.url));
  });

  it('loses and repeats no step: 4 processes x 100 increments are 400 different counts', async () => {
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [worker, file, '100'], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const outputs = await Promise.all(
      children.map(async (child) => {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        const [code] = (await once(child, 'close')) as [number | null];
        expect(code).toBe(0);
        return text;
      }),
    );
    const counts = outputs.flatMap((text) => text.trim().split('\n').map(Number)).sort((a, b) => a - b);
    expect(counts).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  });

  it('keeps every acknowledged step when a process is killed', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const child = spawn(process.execPath, [worker, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      const target = acknowledged + 20 + round * 7;
      child.stdout.on('data', (chunk: Buffer) => {
        acknowledged = Math.max(acknowledged, ...chunk.toString().trim().split('\n').map(Number));
        if (acknowledged >= target) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const store = await openSqliteStore(file);
      const { count } = await store.heads.read('race');
      expect(count).toBeGreaterThanOrEqual(acknowledged);
      // One step may have been committed without its line having been read.
      expect(count - acknowledged).toBeLessThanOrEqual(1);
      acknowledged = count;
      await store.close();
    }
  });
});
