import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  openAdminLog,
  verifyLog,
  type AdminEvent,
  type RegistryLog,
  type VerifyReport,
} from '../../src/audit/index.ts';
import { AuditKeys } from '../../src/audit/keys.ts';
import { bundleWorker } from '../state/bundle.ts';
import { makeHome, type Home } from './support.ts';

/** A process that is killed before its n-th step at the files, or in the middle of it; nothing is done after that. */
const killing = vi.hoisted(() => ({ at: Infinity, steps: 0, isHalf: false }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof fs>();
  const step = (half?: () => void): void => {
    killing.steps += 1;
    if (killing.steps === killing.at && killing.isHalf) half?.();
    if (killing.steps >= killing.at) throw new Error('killed');
  };
  const steps = <A extends unknown[], R>(act: (...args: A) => R) => {
    return (...args: A): R => {
      step();
      return act(...args);
    };
  };
  const writeSync = (fd: number, bytes: Uint8Array | string, offset = 0, length?: number): number => {
    const buffer = Buffer.from(bytes as Uint8Array);
    const end = length === undefined ? buffer.length : offset + length;
    step(() => real.writeSync(fd, buffer, offset, Math.floor((end - offset) / 2)));
    return real.writeSync(fd, buffer, offset, end - offset);
  };
  const { openSync, fdatasyncSync, fsyncSync, renameSync, rmSync, unlinkSync, linkSync } = real;
  const single = { fdatasyncSync, fsyncSync, renameSync, rmSync, unlinkSync, linkSync };
  const wrapped = Object.fromEntries(Object.entries(single).map(([name, act]) => [name, steps(act as () => unknown)]));
  return { ...real, openSync: steps(openSync), writeSync, ...wrapped };
});

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => {
  revive();
  await home.dispose();
});

function revive(): void {
  killing.at = Infinity;
}

/** Each time as another process would: without anything that was kept in memory. */
function log(rotateBytes?: number): RegistryLog {
  return openAdminLog({ ...home.options(), ...(rotateBytes === undefined ? {} : { rotateBytes }) });
}
const refused = (faults: number): AdminEvent => ({ kind: 'config_refused', faults });
const write = (faults: number, rotateBytes?: number): Promise<void> => log(rotateBytes).write(refused(faults));
const keyFile = (name: string): string => join(home.keysDirectory, name);

function streamKeys(): { readonly authority: string; readonly next: readonly string[] } {
  const keys = new AuditKeys(home.keysDirectory);
  const { current, next } = keys.stream();
  const all = [current, next].filter((key) => key !== undefined).map((key) => key.publicKey);
  return { authority: keys.install().publicKey, next: all };
}
const verify = (): Promise<VerifyReport> =>
  verifyLog({ directory: home.directory, heads: home.store.heads, segments: home.store.segments, keys: streamKeys() });
const codes = async (): Promise<readonly string[]> => (await verify()).faults.map(({ code }) => code);

/** The numbers of the events that are in the log. */
function written(): readonly number[] {
  const own = (record: Record<string, unknown>): Record<string, unknown> =>
    (record['unmapped'] as { countersign: Record<string, unknown> }).countersign;
  const isRecord = (line: string): boolean => line.endsWith('}');
  return home
    .files('admin-')
    .flatMap((file) => fs.readFileSync(join(home.directory, file), 'utf8').split('\n').filter(isRecord))
    .map((line) => own(JSON.parse(line) as Record<string, unknown>)['faults'])
    .filter((faults): faults is number => typeof faults === 'number');
}

/** Writes an event in a process that is killed at a step; false once that has more steps than are taken. */
async function writeKilled(step: number, isHalf: boolean, rotateBytes?: number): Promise<boolean> {
  Object.assign(killing, { at: step, steps: 0, isHalf });
  try {
    await write(3, rotateBytes);
    return false;
  } catch {
    return true;
  } finally {
    revive();
  }
}

const WAYS = [
  ['in the file that is there', undefined],
  ['with a file of its own', 1],
] as const;

describe.each(WAYS)('when a process is killed while it writes an event %s', (_, rotateBytes) => {
  it('goes on with the key that the stream named, whatever step it was killed at', async () => {
    const seen = new Set<string>();
    let step = 1;
    for (let killed = true; killed; step += 1) {
      for (const isHalf of [false, true]) {
        await home.dispose();
        home = await makeHome();
        await write(1);
        await write(2);
        killed = await writeKilled(step, isHalf, rotateBytes);
        seen.add(fs.readdirSync(home.keysDirectory).sort().join());
        await write(4, rotateBytes);
        await write(5, rotateBytes);
        const { faults } = await verify();
        expect(faults, `step ${step}${isHalf ? ', in its middle' : ''}`).toEqual([]);
        expect(written().filter((one) => one !== 3)).toEqual([1, 2, 4, 5]);
        expect(fs.readdirSync(home.keysDirectory).sort()).toEqual(['audit-stream.key', 'audit.key']);
      }
    }
    // Preparing, writing and promoting: fewer steps would mean that they were not counted.
    expect(step).toBeGreaterThan(10);
    expect(seen).toContain('audit-stream.key,audit-stream.next,audit.key');
  });

  it('finds the stream whole before anything is written again', async () => {
    for (let step = 1; ; step += 1) {
      await home.dispose();
      home = await makeHome();
      await write(1);
      await write(2);
      const killed = await writeKilled(step, true, rotateBytes);
      const { faults } = await verify();
      expect(faults, `step ${step}`).toEqual([]);
      if (!killed) break;
    }
  });
});

