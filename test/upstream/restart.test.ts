import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/upstream/index.ts';
import { Restarts } from '../../src/upstream/restart.ts';
import { brandAs, type UpstreamName } from '../../src/core/ids.ts';
import { FIXTURE, HELLO, plain, rig, type Rig, type RigOptions } from './harness.ts';

const POLICY = { firstMs: 500, longestMs: 30_000, most: 5, spanMs: 600_000 };

describe('when restarts are granted', () => {
  it('waits twice as long each time, up to the longest, and then no more within the span', () => {
    const restarts = new Restarts(
      { ...POLICY, most: 9 },
      () => 0,
      () => 0.999_999,
    );
    const waits = Array.from({ length: 10 }, () => restarts.grant('exited'));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, null]);
    expect(restarts.givenUp('exited')).toBe(
      '; it was started 9 times in 10 minutes, and is not started again before the next session',
    );
  });

  it('spreads them by half, so that gateways do not come back together', () => {
    expect(
      new Restarts(
        POLICY,
        () => 0,
        () => 0,
      ).grant('exited'),
    ).toBe(250);
  });

  it('begins anew for a server that stood for the span', () => {
    let nowMs = 0;
    const restarts = new Restarts(
      POLICY,
      () => nowMs,
      () => 0.999_999,
    );
    for (let count = 0; count < 5; count += 1) restarts.grant('exited');
    nowMs = 599_999;
    expect(restarts.grant('exited')).toBeNull();
    nowMs = 600_000;
    expect(restarts.grant('exited')).toBe(500);
  });

  it.each(['not_reviewed', 'secret_missing', 'spawn_failed', 'initialize_failed', 'unauthorized'] as const)(
    'leaves to a person what time does not mend: %s',
    (code) => {
      const restarts = new Restarts(
        POLICY,
        () => 0,
        () => 0,
      );
      expect([restarts.grant(code), restarts.givenUp(code)]).toEqual([null, '']);
    },
  );
});

const rigs: Rig[] = [];
afterEach(async () => {
  for (const made of rigs.splice(0)) await made.dispose();
});

const FAST = { firstMs: 50, longestMs: 200, most: 3, spanMs: 60_000 };

async function started(mode: string, options: RigOptions = {}): Promise<Rig> {
  const made = rig(mode, { restarts: FAST, ...options });
  rigs.push(made);
  await made.upstream.start(HELLO);
  return made;
}

const kindOf = (reply: Reply): string => reply.is;
const states = ({ told }: Rig): string[] => told.states.map(({ is }) => is);

describe('when a ready server goes', () => {
  it('is started again with the same hello, lists its tools, and tells its next generation', async () => {
    const made = await started('good');
    const { upstream, call, until } = made;
    const before = upstream.pid;
    expect([upstream.generation, upstream.restarts]).toEqual([1, 0]);
    expect(plain(await call('exit'))).toEqual(['lost', 'exited']);
    await until(() => states(made).length === 4);
    expect(states(made)).toEqual(['starting', 'ready', 'failed', 'starting']);
    expect(plain(await call('echo'))).toEqual([
      'unsent',
      expect.stringMatching(/exited with code 7; .*; it is being started again$/),
    ]);
    await until(() => states(made).length === 5);
    expect([upstream.state, upstream.generation, upstream.restarts]).toEqual([{ is: 'ready' }, 2, 1]);
    expect(upstream.pid).not.toBe(before);
    expect(kindOf(await call('echo'))).toBe('result');
  });

  it('has nothing written to it before its tools were listed anew', async () => {
    const made = await started('good');
    const { upstream, call, until } = made;
    void call('exit');
    await until(() => states(made).at(-1) === 'failed');
    const answers: unknown[] = [];
    // As fast as a client could: from the failure until it is ready.
    while (upstream.state.is !== 'ready') {
      answers.push(kindOf(await call('echo')));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answers.length).toBeGreaterThan(3);
    expect(new Set(answers)).toEqual(new Set(['unsent']));
  });

  it('is not started once it was ended', async () => {
    const made = await started('good');
    void made.call('exit');
    await made.until(() => states(made).at(-1) === 'failed');
    await made.upstream.end();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(states(made)).toEqual(['starting', 'ready', 'failed', 'ended']);
  });

  it('takes nothing from a child of the dead process, which still holds its output', async () => {
    const made = await started('good');
    const { call, until, told, upstream } = made;
    const lost = call('heir');
    await until(() => states(made).filter((state) => state === 'ready').length === 2);
    expect(plain(await lost)).toEqual(['lost', 'exited']);
    expect(kindOf(await call('echo'))).toBe('result');
    expect(told.lines).toEqual([]);
    expect(upstream.generation).toBe(2);
  });
});

