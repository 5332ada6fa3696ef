import fc from 'fast-check';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlainObject } from '../../src/audit/chain.ts';
import { EVERY_RECORD, isWanted, type RecordFilter } from '../../src/audit/filter.ts';
import { findRecords, openCallLog, lastRecords, type FoundLine, type LogRecord } from '../../src/audit/index.ts';
import { openAdminLog } from '../../src/audit/admin.ts';
import { callLine } from '../../src/audit/record.ts';
import { ADMIN_EVENTS, denial, INSTALL, intent, makeHome, NOON, outcome, own, type Home } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.dispose());

interface Found {
  readonly file: string;
  readonly time: number;
  readonly text: string;
}

async function found(filter: RecordFilter = EVERY_RECORD, newestFirst = false): Promise<Found[]> {
  const lines: Found[] = [];
  const onDamaged = (): void => undefined;
  for await (const { file, bytes, record } of findRecords({
    directory: home.directory,
    filter,
    newestFirst,
    onDamaged,
  }))
    lines.push({ file, time: record?.['time'] as number, text: bytes.toString() });
  return lines;
}

/** What a reader finds who reads everything and parses every line. */
function expected(filter: RecordFilter): string[] {
  return home
    .files()
    .flatMap((file) => home.lines(file))
    .filter((line) => isWanted(JSON.parse(line) as PlainObject, filter));
}

const asked = (fields: RecordFilter['fields'], sinceMs = -Infinity, untilMs = Infinity): RecordFilter => ({
  fields,
  sinceMs,
  untilMs,
});

const requestOf = ({ record }: LogRecord | FoundLine): unknown => own(record ?? undefined)['request'];

/** Three gateways and the commands, with a clock that also goes back, over several files and days. */
async function writeLog(steps: readonly { who: number; what: number; afterMs: number }[]): Promise<void> {
  const logs = [0, 1, 2].map(() => openCallLog({ ...home.options(), rotateBytes: 6_000 }));
  const { heads } = home.store;
  const { directory, keysDirectory, clock } = home;
  const place = { directory, keysDirectory };
  const admin = openAdminLog({ ...place, heads, clock, installId: INSTALL, version: '0.1.0', rotateBytes: 6_000 });
  for (const [at, { who, what, afterMs }] of steps.entries()) {
    clock.now += afterMs;
    if (who === 3) await admin.write(ADMIN_EVENTS[what % ADMIN_EVENTS.length]!);
    else await logs[who]!.writeDurable([intent, outcome, denial][what % 3]!(`r-${at % 5}`));
  }
  for (const log of logs) await log.close();
}

const steps = fc.array(
  fc.record({
    who: fc.integer({ min: 0, max: 3 }),
    what: fc.nat(20),
    afterMs: fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: -HOUR, max: 2 * HOUR }),
      fc.integer({ min: -3 * DAY, max: 4 * DAY }),
    ),
  }),
  { minLength: 5, maxLength: 40 },
);
const when = fc.integer({ min: -5 * DAY, max: 10 * DAY }).map((offset) => NOON + offset);
const filters = fc.record({
  fields: fc.oneof(
    fc.constant({}),
    fc.record({ request: fc.constantFrom('r-1', 'r-3', 'none') }),
    fc.record({ decision: fc.constantFrom('allow', 'deny') }),
    fc.record({ outcome: fc.constant('ok'), grant: fc.constant('support-agent'), rule: fc.constant('refunds') }),
    fc.record({ kind: fc.constantFrom('segment_open', 'config_signed', 'intent') }),
  ),
  sinceMs: fc.oneof(fc.constant(-Infinity), when),
  untilMs: fc.oneof(fc.constant(Infinity), when),
});

