import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../src/audit/fs.ts';
import { openCallLog, verifyLog, type SegmentedCallLog } from '../../src/audit/index.ts';
import { denial, INSTALL, intent, makeHome, outcome, own, session, type Home } from './support.ts';

let home: Home;
let log: SegmentedCallLog;

beforeEach(async () => {
  home = await makeHome();
  log = openCallLog(home.options());
});
afterEach(async () => {
  await log.close().catch(() => undefined);
  await home.dispose();
});

const opened = { kind: 'session_opened', session, protocol: '2025-06-18', policies: [] } as const;
const UNWRITABLE = { name: 'AuditError', code: 'unwritable' };
const verify = () => verifyLog({ directory: home.directory, heads: home.store.heads, segments: home.store.segments });
const codes = async (): Promise<string[]> => (await verify()).faults.map(({ code }) => code);
/** Checkpoints and interruptions left out: those have tests of their own. */
const kinds = (file: string): unknown[] =>
  home
    .records(file)
    .map((record) => own(record)['kind'])
    .filter((kind) => !['checkpoint', 'audit_stopped', 'audit_resumed'].includes(String(kind)));
/** The last record of the admin stream that is no checkpoint. */
const lastAdmin = (): Record<string, unknown> =>
  home
    .records(home.files('admin-').at(-1)!)
    .map(own)
    .filter(({ kind }) => kind !== 'checkpoint')
    .at(-1)!;
const calls = (): string[] => home.files('calls-');
const onlyCalls = (): string => {
  const [file, ...others] = calls();
  expect(others).toEqual([]);
  return file!;
};
/** The file that was begun last, whatever its name. */
const segmentWith = (request: string): string =>
  calls().find((file) => home.records(file).some((record) => own(record)['request'] === request))!;

/** A log on a file system with faults; reopens as `log`, so that it is closed at the end. */
function withFiles(over: Partial<FileSystem>): SegmentedCallLog {
  log = openCallLog({ ...home.options(), files: { ...nodeFileSystem, ...over } });
  return log;
}
function noSpace(): never {
  const full = fs.openSync('/dev/full', 'w');
  try {
    fs.writeSync(full, 'x');
  } finally {
    fs.closeSync(full);
  }
  throw new Error('/dev/full took a byte');
}

describe('when the first record comes', () => {
  it('has made no file before', () => {
    expect(home.files()).toEqual([]);
  });

  it('enters the segment in the registry, then creates its private file with a long first record', async () => {
    await log.writeDurable(opened);
    const file = onlyCalls();
    const [admin] = home.files('admin-');
    expect(admin).toBe('admin-20261122-0000000000.jsonl');
    expect(file).toMatch(/^calls-20261122-[0-9a-f-]{36}\.jsonl$/);
    expect(fs.statSync(join(home.directory, file)).mode & 0o777).toBe(0o600);
    const [streamOpened, segmentOpened] = home.records(admin!).map(own);
    expect(streamOpened).toMatchObject({ kind: 'stream_opened', seq: 0, prev: '0'.repeat(64), install: INSTALL });
    const segment = file.slice('calls-20261122-'.length, -'.jsonl'.length);
    expect(segmentOpened).toMatchObject({ kind: 'segment_opened', seq: 1, entry: { segment, file } });
    const [first, second] = home.records(file).map(own);
    expect(first).toMatchObject({
      kind: 'segment_open',
      segment,
      seq: 0,
      prev: '0'.repeat(64),
      install: INSTALL,
      pid: process.pid,
      durability: 'money',
      revealed: [],
      registry: { seq: 1, hash: segmentOpened!['hash'] },
    });
    expect(second).toMatchObject({ kind: 'session_opened', segment, seq: 1, prev: first!['hash'] });
    expect(Buffer.byteLength(home.lines(file)[0]!)).toBeGreaterThanOrEqual(1_023);
    expect(await home.store.segments.listOpen()).toMatchObject([{ segment, file, pid: process.pid, state: 'open' }]);
  });

  it('refuses a record that cannot wait for the segment, and takes the next one', async () => {
    expect(() => log.write(opened)).toThrow(expect.objectContaining(UNWRITABLE) as Error);
    await log.ready();
    log.write(opened);
    expect(kinds(onlyCalls())).toEqual(['segment_open', 'session_opened']);
  });

  it('opens one segment for many callers', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => log.writeDurable(intent(`r-${i}`))));
    expect(home.records(onlyCalls())).toHaveLength(21);
  });
});

