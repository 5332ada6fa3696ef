import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { callsOf, type Home, homeIn } from './support/home.ts';
import { type Entry, logOnDisk } from './support/log.ts';
import { RawClient } from './support/raw-client.ts';
import { makeShops, numbered, serversOf } from './support/shop.ts';

const DISK_FAULTS = fileURLToPath(new URL('./fixtures/disk-faults.cjs', import.meta.url));

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What one gateway left in the log: its own records, and the outcomes of its calls wherever they stand. */
interface Account {
  readonly intents: readonly string[];
  /** Tools whose outcome it recorded itself as `ok`. */
  readonly ok: readonly string[];
  readonly calls: readonly {
    readonly tool: string;
    readonly own: readonly Entry[];
    readonly foreign: readonly Entry[];
  }[];
  /** Its segments that took records and that the registry has not ended. */
  readonly unended: readonly string[];
}

/** Reads the log once, and answers for any gateway by its process id. */
function accounts(home: Home): (pid: number) => Account {
  const { entries } = logOnDisk(home);
  const of = (kind: string): Entry[] => entries.filter((entry) => entry.kind === kind);
  const ended = new Set(
    of('segment_closed')
      .concat(of('segment_abandoned'))
      .map(({ entry }) => entry?.segment),
  );
  const outcomes = new Map<string | null, Entry[]>();
  for (const one of of('outcome')) outcomes.set(one.request, [...(outcomes.get(one.request) ?? []), one]);
  return (pid) => {
    const segments = new Set(of('segment_open').flatMap((entry) => (entry.pid === pid ? [entry.segment] : [])));
    // A segment is in use once it holds more than its first record.
    const used = new Set(
      entries
        .filter(({ kind, segment }) => kind !== 'segment_open' && segments.has(segment))
        .map(({ segment }) => segment),
    );
    const written = (one: Entry): boolean => segments.has(one.segment);
    const intents = of('intent').filter(written);
    return {
      intents: intents.map(({ tool }) => String(tool)),
      ok: of('outcome').flatMap((one) => (written(one) && one.outcome === 'ok' ? [String(one.tool)] : [])),
      calls: intents.map(({ tool, request }) => {
        const all = outcomes.get(request) ?? [];
        return { tool: String(tool), own: all.filter(written), foreign: all.filter((one) => !written(one)) };
      }),
      unended: [...used].filter((segment) => !ended.has(segment)),
    };
  };
}

/** Resolves when the log owes nothing for gateways that are gone: every segment ended, every intent with an outcome. */
async function settled(home: Home, gone: readonly number[]): Promise<void> {
  const owed = (): unknown => {
    const of = accounts(home);
    return gone
      .map(of)
      .flatMap(({ unended, calls }) => [
        ...unended,
        ...calls.flatMap(({ tool, own, foreign }) => (own.length + foreign.length === 0 ? [tool] : [])),
      ]);
  };
  await vi.waitFor(() => expect(owed()).toEqual([]), { timeout: 10_000, interval: 50 });
}

/** Each intent of a dead gateway has one outcome: the one it recorded itself, or the doubt of whoever came after. */
function expectOneOutcomeEach({ calls }: Account): void {
  for (const { tool, own, foreign } of calls) {
    expect(own.length + foreign.length, `outcomes of ${tool}`).toBe(1);
    expect(foreign.map(({ outcome, code }) => [outcome, code])).toEqual(
      foreign.map(() => ['in-doubt', 'gateway_died']),
    );
  }
}

/** Verification as an auditor runs it. */
async function verified(home: Home): Promise<{ readonly faults: unknown; readonly exitCode: number }> {
  const { exitCode, stdout } = await home.run(['audit', 'verify', '--json']);
  return { faults: (JSON.parse(stdout) as { faults: unknown }).faults, exitCode };
}

/** No server outlives its gateway by more than two seconds. */
async function noServerLeft(home: Home): Promise<void> {
  await expect.poll(() => serversOf(home.room), { timeout: 2_000, interval: 20 }).toEqual([]);
}

const WHOLE = { faults: [], exitCode: 0 };

