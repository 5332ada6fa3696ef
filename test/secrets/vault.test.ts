import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPasswordService } from '../../src/secrets/os-keyring.ts';
import { openVault, type KeyringOptions, type PasswordService, type Vault } from '../../src/secrets/index.ts';

let home: string;
let keys: string;
beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), 'countersign-secrets-'));
  keys = join(home, 'keys');
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

const OFF = { COUNTERSIGN_KEYRING: 'off' };
const VALUE = 'sk_live_51_canary_value';
function vaultWith(over: Partial<KeyringOptions> = {}): Vault {
  return openVault({ keysDirectory: keys, home, env: OFF, ...over });
}
const sealedFiles = (): string[] => fs.readdirSync(join(keys, 'secrets')).sort();
const fault = (code: string): { name: string; code: string } => ({ name: 'SecretError', code });

/** A keyring in memory, which a test can make fail. */
function memoryKeyring(): PasswordService & { readonly kept: Map<string, string>; fails: boolean; forgets: boolean } {
  const kept = new Map<string, string>();
  return {
    kept,
    fails: false,
    forgets: false,
    get(account) {
      if (this.fails) return Promise.reject(new Error("Couldn't access platform storage: AccessDenied"));
      return Promise.resolve(this.forgets ? null : (kept.get(account) ?? null));
    },
    set(account, password) {
      if (this.fails) return Promise.reject(new Error("Couldn't access platform storage: AccessDenied"));
      if (!this.forgets) kept.set(account, password);
      return Promise.resolve();
    },
    remove(account) {
      kept.delete(account);
      return Promise.resolve();
    },
  };
}

describe('when a secret is set', () => {
  it('opens again for an upstream, also in another process', async () => {
    expect(await vaultWith().set('stripe-live', VALUE, ['stripe'])).toEqual({ name: 'stripe-live', version: 1 });
    expect(await vaultWith().open('stripe-live', 'stripe')).toBe(VALUE);
  });

  it('leaves no trace of the value on the disk, and private files only', async () => {
    await vaultWith().set('stripe-live', VALUE, null);
    const files = fs.readdirSync(home, { recursive: true, withFileTypes: true });
    for (const entry of files) {
      const path = join(entry.parentPath, entry.name);
      expect(fs.statSync(path).mode & 0o077).toBe(0);
      if (entry.isFile()) expect(fs.readFileSync(path, 'latin1')).not.toContain('canary');
    }
    expect(
      files
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['master.key', 'stripe-live@1.json']);
  });

  it('counts the version up and keeps only the newest', async () => {
    const vault = vaultWith();
    await vault.set('stripe-live', 'one', null);
    expect(await vault.set('stripe-live', 'two', null)).toMatchObject({ version: 2 });
    expect(sealedFiles()).toEqual(['stripe-live@2.json']);
    expect(await vault.open('stripe-live', 'any')).toBe('two');
  });

  it('gives each of several writers a version of its own', async () => {
    const set = await Promise.all(Array.from({ length: 6 }, (_, i) => vaultWith().set('k', `value ${i}`, null)));
    expect(set.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sealedFiles()).toEqual(['k@6.json']);
  });

  it.each(['', 'Upper', '.hidden', '../escape', 'a/b', 'a@1', 'a b', 'é', 'x'.repeat(65), 'a\n'])(
    'refuses the name %j and makes no file',
    async (name) => {
      await expect(vaultWith().set(name, VALUE, null)).rejects.toMatchObject(fault('bad_name'));
      await expect(vaultWith().open(name, 'stripe')).rejects.toMatchObject(fault('bad_name'));
      await expect(vaultWith().remove(name)).rejects.toMatchObject(fault('bad_name'));
      expect(fs.existsSync(keys)).toBe(false);
    },
  );

  it('refuses values that no environment can carry, and says so without the value', async () => {
    for (const value of ['', 'a\0b', '\ud800', 'x'.repeat(65_537)]) {
      await expect(vaultWith().set('k', value, null)).rejects.toMatchObject(fault('bad_value'));
    }
    await expect(vaultWith().set('k', 'canary\0', null)).rejects.toThrow(
      /^the value holds a NUL character, which no environment can carry$/,
    );
    await vaultWith().set('k', 'x'.repeat(65_536), null);
  });
});

