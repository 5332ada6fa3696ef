import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReportValue } from '../../src/audit/report/index.ts';
import { openSqliteStore } from '../../src/state/index.ts';
import { writeMonth } from '../audit/report/month.ts';
import { htmlTables, markdownTables } from '../audit/report/support.ts';
import { WRITER_INSTALL, WrittenLog } from '../audit/report/written-log.ts';
import { type Home, makeHome } from './support/home.ts';
import { enrol } from './support/operators.ts';

const CONFIG = { version: 1, upstreams: {}, policies: {}, grants: {} };
const NOVEMBER = ['--since', '2025-11-01', '--until', '2025-12-01'];

let home: Home;
beforeEach(async () => {
  home = await makeHome(CONFIG);
});
afterEach(() => home.remove());

const report = (...args: string[]) => home.run(['audit', 'report', ...args]);
const audit = (): string => join(home.directory, 'audit');

/** A log of November 2025, as gateways and people would have left it. */
async function november(revealed = true): Promise<void> {
  mkdirSync(audit(), { mode: 0o700 });
  const store = await openSqliteStore(join(home.directory, 'state.db'));
  const keysDirectory = join(home.directory, 'keys');
  mkdirSync(keysDirectory, { mode: 0o700 });
  writeFileSync(join(keysDirectory, 'install.id'), WRITER_INSTALL, { mode: 0o600 });
  const log = new WrittenLog(audit(), store.heads, keysDirectory);
  await writeMonth(log, { fromMs: Date.UTC(2025, 10, 1), days: 30, callsPerDay: 8, revealed });
  await store.close();
}

async function valueOf(...args: string[]): Promise<ReportValue> {
  const { stdout, exitCode } = await report('--json', ...args);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as ReportValue;
}

const readings = (): Record<string, unknown>[] => home.records().filter(({ kind }) => kind === 'log_read');

