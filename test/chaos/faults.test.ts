/** Faults around a running gateway; `npm run chaos -- --faults --driver all` tries every one on every driver. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Driver, missing, openYard } from '../state/race-stores.ts';
import { Gateway } from './rig/gateway.ts';
import { runFaults } from './rig/main.ts';
import { GRANTS, makeScene, type Scene } from './rig/scene.ts';

/** The faults of the home are the same for every driver, and are tried where they are quickest. */
const SHARES: readonly (readonly [Driver, readonly string[]])[] = [
  [
    'sqlite',
    ['the disk of the home is full', 'the home is read-only', 'the state file is away', 'the clock steps back an hour'],
  ],
  ['redis', ['the server is killed, and comes back']],
  ['postgres', ['the server is killed, and comes back', 'the connections are cut']],
];

describe.each(SHARES)('when something goes wrong around a gateway: %s', (driver, only) => {
  it('denies with a reason, forwards nothing, and recovers by itself', { timeout: 240_000 }, async ({ skip }) => {
    const why = missing(driver);
    if (why !== null) return skip(why);
    const { reports } = await runFaults({ driver, seed: 1, say: () => undefined, only });
    expect(reports.map(({ fault }) => fault)).toEqual(only);
    for (const { fault, skipped, violations, recoveredMs } of reports) {
      if (skipped !== null) console.warn(`left out: ${fault}: ${skipped}`);
      else
        expect({ fault, violations, recovered: recoveredMs !== null }).toEqual({
          fault,
          violations: [],
          recovered: true,
        });
    }
  });
});

/** Makes a directory read-only as a file system does, for root too; false where nothing can be mounted. */
function mountReadOnly(directory: string): (() => void) | undefined {
  const run = (...words: string[]): void => void execFileSync(words[0]!, words.slice(1), { stdio: 'pipe' });
  try {
    run('mount', '--bind', directory, directory);
    run('mount', '-o', 'remount,bind,ro', directory);
    return () => run('umount', '-l', directory);
  } catch {
    return undefined;
  }
}

describe('when the home is on a read-only file system before the gateway starts', () => {
  it('starts nothing and says why, and starts once it can write', { timeout: 120_000 }, async ({ skip }) => {
    const yard = await openYard('sqlite');
    const caps = { grantDay: 1_000, allDay: 1_000, span: 1_000, burst: 1_000 };
    const scene = await makeScene({ yard, homes: 1, caps });
    onTestFinished(() => scene.remove().then(() => yard.end()));
    const home = scene.homes[0]!.directory;
    const unmount = mountReadOnly(home);
    if (unmount === undefined) return skip('nothing can be mounted here');
    try {
      expect(() => writeFileSync(join(home, 'x'), '')).toThrow('EROFS');
      const gateway = start(scene);
      expect(await gateway.open()).toBe(false);
      const answer = await gateway.call('pay_0', {});
      expect(answer?.isError).toBe(true);
      expect(answer?.text).toMatch(
        /^Countersign cannot start: the state file `.*` cannot be used: unable to open database file$/,
      );
      expect(await gateway.end()).toBe(0);
    } finally {
      unmount();
    }
    expect(scene.executed()).toEqual([]);
    const gateway = start(scene);
    expect(await gateway.open()).toBe(true);
    const args = { amount: 100, currency: 'USD', reference: 'r', by: 'second', grant: GRANTS[0] };
    expect((await gateway.call('pay_0', args))?.text).toBe('did pay_0');
    expect(await gateway.end()).toBe(0);
  });
});

function start(scene: Scene): Gateway {
  const gateway = new Gateway('one', scene.homes[0]!, scene.tokens[GRANTS[0]]);
  onTestFinished(() => gateway.kill());
  return gateway;
}