describe('when a secret is opened', () => {
  it('says that there is none, and how to set it', async () => {
    await expect(vaultWith().open('stripe-live', 'stripe')).rejects.toMatchObject({
      ...fault('missing'),
      message: 'there is no secret `stripe-live`; set it with `countersign secret set stripe-live`',
    });
  });

  it('is refused to an upstream it was not sealed for', async () => {
    await vaultWith().set('k', VALUE, ['stripe', 'square']);
    await expect(vaultWith().open('k', 'evil')).rejects.toMatchObject(fault('not_for_upstream'));
    expect(await vaultWith().open('k', 'square')).toBe(VALUE);
  });

  it('is released to a state store only if it was sealed for that one', async () => {
    const [store, other] = ['state:redis://acme@host:6379/0', 'state:redis://acme@evil:6379/0'];
    await vaultWith().set('everyone', VALUE, null);
    await expect(vaultWith().open('everyone', store)).rejects.toMatchObject({
      ...fault('not_for_upstream'),
      message:
        "the secret `everyone` is not sealed for the state store `redis://acme@host:6379/0`; run: countersign secret set everyone --for-state 'redis://acme@host:6379/0'",
    });
    await vaultWith().set('redis', VALUE, [store]);
    expect(await vaultWith().open('redis', store)).toBe(VALUE);
    for (const receiver of [other, 'stripe'])
      await expect(vaultWith().open('redis', receiver)).rejects.toMatchObject(fault('not_for_upstream'));
  });

  it('is sealed for nobody when the list is empty', async () => {
    await vaultWith().set('k', VALUE, []);
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('not_for_upstream'));
  });

  it('finds every change of the sealed file', async () => {
    await vaultWith().set('k', VALUE, ['stripe']);
    const path = join(keys, 'secrets', 'k@1.json');
    const text = fs.readFileSync(path, 'utf8');
    const changes = [
      text.replace('"stripe"', '"evil"'),
      text.replace(/"upstreams": \[[^\]]*\]/, '"upstreams": null'),
      text.replace('"version": 1', '"version": 2'),
      'junk',
      '',
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(text);
      fs.writeFileSync(path, changed);
      await expect(vaultWith().open('k', 'evil')).rejects.toMatchObject(fault('tampered'));
    }
  });

  it('finds a sealed file under another name or version', async () => {
    await vaultWith().set('k', VALUE, null);
    const path = join(keys, 'secrets', 'k@1.json');
    fs.copyFileSync(path, join(keys, 'secrets', 'other@1.json'));
    fs.copyFileSync(path, join(keys, 'secrets', 'k@2.json'));
    await expect(vaultWith().open('other', 'stripe')).rejects.toMatchObject(fault('tampered'));
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('tampered'));
  });

  it('refuses files and directories that others can use', async () => {
    await vaultWith().set('k', VALUE, null);
    for (const path of [join(keys, 'secrets', 'k@1.json'), join(keys, 'master.key'), join(keys, 'secrets')]) {
      const { mode } = fs.statSync(path);
      fs.chmodSync(path, mode | 0o040);
      await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('unsafe_file'));
      fs.chmodSync(path, mode);
    }
    expect(await vaultWith().open('k', 'stripe')).toBe(VALUE);
  });

  it('follows no symbolic link', async () => {
    await vaultWith().set('k', VALUE, null);
    const path = join(keys, 'secrets', 'k@1.json');
    fs.renameSync(path, join(home, 'elsewhere'));
    fs.symlinkSync(join(home, 'elsewhere'), path);
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('unsafe_file'));
  });
});

describe('when secrets are listed', () => {
  it('gives names, versions and upstreams, and tells damaged ones apart', async () => {
    expect(await vaultWith().list()).toEqual([]);
    await vaultWith().set('a', VALUE, ['stripe', 'paypal', 'stripe']);
    await vaultWith().set('b', VALUE, null);
    fs.writeFileSync(join(keys, 'secrets', 'b@1.json'), 'junk');
    fs.writeFileSync(join(keys, 'secrets', 'notes.txt'), 'not a secret');
    expect(await vaultWith().list()).toEqual([
      { name: 'a', version: 1, upstreams: ['paypal', 'stripe'], state: 'sealed' },
      { name: 'b', version: 1, upstreams: null, state: 'damaged' },
    ]);
  });
});

describe('when a secret is removed', () => {
  it('is gone, and its version is never given out again', async () => {
    await vaultWith().set('k', VALUE, null);
    expect(await vaultWith().remove('k')).toEqual({ name: 'k', version: 1 });
    expect(await vaultWith().list()).toEqual([]);
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('missing'));
    await expect(vaultWith().remove('k')).rejects.toMatchObject(fault('missing'));
    expect(await vaultWith().set('k', VALUE, null)).toMatchObject({ version: 3 });
    expect(sealedFiles()).toEqual(['k@3.json']);
  });
});