describe('audit report', () => {
  it('prints Markdown of the last thirty days, on standard output and nothing beside it', async () => {
    await home.seal('stripe-live', 'sk_test_1');
    const { stdout, stderr, exitCode } = await report();
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^# Audit report\n\n- Period: /);
    expect(stdout).toContain('secret stripe-live');
    expect(stdout).toContain(`${userInfo().username} (OS user, not proven)`);
    const { period } = await valueOf();
    expect(Date.parse(period.until) - Date.parse(period.since)).toBe(30 * 86_400_000);
  });

  it('reports on the period that was asked for, the same in every form', async () => {
    await november();
    const value = await valueOf(...NOVEMBER);
    expect(value.period).toEqual({ since: '2025-11-01T00:00:00.000Z', until: '2025-12-01T00:00:00.000Z' });
    expect(value.calls.total.allowed).toBeGreaterThan(50);
    expect(value.check).toMatchObject({ ok: true, faults: [], signatures: null });
    const { stdout: markdown } = await report(...NOVEMBER);
    const { stdout: html } = await report(...NOVEMBER, '--format', 'html');
    // Each report leaves a record of itself, outside this period.
    expect(htmlTables(html)).toEqual(markdownTables(markdown));
    expect(markdown).toContain(`| All grants | ${value.calls.total.allowed} |`);
    expect(html).toMatch(/^<!doctype html>/);
    const week = await valueOf('--since', '7d', '--until', '2025-11-08T00:00:00Z');
    expect(week.calls.days.map(({ day }) => day).filter((day) => day >= '2025-11-08')).toEqual([]);
    expect(week.calls.total.allowed).toBeLessThan(value.calls.total.allowed);
  });

  it('says of money calls whose amounts are not revealed that they are not', async () => {
    await november(false);
    const { stdout } = await report(...NOVEMBER);
    expect(stdout).toMatch(/- support-agent: \d+ money calls, amounts not revealed/);
    expect(stdout).toContain('No amount of money is in the records of this period.');
  });

  it('writes a file that only its owner can read, as HTML if it is called so, and replaces none unasked', async () => {
    await november();
    const file = join(home.room, 'november.html');
    const first = await report(...NOVEMBER, '--output', file);
    expect([first.exitCode, first.stdout]).toEqual([0, '']);
    expect(first.stderr).toMatch(/^countersign: \d+ records summed up in `.*november\.html`$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);

    writeFileSync(file, 'mine', { mode: 0o644 });
    const again = await report(...NOVEMBER, '-o', file);
    expect([again.exitCode, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toBe(
      `countersign: cannot write \`${file}\`: it is there already\n  hint: --force replaces it`,
    );
    expect(readFileSync(file, 'utf8')).toBe('mine');

    const forced = await report(...NOVEMBER, '-o', file, '--force', '--format', 'markdown');
    expect(forced.exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^# Audit report/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(home.room).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('replaces a link and not what it leads to', async () => {
    const [victim, link] = [join(home.room, 'victim'), join(home.room, 'report.md')];
    writeFileSync(victim, 'precious');
    symlinkSync(victim, link);
    expect((await report('-o', link)).exitCode).toBe(2);
    expect((await report('-o', link, '--force')).exitCode).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(link, 'utf8')).toMatch(/^# Audit report/);
  });

  it('exits with 1 when the log is not whole, and reports all the same, without the records that were changed', async () => {
    await november();
    const before = await valueOf(...NOVEMBER);
    const file = join(
      audit(),
      readdirSync(audit()).find((name) => name.startsWith('calls-20251112'))!,
    );
    const lines = readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"kind":"intent"'));
    lines[at] = lines[at]!.replace('"rule":"permit"', '"rule":"forged"');
    writeFileSync(file, lines.join('\n'));
    appendFileSync(file, 'not a record\n');

    const { stdout, stderr, exitCode } = await report('--json', ...NOVEMBER);
    const after = JSON.parse(stdout) as ReportValue;
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'countersign: the log is not whole, and the report says where\n  hint: `countersign audit verify` lists every fault',
    );
    expect(after.check.faults.map(({ code }) => code)).toEqual(expect.arrayContaining(['hash_mismatch', 'bad_json']));
    expect(after.records).toMatchObject({ changed: 1, broken: 1 });
    expect(after.calls.total.allowed).toBe(before.calls.total.allowed - 1);
    expect((await report(...NOVEMBER)).stdout).toContain('> **Warning:** The log is not whole');
  });

  it('records that it was read, with the names of the options and not with what was given for them', async () => {
    await report('--since', '3d', '--output', join(home.room, 'secret-name.html'));
    const actor = { by: 'os-user', name: userInfo().username };
    expect(readings()).toMatchObject([{ does: 'report', actor, options: ['--format html', '--since', '--output'] }]);
    expect(JSON.stringify(readings())).not.toContain('secret-name');
  });

  it('proves the signatures of operators with the chain', async () => {
    await enrol(home, 'ada', { roles: ['admin'] });
    const value = await valueOf();
    expect(value.check.signatures).toBeGreaterThan(0);
    expect(value.acts.acts.rows).toMatchObject([
      { kind: 'operator_added', about: expect.stringContaining('operator ada') as string },
    ]);
  });

  it.each([
    [['--since', 'yesterday'], '`yesterday` is no time for --since'],
    [['--since', '2026-02-30'], '`2026-02-30` is no time for --since'],
    [['--until', '2026-11-01T10:00'], '`2026-11-01T10:00` is no time for --until'],
    [['--since', '0d'], '`0d` is no time for --since'],
    [['--since', '2026-02-01', '--until', '2026-01-01'], 'the period from `2026-02-01` to `2026-01-01` is empty'],
    [['--format', 'pdf'], 'there is no format `pdf`'],
    [['--json', '--format', 'html'], '--json and --format exclude each other'],
    [['--output', '.'], 'cannot write `.`: it is a directory'],
    [['--output', '/nowhere/at/all.md'], 'cannot write `/nowhere/at/all.md`: ENOENT'],
  ])('refuses %j, and says why', async (args, words) => {
    const { stdout, stderr, exitCode } = await report(...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`countersign: ${words}`);
    expect(existsSync('/nowhere')).toBe(false);
  });

  it('shows an example in its help', async () => {
    expect((await report('--help')).stdout).toContain('countersign audit report --since 2026-11-01 --until 2026-12-01');
  });
});
