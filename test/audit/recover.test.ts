import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeAbandoned, openCallLog, verifyLog, type Recovery, type VerifyReport } from '../../src/audit/index.ts';
import { isAlive, processStart } from '../../src/audit/process.ts';
import { bundleWorker } from '../state/bundle.ts';
import { denial, frame, intent, makeHome, outcome, own, type Home } from './support.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.dispose());

let settlers = 0;
/** Each time in the name of another process. */
const recover = (isAliveNow?: () => boolean): Promise<Recovery> =>
  closeAbandoned({
    ...home.options(),
    owner: { pid: process.pid, processStart: `settler ${settlers++}` },
    record: () => Promise.resolve(),
    ...(isAliveNow === undefined ? {} : { isAlive: isAliveNow }),
  });
const verify = (): Promise<VerifyReport> =>
  verifyLog({ directory: home.directory, heads: home.store.heads, segments: home.store.segments });
const dead = (): boolean => false;

/** A log whose process counts as dead from now on. */
async function abandonedLog(): Promise<string> {
  const log = openCallLog(home.options());
  await log.writeDurable(intent('done'));
  log.write(outcome('done'));
  log.write(intent('lost'));
  log.write(denial('denied'));
  return home.files('calls-')[0]!;
}

describe('when a process died with its segment open', () => {
  it('enters the head in the registry and hands over the intents without outcome', async () => {
    const file = await abandonedLog();
    const last = own(home.records(file).at(-1));
    const { abandoned, inDoubt } = await recover(dead);
    expect(abandoned).toEqual([{ segment: last['segment'], file, count: 5, head: last['hash'] }]);
    expect(inDoubt).toEqual([frame('lost')]);
    expect(own(home.records(home.files('admin-')[0]!).at(-2))).toMatchObject({
      kind: 'segment_abandoned',
      entry: { file, count: 5, head: last['hash'] },
    });
    expect(await home.store.segments.listOpen()).toEqual([]);
  });

  it('verifies once the outcomes are recorded as in doubt', async () => {
    await abandonedLog();
    const { inDoubt } = await recover(dead);
    expect((await verify()).faults).toMatchObject([{ code: 'intent_without_outcome' }]);
    const log = openCallLog(home.options());
    for (const call of inDoubt)
      await log.writeDurable({ ...call, kind: 'outcome', outcome: 'in-doubt', code: 'crashed', latencyMs: 0 });
    await log.close();
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('leaves the segments of living processes alone', async () => {
    const log = openCallLog(home.options());
    await log.writeDurable(intent('a'));
    expect(await recover()).toEqual({ abandoned: [], inDoubt: [] });
    log.write(outcome('a'));
    await log.close();
  });

  it('stops at a torn line', async () => {
    const file = await abandonedLog();
    fs.appendFileSync(join(home.directory, file), '{"time":1');
    expect((await recover(dead)).abandoned).toMatchObject([{ count: 5 }]);
    expect((await verify()).notes).toMatchObject([{ code: 'torn_tail', file, line: 6 }]);
  });

  it('closes a segment whose last record is its closing', async () => {
    const log = openCallLog({
      ...home.options(),
      heads: {
        read: (stream) => home.store.heads.read(stream),
        // Dies before the registry hears of the closing.
        exclusive: (stream, step) =>
          home.files('calls-').some((file) => home.lines(file).some((line) => line.includes('segment_close')))
            ? Promise.reject(new Error('killed'))
            : home.store.heads.exclusive(stream, step),
      },
    });
    await log.writeDurable(denial('a'));
    await expect(log.close()).rejects.toMatchObject({ name: 'AuditError', code: 'unwritable' });
    expect((await recover(dead)).abandoned).toHaveLength(1);
    expect(own(home.records(home.files('admin-')[0]!).at(-2))).toMatchObject({ kind: 'segment_closed' });
    expect(await verify()).toMatchObject({ ok: true, notes: [] });
  });

  it('reports a file that was removed before it could be closed', async () => {
    const file = await abandonedLog();
    fs.unlinkSync(join(home.directory, file));
    await recover(dead);
    expect((await verify()).faults).toMatchObject([{ code: 'missing_file', file }]);
  });

  it('gives the intents to one of several processes, and both agree on the head', async () => {
    await abandonedLog();
    const both = await Promise.all([recover(dead), recover(dead)]);
    expect(both.flatMap(({ inDoubt }) => inDoubt)).toHaveLength(1);
    expect((await verify()).faults.map(({ code }) => code)).toEqual(['intent_without_outcome']);
  });
});

describe('when a process died while it settled another', () => {
  it('gives what both left to one of several processes, which repeats no outcome', async () => {
    await abandonedLog();
    const settling = closeAbandoned({
      ...home.options(),
      isAlive: dead,
      record: async (call) => {
        const log = openCallLog(home.options());
        await log.writeDurable({ ...call, kind: 'outcome', outcome: 'in-doubt', code: 'crashed', latencyMs: 0 });
        throw new Error('killed');
      },
    });
    await expect(settling).rejects.toThrow('killed');
    const both = await Promise.all([recover(dead), recover(dead)]);
    expect(both.map(({ abandoned }) => abandoned.length).sort()).toEqual([0, 2]);
    expect(both.flatMap(({ inDoubt }) => inDoubt)).toEqual([]);
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('when a process is asked for', () => {
  it('knows its own, and not another that had the number at another time', () => {
    expect(isAlive(process.pid, processStart(process.pid))).toBe(true);
    expect(isAlive(process.pid, 'other boot:1')).toBe(false);
    expect(isAlive(process.pid, '')).toBe(true);
    expect(isAlive(0, '')).toBe(false);
    expect(isAlive(-1, '')).toBe(false);
  });

  it('counts an ended child as dead', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const pid = child.pid!;
    const start = processStart(pid);
    await once(child, 'exit');
    expect(isAlive(pid, start)).toBe(false);
  });
});

describe('when writing processes are killed', () => {
  let worker: string;
  beforeAll(async () => {
    worker = await bundleWorker(new URL('workers/writer.ts', import.meta.url));
  });

  it('keeps every acknowledged record, and verifies after recovery', async () => {
    const acknowledged = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(['a', 'b'].map((name) => killedWriter(`${name}${round}`, 30 + round * 40)));
      const { abandoned, inDoubt } = await recover();
      expect(abandoned.length).toBeGreaterThanOrEqual(2);
      const log = openCallLog(home.options());
      for (const call of inDoubt)
        await log.writeDurable({ ...call, kind: 'outcome', outcome: 'in-doubt', code: 'crashed', latencyMs: 0 });
      await log.close();
    }
    const report = await verify();
    expect(report.faults).toEqual([]);
    const allowed = new Set(['never_started', 'torn_tail', 'tail_unproven']);
    expect(report.notes.filter(({ code }) => !allowed.has(code))).toEqual([]);
    const recorded = new Set(
      home
        .files('calls-')
        .flatMap((file) => home.records(file))
        .map(own)
        .filter(({ kind }) => kind === 'intent')
        .map(({ request }) => request),
    );
    expect(acknowledged.size).toBeGreaterThan(200);
    for (const request of acknowledged) expect(recorded.has(request), request).toBe(true);

    async function killedWriter(name: string, after: number): Promise<void> {
      const child = spawn(process.execPath, [worker, home.folder, name], { stdio: ['ignore', 'pipe', 'inherit'] });
      let count = 0;
      let rest = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) acknowledged.add(line.slice('intent '.length));
        count += lines.length;
        if (count >= after) child.kill('SIGKILL');
      });
      await once(child, 'close');
    }
  });
});