describe('when the master key is looked for', () => {
  const hex = '11'.repeat(32);
  const base64 = Buffer.alloc(32, 0x22).toString('base64');

  it('is made in the keyring where that works, and nothing of it is in a file', async () => {
    const keyring = memoryKeyring();
    const over = { env: {}, loadService: () => Promise.resolve(keyring) };
    await vaultWith(over).set('k', VALUE, null);
    expect([...keyring.kept.keys()]).toEqual([home]);
    expect(fs.existsSync(join(keys, 'master.key'))).toBe(false);
    expect(await vaultWith(over).open('k', 'stripe')).toBe(VALUE);
  });

  it.each(['fails', 'forgets'] as const)('is made in a file where the keyring %s', async (how) => {
    const keyring = memoryKeyring();
    keyring[how] = true;
    await vaultWith({ env: {}, loadService: () => Promise.resolve(keyring) }).set('k', VALUE, null);
    expect(fs.statSync(join(keys, 'master.key')).mode & 0o777).toBe(0o600);
    expect(await vaultWith().open('k', 'stripe')).toBe(VALUE);
  });

  it('does not ask the keyring when that is off', async () => {
    let asked = false;
    const loadService = (): Promise<undefined> => {
      asked = true;
      return Promise.resolve(undefined);
    };
    await vaultWith({ loadService }).set('k', VALUE, null);
    expect(asked).toBe(false);
  });

  it.each([hex, base64])('is taken from the environment when there is no other', async (given) => {
    const env = { ...OFF, COUNTERSIGN_MASTER_KEY: given };
    await vaultWith({ env }).set('k', VALUE, null);
    expect(fs.existsSync(join(keys, 'master.key'))).toBe(false);
    expect(await vaultWith({ env }).open('k', 'stripe')).toBe(VALUE);
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('keyring_unavailable'));
    const other = { ...OFF, COUNTERSIGN_MASTER_KEY: '33'.repeat(32) };
    await expect(vaultWith({ env: other }).open('k', 'stripe')).rejects.toMatchObject(fault('wrong_key'));
  });

  it('refuses an environment key of another form, without repeating it', async () => {
    const env = { ...OFF, COUNTERSIGN_MASTER_KEY: 'canary' };
    await expect(vaultWith({ env }).set('k', VALUE, null)).rejects.toMatchObject({
      ...fault('keyring_unavailable'),
      message: '`COUNTERSIGN_MASTER_KEY` is not a key: 32 bytes in base64 or hexadecimal are expected',
    });
  });

  it('finds the key that a secret was sealed with among several', async () => {
    const env = { ...OFF, COUNTERSIGN_MASTER_KEY: hex };
    await vaultWith({ env }).set('old', 'sealed by the environment', null);
    await vaultWith().set('new', 'sealed by the file', null);
    expect(await vaultWith({ env }).open('old', 'stripe')).toBe('sealed by the environment');
    expect(await vaultWith({ env }).open('new', 'stripe')).toBe('sealed by the file');
  });

  it('is not made by opening', async () => {
    await vaultWith().set('k', VALUE, null);
    fs.unlinkSync(join(keys, 'master.key'));
    await expect(vaultWith().open('k', 'stripe')).rejects.toMatchObject(fault('keyring_unavailable'));
    expect(fs.existsSync(join(keys, 'master.key'))).toBe(false);
  });

  it('is one key for several processes that seal first at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, i) => vaultWith().set(`k${i}`, `v${i}`, null)));
    for (let i = 0; i < 5; i += 1) expect(await vaultWith().open(`k${i}`, 'stripe')).toBe(`v${i}`);
  });

  it('uses the real keyring of this machine only if it keeps what it is given', async () => {
    // Headless machines have none; either way the secret must open again.
    const over = { env: {} };
    await vaultWith(over).set('k', VALUE, null);
    expect(await vaultWith(over).open('k', 'stripe')).toBe(VALUE);
    await (await loadPasswordService())?.remove(home).catch(() => undefined);
  });
});

describe('where the master key is', () => {
  const KEY = Buffer.alloc(32, 7).toString('base64');

  it('is nowhere before the first secret, and asking makes none', async () => {
    expect(await vaultWith().keyPlaces()).toEqual([]);
    expect(fs.existsSync(keys)).toBe(false);
  });

  it('is told in the order in which the places are asked', async () => {
    await vaultWith().set('a', VALUE, null);
    expect(await vaultWith().keyPlaces()).toEqual(['file']);
    const service = memoryKeyring();
    await service.set(home, KEY);
    const env = { COUNTERSIGN_MASTER_KEY: KEY };
    const places = await vaultWith({ env, loadService: () => Promise.resolve(service) }).keyPlaces();
    expect(places).toEqual(['keyring', 'file', 'environment']);
  });

  it('is an error where something else is in its place', async () => {
    const env = { ...OFF, COUNTERSIGN_MASTER_KEY: 'short' };
    await expect(vaultWith({ env }).keyPlaces()).rejects.toMatchObject(fault('keyring_unavailable'));
  });
});