describe('when records are durable', () => {
  it('shares syncs: 64 callers at once need two at most', async () => {
    let syncs = 0;
    let running = 0;
    withFiles({
      sync: async (fd) => {
        syncs += 1;
        running += 1;
        expect(running).toBe(1);
        await nodeFileSystem.sync(fd);
        running -= 1;
      },
    });
    await log.ready();
    await Promise.all(Array.from({ length: 64 }, (_, i) => log.writeDurable(intent(`r-${i}`))));
    expect(syncs).toBeLessThanOrEqual(2);
    expect(home.records(onlyCalls())).toHaveLength(65);
  });

  it('resolves only after a sync that began behind the record', async () => {
    const gates: (() => void)[] = [];
    withFiles({ sync: () => new Promise((resolve) => gates.push(resolve)) });
    await log.ready();
    const settled: string[] = [];
    const first = log.writeDurable(intent('a')).then(() => settled.push('a'));
    await new Promise(setImmediate);
    const second = log.writeDurable(intent('b')).then(() => settled.push('b'));
    gates[0]!();
    await first;
    expect(settled).toEqual(['a']);
    await expect.poll(() => gates.length).toBe(2);
    gates[1]!();
    await second;
    withFiles({});
  });

  it('refuses everyone who waited for a failed sync, ends the segment, and goes on in a new one', async () => {
    let broken = true;
    withFiles({ sync: (fd) => (broken ? Promise.reject(new Error('EIO: i/o error')) : nodeFileSystem.sync(fd)) });
    await log.ready();
    const both = await Promise.allSettled([log.writeDurable(intent('a')), log.writeDurable(intent('b'))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    await log.writeDurable(intent('c'));
    log.write(outcome('c'));
    await log.close();
    expect(calls()).toHaveLength(2);
    // Nothing was forwarded for a and b: their intents are in the first file and end as failed in the second.
    expect(
      home
        .records(segmentWith('c'))
        .map(own)
        .filter(({ code }) => code === 'audit_unwritable'),
    ).toMatchObject([
      { kind: 'outcome', request: 'a', outcome: 'failed' },
      { kind: 'outcome', request: 'b', outcome: 'failed' },
    ]);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });
});

describe('when a write comes up short', () => {
  it('writes the rest', async () => {
    withFiles({ write: (fd, bytes, offset) => fs.writeSync(fd, bytes, offset, Math.min(7, bytes.length - offset)) });
    await log.writeDurable(intent('a'));
    log.write(outcome('a'));
    await log.close();
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('leaves a half line behind, refuses the call, and goes on in a new segment', async () => {
    let left = Infinity;
    withFiles({
      write: (fd, bytes, offset) => {
        if (left === 0) return noSpace();
        const count = fs.writeSync(fd, bytes, offset, Math.min(left, bytes.length - offset));
        left -= count;
        return count;
      },
    });
    await log.writeDurable(intent('a'));
    left = 100;
    expect(() => log.write(intent('b'))).toThrow(expect.objectContaining(UNWRITABLE) as Error);
    left = Infinity;
    await log.writeDurable(outcome('a'));
    await log.close();
    const report = await verify();
    expect(report).toMatchObject({ ok: true, notes: [{ code: 'torn_tail', line: 3 }] });
    expect(calls()).toHaveLength(2);
    const torn = report.notes[0]!.file;
    expect(fs.readFileSync(join(home.directory, torn), 'utf8').endsWith('\n')).toBe(false);
    expect(kinds(calls().find((file) => file !== torn)!)).toEqual([
      'segment_open',
      'intent_carried',
      'outcome',
      'segment_close',
    ]);
  });

  it('goes on in the same segment when not a byte was written', async () => {
    let full = false;
    withFiles({ write: (fd, bytes, offset) => (full ? noSpace() : nodeFileSystem.write(fd, bytes, offset)) });
    await log.ready();
    full = true;
    expect(() => log.write(denial('a'))).toThrow(/ENOSPC/);
    await expect(log.writeDurable(intent('b'))).rejects.toMatchObject(UNWRITABLE);
    full = false;
    log.write(denial('c'));
    await log.close();
    expect(kinds(onlyCalls())).toEqual(['segment_open', 'decision', 'segment_close']);
    expect(await codes()).toEqual([]);
  });

  it('writes an outcome later that it could not take at once', async () => {
    let full = false;
    withFiles({ write: (fd, bytes, offset) => (full ? noSpace() : nodeFileSystem.write(fd, bytes, offset)) });
    await log.writeDurable(intent('a'));
    full = true;
    expect(() => log.write(outcome('a'))).toThrow(expect.objectContaining(UNWRITABLE) as Error);
    full = false;
    log.write(denial('b'));
    await log.close();
    expect(kinds(onlyCalls())).toEqual(['segment_open', 'intent', 'outcome', 'decision', 'segment_close']);
  });
});

describe('when the file is touched underneath', () => {
  const touch: [string, (path: string) => void, string[]][] = [
    ['removed', (path) => fs.unlinkSync(path), ['missing_file']],
    ['renamed', (path) => fs.renameSync(path, `${path}.old`), ['missing_file']],
    ['cut', (path) => fs.truncateSync(path, fs.statSync(path).size - 10), ['tail_missing']],
    ['emptied', (path) => fs.truncateSync(path, 0), ['tail_missing']],
    ['written to', (path) => fs.appendFileSync(path, '{"forged":true}\n'), ['bad_json', 'registry_mismatch']],
    [
      'replaced by a copy',
      (path) => {
        fs.copyFileSync(path, `${path}.copy`);
        fs.renameSync(`${path}.copy`, path);
      },
      [],
    ],
  ];

  it.each(touch)(
    'refuses the next record of a file that was %s, and goes on in a new segment',
    async (_, change, faults) => {
      await log.writeDurable(intent('a'));
      change(join(home.directory, onlyCalls()));
      expect(() => log.write(denial('b'))).toThrow(expect.objectContaining(UNWRITABLE) as Error);
      await log.ready();
      log.write(outcome('a'));
      await log.close();
      expect(await codes()).toEqual(faults);
    },
  );
});

describe('when the registry cannot be written', () => {
  it('refuses, leaves no file behind, and recovers by itself', async () => {
    let full = true;
    withFiles({ write: (fd, bytes, offset) => (full ? noSpace() : nodeFileSystem.write(fd, bytes, offset)) });
    for (let i = 0; i < 3; i += 1) await expect(log.writeDurable(intent('a'))).rejects.toMatchObject(UNWRITABLE);
    expect(home.files()).toEqual([]);
    full = false;
    await log.writeDurable(denial('b'));
    await log.close();
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('enters the segment once however often creating its file fails', async () => {
    let blocked = true;
    withFiles({ create: (path) => (blocked && path.includes('calls-') ? noSpace() : nodeFileSystem.create(path)) });
    for (let i = 0; i < 5; i += 1) await expect(log.writeDurable(intent('a'))).rejects.toMatchObject(UNWRITABLE);
    blocked = false;
    await log.writeDurable(denial('b'));
    await log.close();
    expect(kinds(home.files('admin-')[0]!)).toEqual(['stream_opened', 'segment_opened', 'segment_closed']);
    expect(await codes()).toEqual([]);
  });

  it('names the store as the cause when it is closed', async () => {
    await home.store.close();
    await expect(log.writeDurable(intent('a'))).rejects.toMatchObject({
      ...UNWRITABLE,
      cause: { name: 'StateError', code: 'unavailable' },
    });
  });
});

const canMount = ((): boolean => {
  try {
    const point = fs.mkdtempSync('/tmp/countersign-mount-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', point], { stdio: 'ignore' });
    execFileSync('umount', [point], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!canMount)(
  `when the disk is really full${canMount ? '' : ' (skipped: this user may not mount)'}`,
  () => {
    it('refuses until there is room again, and the log verifies', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', home.directory]);
      try {
        log = openCallLog({ ...home.options(), ballastBytes: 8_192 });
        const filler = join(home.directory, 'filler');
        fs.writeFileSync(filler, Buffer.alloc(30_000));
        let written = 0;
        let refused: unknown;
        while (refused === undefined) {
          refused = await log.writeDurable(denial(`r-${written}`)).catch((error: unknown) => error);
          written += 1;
        }
        expect(refused).toMatchObject(UNWRITABLE);
        await expect(log.writeDurable(denial('still'))).rejects.toMatchObject(UNWRITABLE);
        fs.unlinkSync(filler);
        await log.writeDurable(denial('again'));
        await log.close();
        expect(await codes()).toEqual([]);
      } finally {
        execFileSync('umount', [home.directory]);
      }
    });
  },
);

describe('when a segment is full or its day is over', () => {
  it('closes it, opens the next, and carries over the calls in flight', async () => {
    log = openCallLog({ ...home.options(), rotateBytes: 6_000 });
    await log.writeDurable(intent('long'));
    for (let i = 0; calls().length < 2; i += 1) await log.writeDurable(denial(`r-${i}`));
    await log.writeDurable(outcome('long'));
    await log.close();
    const first = segmentWith('r-0');
    expect(kinds(first).at(-1)).toBe('segment_close');
    expect(own(home.records(first).at(-1))['count']).toBe(home.records(first).length);
    const second = calls().find((file) => file !== first)!;
    expect(kinds(second).slice(0, 2)).toEqual(['segment_open', 'intent_carried']);
    expect(await verify()).toMatchObject({ ok: true, notes: [], files: 3 });
  });

  it('begins a new calls file and a new admin file on the next UTC day', async () => {
    await log.writeDurable(denial('today'));
    home.clock.now += 12 * 3_600_000;
    await log.writeDurable(denial('midnight'));
    while (home.files('calls-20261123').length === 0) await log.writeDurable(denial('tomorrow'));
    await log.close();
    expect(home.files().map((file) => file.slice(0, 14))).toEqual([
      'admin-20261122',
      'admin-20261123',
      'calls-20261122',
      'calls-20261123',
    ]);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });
});

describe('when the log is closed', () => {
  it('ends the segment in the file, the registry and the store', async () => {
    await log.writeDurable(denial('a'));
    await log.close();
    const file = onlyCalls();
    const last = own(home.records(file).at(-1));
    expect(last).toMatchObject({ kind: 'segment_close', count: 4 });
    expect(lastAdmin()).toMatchObject({
      kind: 'segment_closed',
      entry: { file, count: 4, head: last['hash'] },
    });
    expect(await home.store.segments.listOpen()).toEqual([]);
  });

  it('takes no more records, and closing again changes nothing', async () => {
    await log.writeDurable(denial('a'));
    await log.close();
    await log.close();
    expect(() => log.write(denial('b'))).toThrow(
      expect.objectContaining({ name: 'AuditError', code: 'closed' }) as Error,
    );
    await expect(log.writeDurable(denial('b'))).rejects.toMatchObject({ code: 'closed' });
  });

  it('makes no file when nothing was recorded', async () => {
    await log.close();
    expect(home.files()).toEqual([]);
  });
});
