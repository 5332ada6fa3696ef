import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome } from '../e2e/support/home.ts';
import { RawClient } from '../e2e/support/raw-client.ts';
import { shopsConfig } from '../e2e/support/shop.ts';
import { whyNoRsyslog } from './support/rsyslogd.ts';
import { type Received, type Shipping, startShipping } from './support/shipping.ts';

const WHY = whyNoRsyslog();
const SHIPPED_WITHIN_MS = 20_000;

/** Small enough that a gateway at work begins a new file every second. */
const ROTATE = { rotate: { size: '16KiB' } };
/** What a burst asks for at once: money, reads, and one call that is denied. */
const BURST = [...Array.from({ length: 8 }, () => 'pay'), ...Array.from({ length: 3 }, () => 'look'), 'nothing'];

/** Every complete line of the log, with the file that it stands in. */
function linesOf(audit: string): { readonly file: string; readonly line: string }[] {
  const files = readdirSync(audit).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((file) =>
    readFileSync(join(audit, file), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ file, line })),
  );
}

/** The kind of the record; of another line, what the shipper calls it. */
function kindOf(line: string): string {
  if (!line.startsWith('{')) return 'unreadable';
  return (JSON.parse(line) as { unmapped: { countersign: { kind: string } } }).unmapped.countersign.kind;
}

/** How what was received stands to what the files hold. */
interface Balance {
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  /** Received, and in no file. */
  readonly foreign: readonly string[];
  /** Received with another kind than the record has. */
  readonly misread: readonly Received[];
}

function balance(audit: string, received: readonly Received[]): Balance {
  const written = new Set(linesOf(audit).map(({ line }) => line));
  const times = new Map<string, number>();
  for (const { line } of received) times.set(line, (times.get(line) ?? 0) + 1);
  return {
    lost: [...written].filter((line) => !times.has(line)),
    repeated: [...times].filter(([, count]) => count > 1).map(([line]) => line),
    foreign: [...times.keys()].filter((line) => !written.has(line)),
    misread: received.filter(({ kind, line }) => written.has(line) && kind !== kindOf(line)),
  };
}