describe('when a process is killed while it writes the very first event', () => {
  it('begins or goes on, whatever step it was killed at', async () => {
    let step = 1;
    for (let killed = true; killed; step += 1) {
      await home.dispose();
      home = await makeHome();
      killed = await writeKilled(step, true);
      await write(4);
      await write(5);
      expect((await verify()).faults, `step ${step}`).toEqual([]);
    }
    expect(step).toBeGreaterThan(15);
  });
});

describe('when the key that signs next is lost', () => {
  it('is told before anything is written, goes on with a new one, and is told for good', async () => {
    await write(1);
    await write(2);
    fs.unlinkSync(keyFile('audit-stream.key'));
    expect(await codes()).toEqual(['key_missing']);
    await write(3);
    await write(4);
    expect((await verify()).faults).toMatchObject([{ code: 'key_restarted', line: 7 }]);
    expect(written()).toEqual([1, 2, 3, 4]);
  });

  it('is told with the next event when a copy of an earlier key is put in its place', async () => {
    await write(1);
    const earlier = fs.readFileSync(keyFile('audit-stream.key'));
    await write(2);
    fs.writeFileSync(keyFile('audit-stream.key'), earlier);
    await write(3);
    expect(await codes()).toEqual(['key_restarted']);
  });

  it('is nothing when the key itself comes back from a copy', async () => {
    await write(1);
    const copy = fs.readFileSync(keyFile('audit-stream.key'));
    fs.unlinkSync(keyFile('audit-stream.key'));
    fs.writeFileSync(keyFile('audit-stream.key'), copy, { mode: 0o600 });
    await write(2);
    expect(await codes()).toEqual([]);
  });

  it('leaves no key behind that has signed', async () => {
    const seeds = new Set<string>();
    for (let event = 1; event <= 4; event += 1) {
      await write(event);
      const now = fs.readdirSync(home.keysDirectory).map((name) => fs.readFileSync(keyFile(name), 'utf8'));
      const stream = fs.readFileSync(keyFile('audit-stream.key'), 'utf8');
      for (const seed of seeds) expect(now).not.toContain(seed);
      seeds.add(stream);
    }
    expect(seeds.size).toBe(4);
  });
});

describe("when the installation's key is damaged", () => {
  it('refuses to write, says why, and goes on when the key is back', async () => {
    await write(1);
    const whole = fs.readFileSync(keyFile('audit.key'));
    for (const damage of ['', 'hello\n', whole.toString().slice(0, 20), Buffer.alloc(whole.length)]) {
      fs.writeFileSync(keyFile('audit.key'), damage);
      await expect(write(2)).rejects.toMatchObject({
        name: 'AuditError',
        code: 'unwritable',
        message: `the keys of the audit log cannot be kept: \`${keyFile('audit.key')}\` holds no key; put the one of this home back`,
      });
      expect(fs.readdirSync(home.keysDirectory).sort()).not.toContain(`audit.key.${process.pid}`);
    }
    fs.writeFileSync(keyFile('audit.key'), whole);
    await write(2);
    expect(written()).toEqual([1, 2]);
    expect(await codes()).toEqual([]);
  });

  it('finds another key in its place', async () => {
    await write(1);
    fs.unlinkSync(keyFile('audit.key'));
    await write(2);
    expect(new Set(await codes())).toEqual(new Set(['checkpoint_bad']));
    expect((await verifyLog({ directory: home.directory })).faults).toMatchObject([
      { code: 'checkpoint_bad', message: 'the checkpoint is not signed by the key of the installation' },
    ]);
  });
});

describe('when the log bears no signature and the home has keys', () => {
  it('finds that all of them were left out', async () => {
    await write(1);
    const [file] = home.files('admin-');
    const { readRecord, seal } = await import('../../src/audit/chain.ts');
    const { json, own } = readRecord(Buffer.from(home.lines(file!)[0]!))!;
    const bare = Object.fromEntries(Object.entries(own).filter(([key]) => !['hash', 'authority', 'key'].includes(key)));
    const sealed = seal({ ...json, unmapped: { countersign: bare } } as unknown as Parameters<typeof seal>[0]);
    fs.writeFileSync(join(home.directory, file!), sealed.bytes);
    const unsigned = { directory: home.directory, keys: streamKeys() };
    expect((await verifyLog(unsigned)).faults).toMatchObject([{ code: 'key_missing' }]);
    // A release that signed nothing had no keys either.
    expect(await verifyLog({ directory: home.directory })).toMatchObject({ ok: true });
  });
});

describe("when several processes make the installation's key at once", () => {
  let worker: string;
  beforeAll(async () => {
    worker = await bundleWorker(new URL('workers/install-key.ts', import.meta.url));
  });

  it('makes one, and all of them have it', async () => {
    const directories = Array.from({ length: 60 }, (_, index) => join(home.folder, `keys-${index}`));
    for (const directory of directories) fs.mkdirSync(directory);
    const start = String(Date.now() + 1_500);
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, [worker, start, ...directories]));
    const got = await Promise.all(children.map(async ({ stdout }) => JSON.parse(await text(stdout)) as string[]));
    expect(got[0]).toHaveLength(60);
    for (const keys of got) expect(keys).toEqual(got[0]);
    expect(directories.map((directory) => new AuditKeys(directory).install().publicKey)).toEqual(got[0]);
    expect(fs.readdirSync(directories[0]!)).toEqual(['audit.key']);
  });
});