describe('when gateways are killed at random moments', () => {
  const KILLS = 22;
  const TOOLS = [...numbered('pay', 24), ...numbered('hang', 4), ...numbered('sweep', 6), ...numbered('look', 6)];
  const random = seeded(20_260_801);
  const gone: Run[] = [];
  let home: Home;
  let token: string;

  beforeAll(async () => {
    home = await makeShops({ shop: TOOLS });
    token = await home.issue('agent');
  });
  afterAll(() => home.remove());

  /** One gateway from its start to its end. */
  interface Run {
    readonly name: string;
    readonly client: RawClient;
    readonly pid: number;
  }

  function start(name: string): Run {
    const client = new RawClient(home, token);
    return { name, client, pid: client.child.pid ?? 0 };
  }

  /** Asks for everything at once, each tool a single time, under a reference that names the gateway. */
  function askForAll({ name, client }: Run): void {
    for (const one of [...TOOLS].sort(() => random() - 0.5)) void client.call(one, { reference: `${name}/${one}` });
  }

  /** Kills the gateway after so many answers and a moment more. */
  async function killAfter({ client }: Run, answers: number, momentMs: number): Promise<void> {
    const before = client.messages.length;
    if (answers > 0) await client.receive(() => client.messages.length >= before + answers);
    await new Promise((resolve) => setTimeout(resolve, momentMs));
    await client.kill();
  }

  /** The calls of a gateway that reached the upstream. */
  function executed({ name }: Run): string[] {
    const all = callsOf(home.room, 'shop').map((call) => (call.arguments as { reference: string }).reference);
    return all.filter((one) => one.startsWith(`${name}/`)).map((one) => `shop/${one.slice(name.length + 1)}`);
  }

  /** The calls of a gateway whose client got the upstream's answer. */
  function answered({ client }: Run): string[] {
    const texts = client.messages.map(({ result }) => result?.content?.[0]?.text ?? '');
    return texts.filter((text) => text.startsWith('did ')).map((text) => `shop/${text.slice('did '.length)}`);
  }

  /** What must hold from the instant of death, before anybody repairs anything. */
  function expectIntentsFirst(run: Run): void {
    const { intents, ok } = accounts(home)(run.pid);
    const did = executed(run);
    expect(new Set(did).size).toBe(did.length);
    expect(intents).toEqual(expect.arrayContaining(did));
    expect(did).toEqual(expect.arrayContaining(answered(run)));
    expect(ok).toEqual(expect.arrayContaining(answered(run)));
  }

  async function expectSettled(): Promise<void> {
    const pids = gone.map(({ pid }) => pid);
    await settled(home, pids);
    pids.map(accounts(home)).forEach(expectOneOutcomeEach);
    expect(await verified(home)).toEqual(WHOLE);
  }

  it.each(Array.from({ length: KILLS / 2 }, (_, round) => round))('keeps its promises in round %i', async (round) => {
    const pair = [start(`${round}a`), start(`${round}b`)];
    // Every fourth round ends while the gateways start, and close what the round before has left.
    const early = round % 4 === 3;
    try {
      const greetings = pair.map(({ client }) => client.initialize());
      if (!early) {
        await Promise.all(greetings);
        await Promise.all(pair.map(({ client }) => client.tools()));
        await expectSettled();
      }
      pair.forEach(askForAll);
      const ends = pair.map((run) =>
        early ? killAfter(run, 0, 120 + random() * 300) : killAfter(run, Math.floor(random() * 30), random() * 4),
      );
      await Promise.all(ends);
    } finally {
      await Promise.all(pair.map(({ client }) => client.kill()));
    }
    await noServerLeft(home);
    gone.push(...pair);
    pair.forEach(expectIntentsFirst);
  });

  it('owes nothing in the end', async () => {
    const last = start('last');
    await last.client.initialize();
    await expectSettled();
    expect(await last.client.close()).toBe(0);
  });

  it('has met the cases it is about', () => {
    const of = accounts(home);
    const calls = gone.flatMap(({ pid }) => of(pid).calls);
    expect(gone).toHaveLength(KILLS);
    // Calls that ended before the gateway did, and calls that the upstream executed and nobody was told of. How many is
    // chance; that there are some is what makes the kills worth something.
    expect(gone.flatMap(answered).length).toBeGreaterThan(20);
    expect(gone.filter((run) => executed(run).length > answered(run).length).length).toBeGreaterThan(0);
    expect(calls.filter(({ foreign }) => foreign.length > 0).length).toBeGreaterThan(0);
    expect(calls.length).toBeGreaterThanOrEqual(gone.flatMap(executed).length);
  });
});

describe('when a gateway is killed at each change it makes to the log', () => {
  const POINTS = Array.from({ length: 18 }, (_, index) => index + 1);
  let first: Home;
  let token: string;
  let deadPid = 0;

  /** A home in which a gateway died with a call at the upstream. */
  beforeAll(async () => {
    first = await makeShops({ shop: ['pay', 'hang'] });
    token = await first.issue('agent');
    const client = new RawClient(first, token);
    deadPid = client.child.pid ?? 0;
    await client.initialize();
    void client.call('hang', { reference: 'first' });
    await vi.waitUntil(() => callsOf(first.room, 'shop').length === 1, { timeout: 10_000, interval: 20 });
    await client.kill();
  });
  afterAll(() => first.remove());

  it.concurrent.each(POINTS)('keeps its promises at change %i, half done', async (point) => {
    const directory = join(first.room, `home-${point}`);
    await cp(first.directory, directory, { recursive: true });
    const home = homeIn(first.room, directory);
    const fault = { NODE_OPTIONS: `--require ${DISK_FAULTS}`, DISK_FAULT: `tear-at:${point}` };
    const doomed = new RawClient(home, token, fault);
    const ended = once(doomed.child, 'close');
    void doomed.initialize();
    void doomed.call('pay', { reference: `at-${point}` });
    // The last points may lie behind the last change of this session, which its end reaches.
    void doomed.receive(({ id }) => id === 101).then(() => doomed.child.stdin.end());
    await ended;
    expect(doomed.child.signalCode).toBe('SIGKILL');

    const executed = callsOf(first.room, 'shop').filter(({ raw }) => raw.includes(`"at-${point}"`)).length;
    expect(accounts(home)(doomed.child.pid ?? 0).intents.length).toBeGreaterThanOrEqual(executed);

    const next = new RawClient(home, token);
    await next.initialize();
    const gone = [deadPid, doomed.child.pid ?? 0];
    await settled(home, gone);
    gone.map(accounts(home)).forEach(expectOneOutcomeEach);
    expect(await next.close()).toBe(0);
    expect(await verified(home)).toEqual(WHOLE);
  });
});

