/** A reduced run of what `npm run tamper` does; and proof that it can fail. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TAMPERINGS } from './tamper/all.ts';
import { tamper } from './tamper/main.ts';
import { judged } from './tamper/report.ts';
import { runShare } from './tamper/share.ts';
import type { Base } from './tamper/base.ts';
import type { Tampering } from './tamper/tampering.ts';
import { remadeHonestly } from './tamper/thief.ts';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'countersign-tamper-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nothing: Tampering = {
  name: 'nothing',
  what: 'does nothing',
  foundBy: ['log'],
  endings: ['closed', 'recovered', 'open'],
  apply: ({ now }) => now.image,
};

describe('when real logs are tampered with', () => {
  it('finds all of it, by both verifiers, and faults no log that nobody touched', { timeout: 600_000 }, async () => {
    const [count, clean] = [10, 20];
    const report = judged(await runShare({ tamperings: TAMPERINGS, count, clean, seed: 7, folder }), count, clean);
    expect(report.cases).toEqual([]);
    expect(report).toMatchObject({ missed: 0, disagreed: 0, falseAlarms: 0, short: [], clean, ok: true });
    expect(report.classes.length).toBeGreaterThan(70);
    for (const { tried, name } of report.classes) expect(tried, name).toBe(count);
    // What the files alone cannot show is not found by chance: the classes are what they say.
    const byFilesAlone = Object.fromEntries(report.classes.map(({ name, by }) => [name, by.log?.ours]));
    expect(byFilesAlone).toMatchObject({
      'roll-back': 0,
      fork: 0,
      'all-resigned': 0,
      'all-unsigned': 0,
      'cut-open': 0,
    });
  });
});

describe('when the harness is given what nobody can find', () => {
  it('counts it as missed by both, and names it', async () => {
    const outside: Tampering = { ...nothing, name: 'nothing outside', foundBy: ['store', 'checkpoint'] };
    const tamperings = [nothing, outside];
    const report = judged(await runShare({ tamperings, count: 2, clean: 1, seed: 1, folder }), 2, 1);
    // Two by each of two with the files alone; two by each of two with a checkpoint, and two by one with the store.
    expect(report).toMatchObject({ ok: false, missed: 10, disagreed: 0, falseAlarms: 0 });
    expect(report.cases).toContain('verifyLog with log missed nothing of log 1, number 0');
    expect(report.cases).toContain('verify.py with checkpoint missed nothing outside of log 1, number 1');
  });

  it('does not pass when no log had a place for a class', async () => {
    const nowhere: Tampering = { ...nothing, name: 'nowhere', apply: () => undefined };
    const report = judged(await runShare({ tamperings: [nowhere], count: 1, clean: 1, seed: 1, folder }), 1, 1);
    expect(report).toMatchObject({ ok: false, short: ['nowhere'] });
  });

  it('refuses a class that there is not', async () => {
    const options = { count: 1, clean: 1, seed: 1, classes: ['swap', 'swop'], worker: '', say: () => undefined };
    await expect(tamper(options)).rejects.toThrow('no class of tampering is `swop`; there are: byte, value,');
  });

  it('counts untouched logs that are faulted', () => {
    const score = { asked: 3, ours: 1, theirs: 0, agreed: 2, same: 2 };
    const report = judged({ classes: [], clean: 1, cleanVerdicts: score, cases: [], differences: [] }, 1, 1);
    expect(report).toMatchObject({ ok: false, falseAlarms: 1, disagreed: 1 });
  });

  it('takes a log for whole that its own writers made anew, so that thieves are found for what they change', async () => {
    const honest: Tampering = { ...nothing, name: 'honest', foundBy: [], apply: (base: Base) => remadeHonestly(base) };
    const [one] = (await runShare({ tamperings: [honest], count: 3, clean: 1, seed: 5, folder })).classes;
    expect(one?.by.log).toMatchObject({ ours: 0, theirs: 0 });
    expect(one?.by.checkpoint).toMatchObject({ ours: 3, theirs: 3 });
  });
});
