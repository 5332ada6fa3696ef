import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation } from '../../src/cli/compose.ts';
import { VERSION } from '../../src/cli/version.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-compose-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (): string => join(home, 'countersign.config.json');
const note = (): string => join(home, 'config.seen.json');

function write(config: unknown): void {
  writeFileSync(file(), JSON.stringify(config), { mode: 0o600 });
}

function open(options: { readonly quick?: boolean } = {}): Installation {
  return new Installation({ COUNTERSIGN_HOME: home, COUNTERSIGN_KEYRING: 'off' }, options);
}

/** A note that says of the configuration as it is now that its state is in SQLite. */
function forgeNote(): void {
  const digest = createHash('sha256').update(`${VERSION}\0${file()}\0`).update(readFileSync(file())).digest('hex');
  writeFileSync(note(), JSON.stringify({ digest, state: 'sqlite', grants: [] }), { mode: 0o600 });
}

const REDIS = { version: 1, state: 'redis://127.0.0.1:1' };

describe('which store is opened', () => {
  it('is the one of the configuration, read or noted', async () => {
    write({ version: 1 });
    const first = open();
    await first.config();
    expect(JSON.parse(readFileSync(note(), 'utf8'))).toMatchObject({ state: 'sqlite' });
    expect(await (await first.store()).tokens.list()).toEqual([]);
    await first.close();
    write(REDIS);
    const second = open();
    await expect(second.store()).rejects.toMatchObject({ name: 'StateError', code: 'unavailable' });
    await second.close();
  });

  it('is none where nobody can tell which', async () => {
    write({ version: 1, state: 'redsi://host' });
    await expect(open().store()).rejects.toMatchObject({ name: 'ConfigError', code: 'invalid' });
    rmSync(file());
    await expect(open().store()).rejects.toMatchObject({ name: 'ConfigError', code: 'not_found' });
    expect(existsSync(join(home, 'state.db'))).toBe(false);
  });

  it('is not relied on when the configuration as a whole says another', async () => {
    write(REDIS);
    forgeNote();
    const installation = open({ quick: true });
    await installation.store();
    await expect(installation.config()).rejects.toMatchObject({
      name: 'ConfigError',
      message: `\`state\` of the configuration \`${file()}\` changed while it was being read; start again`,
    });
    await installation.close();
    expect(JSON.parse(readFileSync(note(), 'utf8'))).toMatchObject({ state: 'shared' });
  });

  it('is never taken from the note by a command, whose stop must reach the right store', async () => {
    write(REDIS);
    forgeNote();
    const installation = open();
    await expect(installation.store()).rejects.toMatchObject({ name: 'StateError', code: 'unavailable' });
    await installation.close();
  });

  it('needs no configuration for the log of this machine', async () => {
    const installation = open();
    await (await installation.adminLog()).write({ kind: 'config_refused', faults: 1 });
    expect((await (await installation.local()).heads.read('admin')).count).toBeGreaterThan(0);
    await installation.close();
  });

  it('has nothing to be warned of in SQLite', async () => {
    write({ version: 1 });
    const installation = open();
    expect(await installation.storeWarnings()).toEqual([]);
    await installation.close();
  });
});
