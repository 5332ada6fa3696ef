import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastRecords, openCallLog, readLog, type LogRecord } from '../../src/audit/index.ts';
import { denial, makeHome, own, type Home } from './support.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.dispose());

const requestOf = ({ record }: LogRecord): unknown => own(record ?? undefined)['request'];
const kindOf = ({ record }: LogRecord): unknown => own(record ?? undefined)['kind'];

describe('when the log is read', () => {
  it('gives every record with its file and line', async () => {
    const log = openCallLog(home.options());
    await log.writeDurable(denial('a'));
    await log.close();
    const records: LogRecord[] = [];
    for await (const record of readLog({ directory: home.directory, from: 'start', follow: false }))
      records.push(record);
    expect(records.map(kindOf)).toEqual([
      'stream_opened',
      'segment_opened',
      'segment_closed',
      'checkpoint',
      'segment_open',
      'decision',
      'checkpoint',
      'segment_close',
    ]);
    expect(records[5]).toMatchObject({ file: home.files('calls-')[0], line: 2, intact: true });
  });

  it('gives a damaged line as such', async () => {
    fs.writeFileSync(join(home.directory, 'calls-20261122-x.jsonl'), 'junk\n');
    for await (const record of readLog({ directory: home.directory, from: 'start', follow: false })) {
      const bytes = Buffer.from('junk');
      expect(record).toEqual({
        file: 'calls-20261122-x.jsonl',
        line: 1,
        offset: 0,
        bytes,
        record: null,
        intact: false,
      });
    }
  });

  it('gives the newest records of all files, oldest first', async () => {
    const logs = [openCallLog(home.options()), openCallLog(home.options())];
    for (let i = 0; i < 6; i += 1) {
      home.clock.now += 1_000;
      await logs[i % 2]!.writeDurable(denial(`r-${i}`));
    }
    expect((await lastRecords(home.directory, 3)).map(requestOf)).toEqual(['r-3', 'r-4', 'r-5']);
    for (const log of logs) await log.close();
  });

  it('throws when there is no directory', async () => {
    const reading = readLog({ directory: join(home.folder, 'none'), from: 'start', follow: false }).next();
    await expect(reading).rejects.toMatchObject({ name: 'AuditError', code: 'unreadable' });
  });
});

describe('when the log is followed', () => {
  it('gives what is written from then on, over new files, until it is told to stop', async () => {
    const log = openCallLog({ ...home.options(), rotateBytes: 4_000 });
    await log.writeDurable(denial('before'));
    const stop = new AbortController();
    const reading = readLog({ directory: home.directory, from: 'end', follow: true, signal: stop.signal });
    const first = reading.next();
    const seen: unknown[] = [];
    // Written while it follows, in several segments.
    const writing = (async () => {
      for (let i = 0; i < 12; i += 1) {
        await new Promise(setImmediate);
        await log.writeDurable(denial(`r-${i}`));
      }
    })();
    for (let next = await first; next.done !== true; next = await reading.next()) {
      if (kindOf(next.value) === 'decision') seen.push(requestOf(next.value));
      if (seen.at(-1) === 'r-11') stop.abort();
    }
    await writing;
    expect(home.files('calls-').length).toBeGreaterThan(1);
    expect(seen.filter((request) => request !== 'before')).toContain('r-11');
    expect(new Set(seen).size).toBe(seen.length);
    await log.close();
  });

  it('ends at once when it is stopped while nothing happens', async () => {
    const stop = new AbortController();
    const reading = readLog({ directory: home.directory, from: 'end', follow: true, signal: stop.signal }).next();
    stop.abort();
    expect(await reading).toEqual({ done: true, value: undefined });
  });
});
