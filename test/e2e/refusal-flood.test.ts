/** An agent that does nothing but be refused, as fast as it can: what its log grows by, and who else is still served. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home } from './support/home.ts';
import { RawClient, words } from './support/raw-client.ts';
import { makeShops } from './support/shop.ts';

let home: Home;
let token: string;
let client: RawClient;

beforeEach(async () => {
  home = await makeShops({ shop: ['look_1'] });
  token = await home.issue('agent');
  client = await served();
}, 60_000);
afterEach(async () => {
  await client.kill();
  await home.remove();
});

async function served(): Promise<RawClient> {
  const one = new RawClient(home, token);
  await one.initialize();
  await expect
    .poll(async () => words(await one.call('look_1', { reference: 'a' })), { timeout: 20_000 })
    .toBe('did look_1');
  return one;
}

function logBytes(): number {
  const folder = join(home.directory, 'audit');
  const calls = readdirSync(folder).filter((name) => name.startsWith('calls-'));
  return calls.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Writes lines for so long, never more than the pipe takes; how many. */
async function flood(line: (at: number) => string, durationMs: number): Promise<number> {
  const { stdin } = client.child;
  let lines = 0;
  for (const endMs = Date.now() + durationMs; Date.now() < endMs;) {
    const block = Array.from({ length: 100 }, (_, at) => `${line(lines + at)}\n`).join('');
    lines += 100;
    if (!stdin.write(block)) {
      const drained = new Promise((done) => stdin.once('drain', done));
      await Promise.race([drained, wait(Math.max(0, endMs - Date.now()))]);
    }
  }
  return lines;
}

/** With what was read before the brake is felt. */
const BURST_BYTES = 4_000_000;
const BYTES_PER_SECOND = 100_000;

const FLOODS: readonly (readonly [string, (at: number) => string])[] = [
  ['lines that are no messages', () => '{"jsonrpc":'],
  ['methods that nobody knows', (at) => `{"jsonrpc":"2.0","id":"f${at}","method":"no/such${at}"}`],
  ['calls without an id', () => '{"jsonrpc":"2.0","method":"tools/call","params":{}}'],
  ['calls of no tool', (at) => `{"jsonrpc":"2.0","id":"f${at}","method":"tools/call","params":{"name":"no${at}"}}`],
  ['lists of tools', (at) => `{"jsonrpc":"2.0","id":"f${at}","method":"tools/list"}`],
  [
    'denied calls with many arguments',
    (at) => {
      const args = Object.fromEntries(Array.from({ length: 64 }, (_, one) => [`a${one}`, `${at}.${one}`]));
      return JSON.stringify({
        jsonrpc: '2.0',
        id: `f${at}`,
        method: 'tools/call',
        params: { name: 'look_1', arguments: args },
      });
    },
  ],
];

const SLOWED: ReadonlySet<string> = new Set(['lists of tools', 'denied calls with many arguments']);

describe('when an agent is refused as fast as it can be', () => {
  it.each(FLOODS)(
    'its log grows slowly, and its own call and another client are served: %s',
    async (name, line) => {
      const before = logBytes();
      const startMs = Date.now();
      const lines = await flood(line, 4_000);
      const grown = logBytes() - before;
      const seconds = (Date.now() - startMs) / 1000;
      console.log(`${name}: ${grown} bytes of log for ${lines} lines offered in ${seconds} s`);
      expect(grown).toBeLessThan(BURST_BYTES + seconds * BYTES_PER_SECOND);

      const other = await served();
      await other.close();
      // What was read before the brake was felt is paid for first; once is enough to see that it is.
      if (SLOWED.has(name)) return;
      const askedMs = Date.now();
      expect(words(await client.call('look_1', { reference: 'b' }))).toBe('did look_1');
      const whole = (Date.now() - startMs) / 1000;
      console.log(
        `${name}: a call behind it was answered after ${Date.now() - askedMs} ms; ${logBytes() - before} bytes`,
      );
      expect(logBytes() - before).toBeLessThan(BURST_BYTES + whole * BYTES_PER_SECOND);
    },
    120_000,
  );

  it('keeps every denial, and counts every message', async () => {
    const offered = 3_000;
    for (let at = 0; at < offered; at += 1) client.send('[]');
    for (let at = 0; at < 400; at += 1)
      client.send(`{"jsonrpc":"2.0","id":"f${at}","method":"tools/call","params":{"name":"none"}}`);
    await client.receive(({ id }) => id === 'f399');
    await client.close();
    const records = home.records();
    const refused = records.filter(({ kind }) => kind === 'protocol_rejected');
    expect(refused.length).toBeLessThan(350);
    expect(refused.reduce((sum, { count }) => sum + Number(count ?? 1), 0)).toBe(offered);
    expect(records.filter(({ kind }) => kind === 'decision')).toHaveLength(400);
    const verified = await home.run(['audit', 'verify', '--json']);
    expect(verified).toMatchObject({ exitCode: 0 });
  }, 120_000);
});
