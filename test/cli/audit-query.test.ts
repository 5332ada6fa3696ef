import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAdminLog } from '../../src/audit/admin.ts';
import { openCallLog } from '../../src/audit/index.ts';
import { run } from '../../src/cli/program.ts';
import { ADMIN_EVENTS, denial, INSTALL, intent, makeHome, NOON, outcome, own, type Home } from '../audit/support.ts';

const HOUR = 3_600_000;

let home: Home;
beforeEach(async () => {
  home = await makeHome();
  vi.stubEnv('COUNTERSIGN_HOME', home.folder);
  vi.useFakeTimers({ toFake: ['Date'], now: NOON + 10 * HOUR });
  await write();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await home.dispose();
});

/** An hour between one record and the next, from noon on: an act, then calls of two gateways. */
async function write(): Promise<void> {
  const { heads } = home.store;
  const { directory, keysDirectory, clock } = home;
  const place = { directory, keysDirectory };
  await openAdminLog({ ...place, heads, clock, installId: INSTALL, version: '0.1.0' }).write(ADMIN_EVENTS[2]!);
  const logs = [openCallLog(home.options()), openCallLog(home.options())];
  const events = [denial('r-1'), intent('r-2'), outcome('r-2'), denial('r-3'), denial('r-4')];
  for (const [at, event] of events.entries()) {
    clock.now += HOUR;
    await logs[at % 2]!.writeDurable(event);
  }
  for (const log of logs) await log.close();
}

interface Said {
  readonly exit: number;
  readonly out: string[];
  readonly err: string;
}

