import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome } from './support/home.ts';
import { RawClient, words } from './support/raw-client.ts';

const FLOOD = fileURLToPath(new URL('./fixtures/flood.mjs', import.meta.url));
const POLICY = { version: 1, default: 'deny', rules: [{ id: 'some', tools: ['kind:read'], effect: 'allow' }] };
const KINDS = Object.fromEntries(['look', 'flood', 'ask', 'large'].map((name) => [name, { kind: 'read' }]));

let home: Home;
let client: RawClient;

beforeEach(async () => {
  home = await makeHome({});
  await home.rewrite({
    version: 1,
    upstreams: { sea: { command: process.execPath, args: [FLOOD], tools: KINDS, timeout: '5m' } },
    policies: { some: POLICY },
    grants: { agent: { principal: 'a@acme.example', policies: ['some'], upstreams: ['sea'] } },
  });
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
  await client.tools();
}, 60_000);
afterEach(async () => {
  await client.kill();
  await home.remove();
});

/** The most memory the gateway has had so far, in MiB. */
function peakMiB(): number {
  const status = readFileSync(`/proc/${client.child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

describe.skipIf(process.platform !== 'linux')('when a server writes without end (measured in /proc)', () => {
  it.each(['flood', 'ask'])(
    'costs bounded memory, and the connection lives: %s',
    async (name) => {
      const before = peakMiB();
      expect(words(await client.call(name, {}))).toBe(`did ${name}`);
      expect(words(await client.call('look', {}))).toBe('did look');
      const grown = peakMiB() - before;
      console.log(`${name}: 256 MiB poured, gateway's peak ${before} MiB before, ${before + grown} MiB after`);
      expect(grown).toBeLessThan(100);
    },
    180_000,
  );
});

describe.skipIf(process.platform !== 'linux')('when a client does not read (measured in /proc)', () => {
  it('makes the server wait, and loses nothing', async () => {
    const before = peakMiB();
    client.child.stdout.pause();
    for (let id = 1; id <= 200; id += 1)
      client.send(`{"jsonrpc":"2.0","id":"l${id}","method":"tools/call","params":{"name":"large","arguments":{}}}`);
    let last = -1;
    // Until it has stopped growing.
    await expect
      .poll(
        () => {
          const now = peakMiB();
          const isStill = now === last;
          last = now;
          return isStill;
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBe(true);
    const grown = peakMiB() - before;
    console.log(`200 MiB of answers not read, gateway's peak ${before} MiB before, ${before + grown} MiB after`);
    expect(grown).toBeLessThan(100);
    client.child.stdout.resume();
    for (let id = 1; id <= 200; id += 1) await client.receive((message) => message.id === `l${id}`);
  }, 180_000);
});
