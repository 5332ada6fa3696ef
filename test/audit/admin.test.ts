import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../src/audit/fs.ts';
import type { AdminLogOptions } from '../../src/audit/admin.ts';
import { openAdminLog, verifyLog, type HeadPort, type RegistryLog } from '../../src/audit/index.ts';
import { brandAs, type PolicyName } from '../../src/core/ids.ts';
import { ADMIN_EVENTS, makeHome, NOON, own, type Home } from './support.ts';

let home: Home;
let log: RegistryLog;

beforeEach(async () => {
  home = await makeHome();
  log = open();
});
afterEach(() => home.dispose());

function open(over: Partial<AdminLogOptions> = {}): RegistryLog {
  return openAdminLog({ ...home.options(), rotateBytes: 1_000_000, ...over });
}
const refused = (faults: number) => ({ kind: 'policy_refused', policy: brandAs<PolicyName>('p'), faults }) as const;
const path = (file: string): string => join(home.directory, file);
const verify = () => verifyLog({ directory: home.directory, heads: home.store.heads, segments: home.store.segments });
/** `faults` of every policy_refused record, in the order of the chain. */
const written = (): unknown[] =>
  home
    .files('admin-')
    .flatMap((file) => home.records(file))
    .map(own)
    .sort((a, b) => Number(a['seq']) - Number(b['seq']))
    .filter(({ kind }) => kind === 'policy_refused')
    .map(({ faults }) => faults);

/** Heads whose commit is lost: what a crash after the file was written and before the head was kept looks like. */
function crashing(): HeadPort {
  return {
    read: (stream) => home.store.heads.read(stream),
    exclusive: (stream, step) =>
      home.store.heads.exclusive(stream, (head) => {
        step(head);
        throw new Error('killed');
      }),
  };
}