describe('when a money call waits for the disk', () => {
  let home: Home;
  let client: RawClient;
  const at = (name: string): string => join(home.room, name);

  beforeEach(async () => {
    home = await makeShops({ shop: ['pay', 'sweep', 'look'] });
    const gates = { GATE_FILE: at('gate'), ASKED_FILE: at('asked') };
    const fault = { NODE_OPTIONS: `--require ${DISK_FAULTS}`, DISK_FAULT: 'hold-sync', ...gates };
    client = new RawClient(home, await home.issue('agent'), fault);
    await client.initialize();
    await client.tools();
  });
  afterEach(async () => {
    await client.kill();
    await home.remove();
  });

  it.each(['pay', 'sweep'])('writes nothing of `%s` to the server before its intent is synced', async (name) => {
    const answer = client.call(name, { reference: 'r' });
    await expect.poll(() => existsSync(at('asked')), { timeout: 10_000 }).toBe(true);
    // A read takes the same way and does not wait: whatever had been written before it would be there now.
    await client.call('look', {});
    expect(callsOf(home.room, 'shop').map((call) => call.name)).toEqual(['look']);
    await writeFile(at('gate'), '');
    expect((await answer).result?.content?.[0]?.text).toBe(`did ${name}`);
    expect(callsOf(home.room, 'shop').map((call) => call.name)).toEqual(['look', name]);
  });
});

/** A gateway in a home of its own, both gone when the test is. */
async function opened(shops: Readonly<Record<string, readonly string[]>>): Promise<{ home: Home; client: RawClient }> {
  const home = await makeShops(shops);
  onTestFinished(() => home.remove());
  const client = new RawClient(home, await home.issue('agent'));
  onTestFinished(() => client.kill());
  await client.initialize();
  return { home, client };
}

describe('when the gateway is told to end while a call is at a server', () => {
  it('records the doubt, closes the log, ends the server and exits', async () => {
    const { home, client } = await opened({ shop: ['hang'] });
    const answer = client.call('hang', { reference: 'r' });
    await expect.poll(() => callsOf(home.room, 'shop').length, { timeout: 10_000 }).toBe(1);
    const ended = once(client.child, 'close');
    client.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect((await answer).result?.content?.[0]?.text).toMatch(/Whether it took effect is not known/);
    await noServerLeft(home);
    const { calls, unended } = accounts(home)(client.child.pid ?? 0);
    expect(calls.map(({ own }) => own.map(({ outcome, code }) => [outcome, code]))).toEqual([[['in-doubt', 'exited']]]);
    expect(unended).toEqual([]);
    expect(logOnDisk(home).entries.map(({ kind }) => kind)).toContain('segment_closed');
    expect(await verified(home)).toEqual(WHOLE);
  });
});

describe('when a server is killed with a call inside', () => {
  it('keeps the doubt of that call, and the other server works on', async () => {
    const { home, client } = await opened({ one: ['hang', 'pay'], two: ['pay'] });
    await client.tools();
    const lost = client.call('one_hang', { reference: 'r' });
    await expect.poll(() => callsOf(home.room, 'one').length, { timeout: 10_000 }).toBe(1);
    const started = home.records().find(({ kind, upstream }) => kind === 'upstream_started' && upstream === 'one');
    process.kill(Number(started?.['pid']), 'SIGKILL');
    expect((await lost).result?.content?.[0]?.text).toBe(
      'Upstream `one` ended after the call was sent. Whether it took effect is not known: look it up before you call again.',
    );
    expect((await client.call('two_pay', { reference: 'r' })).result?.content?.[0]?.text).toBe('did pay');
    const { calls } = accounts(home)(client.child.pid ?? 0);
    expect(calls.map(({ tool, own }) => [tool, own.map(({ outcome, code }) => [outcome, code])])).toEqual([
      ['one/hang', [['in-doubt', 'exited']]],
      ['two/pay', [['ok', 'result']]],
    ]);
    expect(await client.close()).toBe(0);
    expect(await verified(home)).toEqual(WHOLE);
  });
});