async function audit(...words: string[]): Promise<Said> {
  const texts = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk: unknown) => {
      texts[name] += Buffer.isBuffer(chunk) ? chunk.toString() : String(chunk);
      return true;
    }),
  );
  try {
    const exit = await run(['audit', ...words]);
    return { exit, out: texts.stdout.split('\n').slice(0, -1), err: texts.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function requests(...words: string[]): Promise<unknown[]> {
  const { exit, out } = await audit('query', '--json', ...words);
  expect(exit).toBe(0);
  return out.map((line) => own(JSON.parse(line) as Record<string, unknown>)['request']);
}

const lastReading = (): Record<string, unknown> => {
  const readings = home
    .files('admin-')
    .flatMap((file) => home.records(file))
    .map((record) => own(record))
    .filter(({ kind }) => kind === 'log_read');
  return readings.at(-1)!;
};

describe('audit query', () => {
  it('prints the lines of the log as they are, in the order of time', async () => {
    const { out } = await audit('query', '--json', '--tool', 'stripe/create_refund');
    const lines = home.files('calls-').flatMap((file) => home.lines(file));
    for (const line of out) expect(lines).toContain(line);
    expect(out.map((line) => own(JSON.parse(line) as Record<string, unknown>)['request'])).toEqual(
      'r-1 r-2 r-2 r-3 r-4'.split(' '),
    );
  });

  it('takes every condition together', async () => {
    expect(await requests('--decision', 'deny')).toEqual(['r-1', 'r-3', 'r-4']);
    expect(await requests('--outcome', 'ok')).toEqual(['r-2']);
    expect(await requests('--request', 'r-2')).toEqual(['r-2', 'r-2']);
    expect(await requests('--grant', 'support-agent', '--kind', 'intent', '--rule', 'refunds')).toEqual(['r-2']);
    expect(await requests('--grant', 'support')).toEqual([]);
    expect(await requests('--approval', 'a-1')).toEqual([]);
    expect(await requests('--decision', 'deny', '--limit', '2')).toEqual(['r-1', 'r-3']);
    expect(await requests('--decision', 'deny', '--limit', '2', '--reverse')).toEqual(['r-4', 'r-3']);
  });

  it.each([
    [
      ['--since', '7h'],
      ['r-2', 'r-3', 'r-4'],
    ],
    [
      ['--since', '6h', '--until', '5h'],
      ['r-3', 'r-4'],
    ],
    [
      ['--since', '360m'],
      ['r-3', 'r-4'],
    ],
    [
      ['--since', '2026-11-22T16:00:00Z'],
      ['r-3', 'r-4'],
    ],
    [['--until', '2026-11-22T15:00:00+02:00'], ['r-1']],
    [
      ['--since', '2026-11-22', '--until', '2026-11-22'],
      ['r-1', 'r-2', 'r-2', 'r-3', 'r-4'],
    ],
    [['--since', '2026-11-23'], []],
    [['--until', '2026-11-21'], []],
  ])('takes the time %j with both its ends', async (words, expected) => {
    expect(await requests('--tool', 'stripe/create_refund', ...words)).toEqual(expected);
  });

  it('prints the line that tail prints, and says when there is none', async () => {
    expect(await audit('query', '--request', 'r-1')).toEqual({
      exit: 0,
      out: [
        '2026-11-22T13:00:00.000Z decision          deny     support-agent    stripe/create_refund         rule refunds, denied',
      ],
      err: '',
    });
    expect(await audit('query', '--request', 'r-9')).toEqual({
      exit: 0,
      out: [],
      err: 'countersign: no record matches\n',
    });
  });

  it('shows a changed record as such, and tells of lines that are none', async () => {
    const file = home.files('calls-').find((name) => home.lines(name).some((line) => line.includes('"r-3"')))!;
    const path = join(home.directory, file);
    const text = fs
      .readFileSync(path, 'utf8')
      .replace('"decision":"deny","rule":"refunds"', '"decision":"deny","rule":"harmless"');
    fs.writeFileSync(path, `junk\n${text}half a li`);
    const { exit, out, err } = await audit('query', '--decision', 'deny');
    expect(exit).toBe(0);
    expect(out.filter((line) => line.includes('CHANGED AFTER IT WAS WRITTEN'))).toHaveLength(1);
    expect(out.join('\n')).toMatch(
      new RegExp(` rule harmless, denied CHANGED AFTER IT WAS WRITTEN \\(${file}:4\\)$`, 'm'),
    );
    expect(out).toHaveLength(3);
    expect(err).toBe(
      `countersign: 2 lines are no records, the first ${file}:1\n  hint: \`countersign audit verify\` names every one of them\n`,
    );
  });

  it.each([
    [['--decision', 'maybe'], /--decision <decision>.*`maybe` is invalid\. Allowed choices are allow, deny/],
    [['--outcome', 'good'], /Allowed choices are ok, failed, in-doubt/],
    [['--kind', 'denial'], /there is no kind of record `denial`\n {2}hint: the kinds are intent, outcome, decision, /],
    [['--since', 'yesterday'], /`--since yesterday` is not a time\n {2}hint: write a day in UTC, `2026-11-22`, an/],
    [['--since', '2026-11-22T15:00:00'], /is not a time/],
    [['--until', '2026-02-30'], /`--until 2026-02-30` is not a time/],
    [['--since', '1h', '--until', '2h'], /`--since 1h` comes after `--until 2h`/],
    [['--limit', '0'], /`--limit 0` is not a number of records/],
    [['--limit', '1e3'], /is not a number of records/],
  ])('refuses %j and names the choices', async (words, message) => {
    const { exit, out, err } = await audit('query', ...words);
    expect({ exit, out }).toEqual({ exit: 2, out: [] });
    expect(err).toMatch(message);
  });

  it('leaves a record of the reading, with the names of the options and none of their values', async () => {
    await audit('query', '--grant', 'support-agent', '--since', '7d', '--limit', '2', '--json');
    expect(lastReading()).toMatchObject({
      does: 'query',
      records: 2,
      options: ['--grant', '--since', '--limit', '--json'],
    });
    expect(JSON.stringify(lastReading()['options'])).not.toContain('support');
  });

  it('ends with 3 where the log cannot be read', async () => {
    fs.mkdirSync(join(home.directory, 'calls-20261122-x.jsonl'));
    const { exit, err } = await audit('query');
    expect(exit).toBe(3);
    expect(err).toMatch(/the audit log `calls-20261122-x\.jsonl` cannot be read: EISDIR/);
  });
});

describe('audit export', () => {
  it('writes lines unchanged as OCSF, with the same conditions', async () => {
    const { out } = await audit('export', '--format', 'ocsf', '--decision', 'deny');
    expect(out).toEqual((await audit('query', '--json', '--decision', 'deny')).out);
    expect(out).toHaveLength(3);
    expect(home.files('calls-').flatMap((file) => home.lines(file))).toEqual(expect.arrayContaining(out));
  });

  it('writes a header row and rows that end with CR LF as CSV', async () => {
    const { out } = await audit('export', '--format', 'csv', '--request', 'r-2');
    expect(out).toHaveLength(3);
    expect(out[0]).toMatch(/^time,kind,decision,outcome,.*\r$/);
    expect(out[2]).toMatch(/^2026-11-22T15:00:00.000Z,outcome,,ok,ok,support-agent,.*\r$/);
  });

  it('writes one event a line as ECS and as CEF', async () => {
    const ecs = await audit('export', '--format', 'ecs', '--request', 'r-1');
    expect(ecs.out.map((line) => (JSON.parse(line) as { event: unknown }).event)).toMatchObject([
      { action: 'decision' },
    ]);
    const cef = await audit('export', '--format', 'cef', '--request', 'r-1');
    expect(cef.out).toEqual([
      expect.stringMatching(/^CEF:0\|countersign\|countersign\|0\.1\.0\|decision\|decision\|5\|rt=/),
    ]);
  });

  it('says of a record that was changed that it was, in formats that lose its hash', async () => {
    for (const file of home.files('calls-')) {
      const path = join(home.directory, file);
      fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('"rule":"refunds"', '"rule":"harmless"'));
    }
    const { out, err } = await audit('export', '--format', 'csv', '--rule', 'harmless');
    expect(out.slice(1)).toHaveLength(2);
    for (const row of out.slice(1)) expect(row).toMatch(/,changed after it was written\r$/);
    expect(err).toMatch(/2 records were changed after they were written/);
  });

  it('names the formats to whoever asks for none or for another', async () => {
    expect((await audit('export')).exit).toBe(2);
    const { exit, err } = await audit('export', '--format', 'xml');
    expect(exit).toBe(2);
    expect(err).toContain('Allowed choices are ocsf, ecs, cef, csv');
  });

  it('leaves the log as it is, but for the record of the reading', async () => {
    const before = home.files('calls-').map((file) => home.lines(file));
    await audit('export', '--format', 'ecs', '--grant', 'support-agent');
    expect(home.files('calls-').map((file) => home.lines(file))).toEqual(before);
    expect(lastReading()).toMatchObject({ does: 'export', records: 6, options: ['--format ecs', '--grant'] });
  });
});

describe('audit tail', () => {
  it('shows the last records of all files in the order of time', async () => {
    const { out } = await audit('tail', '--lines', '3', '--json');
    const times = out.map((line) => (JSON.parse(line) as { time: number }).time);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(out).toHaveLength(3);
    expect((await audit('tail', '--lines', '0')).out).toEqual([]);
    expect((await audit('tail', '--lines', 'x')).exit).toBe(2);
  });

  it('names the place of a changed record', async () => {
    const [file = ''] = home.files('calls-');
    const path = join(home.directory, file);
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('"kind":"segment_close"', '"kind":"segment_closed"'));
    const { out } = await audit('tail', '--lines', '50');
    const number = home.lines(file).length;
    expect(out.filter((line) => line.includes('CHANGED'))).toEqual([
      expect.stringMatching(new RegExp(` CHANGED AFTER IT WAS WRITTEN \\(${file}:${number}\\)$`)),
    ]);
  });
});