describe('when admin events are written', () => {
  it('chains them in one file and keeps the head', async () => {
    for (const event of ADMIN_EVENTS) await log.write(event);
    const [file, ...others] = home.files();
    expect(others).toEqual([]);
    const records = home.records(file!).map(own);
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: records.length }, (_, seq) => seq));
    records.slice(1).forEach((record, i) => expect(record['prev']).toBe(records[i]!['hash']));
    expect(await home.store.heads.read('admin')).toEqual({
      file,
      bytes: fs.statSync(path(file!)).size,
      count: records.length,
      hash: records.at(-1)!['hash'],
    });
    expect(fs.statSync(path(file!)).mode & 0o777).toBe(0o600);
    expect(await verify()).toMatchObject({ ok: true, records: records.length, files: 1, notes: [] });
  });

  it('keeps one chain for many writers', async () => {
    const other = open();
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? log : other).write(refused(i))));
    expect(written()).toHaveLength(40);
    expect(await verify()).toMatchObject({ ok: true, records: 1 + 2 * 40 });
  });

  it('goes on in a new file that names the old one when the size is reached', async () => {
    log = open({ rotateBytes: 4_000 });
    for (let i = 0; i < 12; i += 1) await log.write(refused(i));
    expect(home.files().length).toBeGreaterThan(2);
    const [first, second] = home.files();
    expect(own(home.records(second!)[0])).toMatchObject({
      kind: 'stream_opened',
      continues: { file: first, bytes: fs.statSync(path(first!)).size, count: home.records(first!).length },
    });
    expect(written()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('goes on in a new file on the next UTC day', async () => {
    await log.write(refused(1));
    home.clock.now = NOON + 86_400_000;
    await log.write(refused(2));
    expect(home.files()).toEqual(['admin-20261122-0000000000.jsonl', 'admin-20261123-0000000003.jsonl']);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });
});

describe('when a process died between writing and keeping the head', () => {
  it('takes the complete line over', async () => {
    await log.write(refused(1));
    await expect(open({ heads: crashing() }).write(refused(2))).rejects.toMatchObject({
      name: 'AuditError',
      code: 'unwritable',
    });
    await log.write(refused(3));
    expect(written()).toEqual([1, 2, 3]);
    expect(home.files()).toHaveLength(1);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('takes over a file that was begun', async () => {
    await expect(open({ heads: crashing() }).write(refused(1))).rejects.toThrow('killed');
    await log.write(refused(2));
    home.clock.now = NOON + 86_400_000;
    await expect(open({ heads: crashing() }).write(refused(3))).rejects.toThrow('killed');
    await log.write(refused(4));
    expect(home.files()).toHaveLength(2);
    expect(written()).toEqual([1, 2, 3, 4]);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('leaves a torn line where it is and goes on in a new file that names what was whole', async () => {
    await log.write(refused(1));
    const [file] = home.files();
    const whole = fs.readFileSync(path(file!));
    fs.appendFileSync(path(file!), '{"time":17953');
    await log.write(refused(2));
    expect(home.files()).toHaveLength(2);
    expect(fs.readFileSync(path(file!)).length).toBe(whole.length + 13);
    expect(own(home.records(home.files()[1]!)[0])['continues']).toMatchObject({ file, bytes: whole.length, count: 3 });
    expect(written()).toEqual([1, 2]);
    expect(await verify()).toMatchObject({ ok: true, notes: [{ code: 'torn_tail', file, line: 4 }] });
  });

  it('does not take over a record that no checkpoint signs, torn or put there to look so', async () => {
    await log.write(refused(1));
    const [file] = home.files();
    const kept = await home.store.heads.read('admin');
    const keysDirectory = fs.mkdtempSync(`${home.directory}-other-keys-`);
    const stranger = open({ heads: crashing(), keysDirectory });
    await expect(stranger.write(refused(66))).rejects.toThrow('killed');
    const [, forged = ''] = home.lines(file!).slice(-3);
    expect(forged).toContain('"faults":66');
    // Without its checkpoint, and with half a line behind it.
    fs.truncateSync(path(file!), kept.bytes);
    fs.appendFileSync(path(file!), `${forged}\n{"time":17`);
    await log.write(refused(2));
    expect(home.files()).toHaveLength(2);
    const [, second] = home.files();
    expect(own(home.records(second!)[0])).toMatchObject({ continues: { file, bytes: kept.bytes, count: kept.count } });
    const { ok, notes } = await verify();
    expect([ok, notes.map(({ code, line }) => [code, line])]).toEqual([
      true,
      [
        ['torn_tail', 5],
        ['unsigned_tail', 4],
      ],
    ]);
  });

  it('leaves a torn new file where it is', async () => {
    fs.writeFileSync(path('admin-20261122-0000000000.jsonl'), '{"time":1', { mode: 0o600 });
    await log.write(refused(1));
    await log.write(refused(2));
    expect(home.files()).toEqual(['admin-20261122-0000000000-1.jsonl', 'admin-20261122-0000000000.jsonl']);
    expect(await verify()).toMatchObject({ ok: true, notes: [{ code: 'torn_tail' }] });
  });

  it('never builds on lines that do not chain on', async () => {
    await log.write(refused(1));
    const [file] = home.files();
    fs.appendFileSync(path(file!), `${home.lines(file!)[1]!}\n`);
    await log.write(refused(2));
    expect(home.files()).toHaveLength(2);
    expect(await verify()).toMatchObject({ ok: false, faults: [{ code: 'registry_mismatch', file, line: 4 }] });
  });
});

describe('when the admin file is gone or cut', () => {
  it('keeps the chain of the head, so that verification asks for what is missing', async () => {
    await log.write(refused(1));
    const [file] = home.files();
    fs.unlinkSync(path(file!));
    await log.write(refused(2));
    expect(await verify()).toMatchObject({ ok: false, faults: [{ code: 'missing_file', file }] });
  });

  it('reports the cut of an older file by the one that continues it', async () => {
    await log.write(refused(1));
    const [file] = home.files();
    fs.truncateSync(path(file!), fs.statSync(path(file!)).size - 1);
    await log.write(refused(2));
    expect(await verify()).toMatchObject({ ok: false, faults: [{ code: 'tail_missing', file }] });
  });
});

describe('when the admin log cannot be written', () => {
  it('says so, leaves nothing behind, and recovers', async () => {
    let full = true;
    const files: FileSystem = {
      ...nodeFileSystem,
      write: (fd, bytes, offset) => {
        if (!full) return nodeFileSystem.write(fd, bytes, offset);
        throw new Error('ENOSPC: no space left on device');
      },
    };
    log = open({ files });
    await expect(log.write(refused(1))).rejects.toMatchObject({
      name: 'AuditError',
      code: 'unwritable',
      message: 'the admin log cannot be written: ENOSPC: no space left on device',
    });
    expect(home.files()).toEqual([]);
    full = false;
    await log.write(refused(2));
    expect(written()).toEqual([2]);
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });
});

describe('when the audit directory is swapped for a link', () => {
  it('refuses to write behind it, and goes on when the directory is back', async () => {
    await log.write(refused(1));
    const elsewhere = `${home.directory}-elsewhere`;
    fs.renameSync(home.directory, elsewhere);
    fs.symlinkSync(elsewhere, home.directory);
    await expect(log.write(refused(2))).rejects.toMatchObject({ name: 'AuditError', code: 'unwritable' });
    fs.unlinkSync(home.directory);
    fs.renameSync(elsewhere, home.directory);
    await log.write(refused(3));
    expect(written()).toEqual([1, 3]);
    expect((await verify()).ok).toBe(true);
  });
});