describe('when a server ends at each start', () => {
  it('is tried a few times, ever more slowly, and then stays failed with clear words', async () => {
    const made = await started('exit-at-start');
    const { upstream, until } = made;
    await until(() => upstream.state.is === 'failed' && upstream.state.restartMs === null);
    expect(states(made)).toEqual(Array.from({ length: 4 }, () => ['starting', 'failed']).flat());
    expect(upstream.state).toEqual({
      is: 'failed',
      code: 'exited',
      why:
        'its process exited with code 3; `countersign upstream test stripe` shows what it wrote; it was started 3 times ' +
        'in 1 minutes, and is not started again before the next session',
      exitCode: 3,
      restartMs: null,
    });
    expect(upstream.stderrTail()).toEqual(['no credentials\u00b7[2J']);
  });
});

describe('when a server hangs', () => {
  it('is asked by ping after a request ran out of time, and started again if it stays silent', async () => {
    const made = await started('good', { timeoutMs: 100, pingMs: 200 });
    const { upstream, call, until } = made;
    const [hung, other] = await Promise.all([call('freeze'), call('hold')]);
    expect([plain(hung), plain(other)]).toEqual([
      ['lost', 'timeout'],
      ['lost', 'timeout'],
    ]);
    await until(() => states(made).includes('failed'));
    expect(made.told.states[2]).toMatchObject({
      code: 'unresponsive',
      why: 'it left a request without an answer, and then did not answer `ping` within 0.2 s',
    });
    await until(() => states(made).length === 5);
    expect(upstream.state).toEqual({ is: 'ready' });
  }, 20_000);

  it('is heard no more once it was given up, and what it says on its way out is counted', async () => {
    const made = await started('dying', { timeoutMs: 100, pingMs: 100 });
    const { upstream, call, until, told } = made;
    expect(plain(await call('hold'))).toEqual(['lost', 'timeout']);
    await until(() => states(made).includes('failed'));
    const before = upstream.counts.dropped;
    await until(() => states(made).filter((state) => state === 'ready').length === 2);
    // An answer under the id of the call, one under an id of the next run, and a notification.
    expect(upstream.counts.dropped - before).toBe(3);
    expect(told.lines).toEqual([]);
    expect(kindOf(await call('echo'))).toBe('result');
  }, 20_000);

  it('is left alone while it answers anything at all', async () => {
    const made = await started('good', { timeoutMs: 100, pingMs: 200 });
    expect(plain(await made.call('hold'))).toEqual(['lost', 'timeout']);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(states(made)).toEqual(['starting', 'ready']);
  });
});

describe('when the tools of a restarted server are others', () => {
  it('lists those it has now', async () => {
    let starts = 0;
    const made = await started('good', {
      launch: () => {
        starts += 1;
        const args = [FIXTURE, starts === 1 ? 'good' : 'pages'];
        const name = brandAs<UpstreamName>('stripe');
        return Promise.resolve({ name, command: process.execPath, args, env: {}, home: tmpdir(), cwd: null });
      },
    });
    void made.call('exit');
    await made.until(() => states(made).length === 5);
    expect(made.upstream.tools.map(({ name }) => name)).toEqual(['page_0', 'page_1', 'page_2', 'page_3', 'page_4']);
  });
});