describe.skipIf(WHY !== undefined)(`when rsyslog ships the log${WHY === undefined ? '' : ` (${WHY})`}`, () => {
  let home: Home;
  let audit: string;
  let token: string;
  let shipping: Shipping;
  /** Ends the work of the gateways. */
  let enough: boolean;
  const gateways: RawClient[] = [];

  beforeEach(async () => {
    enough = false;
    home = await makeHome({});
    await home.rewrite({ ...(await shopsConfig(home.room, { shop: ['pay', 'look'] })), audit: ROTATE });
    token = await home.issue('agent');
    audit = join(home.directory, 'audit');
    writeFileSync(join(audit, 'ballast'), 'no record\n'.repeat(1_000));
    shipping = await startShipping(audit, home.room);
  });
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
    await shipping.stop();
    await home.remove();
  });

  async function start(): Promise<RawClient> {
    const gateway = new RawClient(home, token);
    gateways.push(gateway);
    await gateway.initialize();
    await gateway.tools();
    return gateway;
  }

  /** Asks for one burst after the other, until it is enough or the gateway is killed. */
  async function work(gateway: RawClient): Promise<void> {
    const gone = new Promise<'gone'>((resolve) => gateway.child.once('close', () => resolve('gone')));
    for (let burst = 0; !enough; burst += 1) {
      const answers = BURST.map((tool, at) => gateway.call(tool, { reference: `${burst}/${at}` }));
      if ((await Promise.race([Promise.all(answers), gone])) === 'gone') return;
    }
  }

  /** Resolves when the receiver has so many messages more than it has now. */
  async function receives(more: number): Promise<void> {
    const count = shipping.received().length + more;
    await expect
      .poll(() => shipping.received().length, { timeout: SHIPPED_WITHIN_MS, interval: 50 })
      .toBeGreaterThanOrEqual(count);
  }

  /** Resolves when the log has so many files. */
  async function hasFiles(count: number): Promise<void> {
    await expect
      .poll(() => readdirSync(audit).length, { timeout: SHIPPED_WITHIN_MS, interval: 50 })
      .toBeGreaterThanOrEqual(count);
  }

  /** Resolves when every line that the files hold has come, or all but so many. */
  async function hasCaughtUp(allowance = 0): Promise<Balance> {
    const written = linesOf(audit).map(({ line }) => line);
    const missing = (): string[] => {
      const came = new Set(shipping.received().map(({ line }) => line));
      return written.filter((line) => !came.has(line));
    };
    await expect.poll(() => missing().slice(allowance), { timeout: SHIPPED_WITHIN_MS, interval: 100 }).toEqual([]);
    return balance(audit, shipping.received());
  }

  it('delivers every line of every file once, over a killed gateway and a restart of rsyslogd', async () => {
    const [first, doomed, third] = [await start(), await start(), await start()];
    const working = [first, doomed, third].map(work);
    await receives(200);
    await doomed.kill();
    const heir = await start();
    working.push(work(heir));
    await receives(200);
    await shipping.shipper.restart('SIGTERM');
    await receives(200);
    await hasFiles(16);
    enough = true;
    await Promise.all(working);
    for (const gateway of [first, third, heir]) expect(await gateway.close()).toBe(0);
    await hasCaughtUp();
    // What it still sends, it sends before it ends.
    await shipping.shipper.end('SIGTERM');

    const received = shipping.received();
    const lines = linesOf(audit);
    const files = new Set(lines.map(({ file }) => file));
    console.log(`rsyslog: ${files.size} files, ${lines.length} lines, ${received.length} messages`);
    expect(balance(audit, received)).toEqual({ lost: [], repeated: [], foreign: [], misread: [] });
    expect(received).toHaveLength(lines.length);
    expect([...new Set(received.map(({ kind }) => kind))]).toEqual(
      expect.arrayContaining(['intent', 'outcome', 'decision', 'segment_abandoned']),
    );
    expect((await home.run(['audit', 'verify'])).exitCode).toBe(0);

    const firsts = [...files].map((name) => readFileSync(join(audit, name), 'utf8').split('\n')[0] ?? '');
    expect(Math.min(...firsts.map((line) => line.length))).toBeGreaterThanOrEqual(1_024);
    expect(new Set(firsts.map((line) => line.slice(0, 256))).size).toBe(files.size);
  }, 60_000);

  it('loses no line when rsyslogd is killed at work, and may repeat some', async () => {
    const gateway = await start();
    const working = work(gateway);
    for (let kills = 0; kills < 3; kills += 1) {
      await receives(100);
      await shipping.shipper.restart('SIGKILL');
    }
    await receives(100);
    enough = true;
    await working;
    expect(await gateway.close()).toBe(0);

    const { repeated, foreign, misread } = await hasCaughtUp();
    const lines = linesOf(audit).length;
    console.log(`rsyslog, killed three times: ${lines} lines, none lost, ${repeated.length} of them sent again`);
    expect({ foreign, misread }).toEqual({ foreign: [], misread: [] });
  }, 60_000);

  it('leaves the lines in the files while the receiver is away, and loses at most the one in hand if killed then', async () => {
    await shipping.shipper.end('SIGTERM');
    await shipping.receiver.end('SIGTERM');
    const gateway = await start();
    const working = work(gateway);
    await shipping.shipper.start();
    await expect.poll(() => shipping.shipper.said, { timeout: SHIPPED_WITHIN_MS }).toMatch(/omrelp.*connect/s);
    await hasFiles(6);
    await shipping.shipper.restart('SIGKILL');
    enough = true;
    await working;
    expect(await gateway.close()).toBe(0);
    await shipping.receiver.start();
    const { lost, foreign, misread } = await hasCaughtUp(1);
    console.log(`rsyslog, killed without a receiver: ${linesOf(audit).length} lines, ${lost.length} lost`);
    expect({ foreign, misread }).toEqual({ foreign: [], misread: [] });
  }, 60_000);

  it('carries a line of the greatest length, and sends one that is no record as such', async () => {
    const record = { time: 1, unmapped: { countersign: { kind: 'decision' } }, filled: '' };
    const long = JSON.stringify({ ...record, filled: 'é'.repeat((7_998 - JSON.stringify(record).length) / 2) });
    writeFileSync(join(audit, 'calls-20260101-forged.jsonl'), `${long}\npaid in full\n`);
    await hasCaughtUp();
    expect(Buffer.byteLength(long)).toBeGreaterThan(7_990);
    expect(shipping.received()).toContainEqual({ kind: 'decision', line: long });
    expect(shipping.received()).toContainEqual({ kind: 'unreadable', line: 'paid in full' });
  });

  it('leaves the file alone that keeps a place on the disk', async () => {
    await hasCaughtUp();
    await shipping.shipper.end('SIGTERM');
    expect(linesOf(audit)).toHaveLength(shipping.received().length);
    expect(balance(audit, shipping.received()).foreign).toEqual([]);
  });
});