describe('when records are looked for', () => {
  it('finds each that a reader of every line finds, once, whatever the clock did', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(filters, { minLength: 4, maxLength: 4 }), async (written, asked) => {
        await home.dispose();
        home = await makeHome();
        await writeLog(written);
        for (const filter of [EVERY_RECORD, ...asked]) {
          const forwards = await found(filter);
          expect(forwards.map(({ text }) => text).sort()).toEqual(expected(filter).sort());
          const backwards = await found(filter, true);
          expect(backwards.map(({ text }) => text).sort()).toEqual(expected(filter).sort());
          // Within a file the order is that of writing, also where the clock went back.
          for (const file of home.files()) {
            const order = home.lines(file).filter((line) => isWanted(JSON.parse(line) as PlainObject, filter));
            const of = (lines: Found[]): string[] => lines.filter((line) => line.file === file).map(({ text }) => text);
            expect(of(forwards)).toEqual(order);
            expect(of(backwards).reverse()).toEqual(order);
          }
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  it('gives them in the order of time over all files, and backwards the same', async () => {
    await writeLog(Array.from({ length: 60 }, (_none, at) => ({ who: at % 4, what: at, afterMs: 40 * 60_000 })));
    const forwards = await found();
    expect(home.files().length).toBeGreaterThan(10);
    expect(forwards.map(({ time }) => time)).toEqual(forwards.map(({ time }) => time).sort((a, b) => a - b));
    expect((await found(EVERY_RECORD, true)).reverse()).toEqual(forwards);
    const last = await lastRecords(home.directory, 7);
    expect(last.map(({ bytes }) => bytes.toString())).toEqual(forwards.slice(-7).map(({ text }) => text));
  });

  it('finds what an idle gateway wrote days later into the file that it had', async () => {
    const log = openCallLog(home.options());
    await log.writeDurable(denial('first'));
    home.clock.now += 9 * DAY;
    await log.writeDurable(denial('late'));
    const since = NOON + 8 * DAY;
    expect((await found(asked({ decision: 'deny' }, since))).map(({ file }) => file)).toEqual([
      home.files('calls-')[0],
    ]);
    await log.close();
  });

  it('gives and counts a line that is no record, and goes on after it', async () => {
    const log = openCallLog(home.options());
    for (const request of ['a', 'b', 'c']) await log.writeDurable(denial(request));
    await log.close();
    const [file = ''] = home.files('calls-');
    const [first = '', a = '', b = '', ...rest] = home.lines(file);
    const long = 'x'.repeat(600_000);
    const lines = [first, a, a.slice(0, 100), long, '', '[]', '{"time":1,"unmapped":7}', b, ...rest];
    fs.writeFileSync(join(home.directory, file), `${lines.join('\n')}\n${b.slice(0, 50)}`);
    for (const newestFirst of [false, true]) {
      const damaged: number[] = [];
      const requests: unknown[] = [];
      const onDamaged = ({ offset }: FoundLine): void => void damaged.push(offset);
      const filter = asked({ decision: 'deny' });
      for await (const line of findRecords({ directory: home.directory, filter, newestFirst, onDamaged }))
        requests.push(requestOf(line));
      expect(newestFirst ? requests.reverse() : requests).toEqual(['a', 'b', 'c']);
      expect(damaged).toHaveLength(5);
      expect(damaged.sort((left, right) => left - right)[0]).toBe(first.length + a.length + 2);
    }
  });

  it('finds texts that JSON escapes', async () => {
    const rule = 'a "quoted" \\ rule é\u0085';
    const stamp = {
      timeMs: NOON,
      stream: 'calls',
      segment: 's',
      scope: 's',
      seq: 0,
      prev: '0'.repeat(64),
      version: '1',
    };
    const { bytes } = callLine({ ...denial('r-1'), rule } as Parameters<typeof callLine>[0], stamp);
    fs.writeFileSync(join(home.directory, 'calls-20261122-x.jsonl'), bytes);
    const written = own(JSON.parse(bytes.toString()) as Record<string, unknown>)['rule'] as string;
    expect(await found(asked({ rule: written }))).toHaveLength(1);
    expect(await found(asked({ rule: 'a "quoted"' }))).toEqual([]);
  });

  it('takes a grant of that name only, and not what another member says', async () => {
    const log = openCallLog(home.options());
    await log.writeDurable({ ...denial('r-1'), shadow: { decision: 'allow', rule: 'next', policy: null } } as never);
    await log.close();
    expect(await found(asked({ rule: 'next' }))).toEqual([]);
    expect(await found(asked({ decision: 'allow' }))).toEqual([]);
    expect(await found(asked({ rule: 'refunds', decision: 'deny' }))).toHaveLength(1);
  });

  it('holds no more files open than overlap, and none when it is left early', async () => {
    await writeLog(Array.from({ length: 40 }, (_none, at) => ({ who: at % 4, what: at, afterMs: 30 * 60_000 })));
    const open = (): number => fs.readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).endsWith('.jsonl')).length;
    let most = 0;
    let left = 30;
    for await (const line of findRecords({ directory: home.directory, onDamaged: 'give' })) {
      most = Math.max(most, line.record === null ? 0 : open());
      if ((left -= 1) === 0) break;
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(home.files().length);
    expect(open()).toBe(0);
  });
});

function linkOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
