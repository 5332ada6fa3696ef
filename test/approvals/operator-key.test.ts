import { createCipheriv, createDecipheriv, createPublicKey, scryptSync, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeOperatorKey, unlockOperatorKey, weaknessOf } from '../../src/approvals/operator-key.ts';
import type { OperatorKey } from '../../src/approvals/operator-key.ts';
import { verifySignature } from '../../src/approvals/signature.ts';

const PASSPHRASE = 'correct horse battery';
const MESSAGE = Buffer.from('countersign/verdict/v1\n{}');
const code = (fault: string): Error => expect.objectContaining({ name: 'ApprovalError', code: fault }) as Error;

interface KeyFile {
  v: number;
  name: string;
  publicKey: string;
  kdf: { name: string; N: number; r: number; p: number; salt: string };
  nonce: string;
  ciphertext: string;
  tag: string;
}

let made: OperatorKey;
let file: KeyFile;
beforeAll(async () => {
  made = await makeOperatorKey('ann', PASSPHRASE);
  file = JSON.parse(made.sealedText) as KeyFile;
});

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[0]! ^= 1;
  return bytes.toString('base64');
}

describe('when an operator gets a key', () => {
  it('opens with the passphrase, signs, and signs no more once forgotten', async () => {
    const key = await unlockOperatorKey(made.sealedText, PASSPHRASE);
    expect(key).toMatchObject({ name: 'ann', publicKey: made.publicKey });
    const signature = key.sign(MESSAGE).toString('base64');
    expect(verifySignature(made.publicKey, MESSAGE, signature)).toEqual({ ok: true, protection: 'passphrase' });
    key.forget();
    key.forget();
    expect(() => key.sign(MESSAGE)).toThrow(code('forgotten'));
  });

  it('is sealed as AES-256-GCM under scrypt, with its name and public key', () => {
    expect(Object.keys(file)).toEqual(['v', 'name', 'publicKey', 'kdf', 'nonce', 'ciphertext', 'tag']);
    expect(file).toMatchObject({ v: 1, name: 'ann', kdf: { name: 'scrypt', N: 131_072, r: 8, p: 1 } });
    const salt = Buffer.from(file.kdf.salt, 'base64');
    expect(salt).toHaveLength(16);
    const derived = scryptSync(PASSPHRASE, salt, 32, { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });
    const decipher = createDecipheriv('aes-256-gcm', derived, Buffer.from(file.nonce, 'base64'));
    decipher.setAAD(
      Buffer.from(`countersign/operator-key/v1\n{"name":"ann","publicKey":${JSON.stringify(file.publicKey)}}`),
    );
    decipher.setAuthTag(Buffer.from(file.tag, 'base64'));
    const secret = Buffer.concat([decipher.update(file.ciphertext, 'base64'), decipher.final()]);
    expect(secret.subarray(0, 16).toString('hex')).toBe('302e020100300506032b657004220420');
    expect(made.sealedText).not.toContain(secret.subarray(16).toString('base64').slice(0, 20));
  });

  it('takes one passphrase from every keyboard', async () => {
    const { sealedText } = await makeOperatorKey('zoe', 'zo\u00eb likes tea at 4');
    const key = await unlockOperatorKey(sealedText, 'zoe\u0308 likes tea at 4');
    expect(key.name).toBe('zoe');
  });
});

describe('when a passphrase is weak', () => {
  it.each([
    ['', 'the passphrase is empty'],
    [' \t\n            ', 'the passphrase is empty'],
    ['elevenchars', 'the passphrase is shorter than 12 characters'],
    ['\u{1F600}'.repeat(11), 'the passphrase is shorter than 12 characters'],
    ['x'.repeat(1025), 'the passphrase is longer than 1024 characters'],
    ['half a \ud800 character', 'the passphrase holds half a character'],
  ])('says so: %j', async (passphrase, words) => {
    expect(weaknessOf(passphrase)).toBe(words);
    await expect(makeOperatorKey('ann', passphrase)).rejects.toThrow(code('weak_passphrase'));
  });

  it('takes twelve characters', () => {
    expect(weaknessOf('twelve chars')).toBeNull();
  });

  it.each(['', 'Ann', '-ann', 'a/b', 'a'.repeat(65), '__proto__'])('refuses the name %j', async (name) => {
    await expect(makeOperatorKey(name, PASSPHRASE)).rejects.toThrow(code('bad_name'));
  });
});

describe('when a key does not open', () => {
  const message = 'the key does not open: the passphrase is wrong, or the file was changed';

  it('does not tell a wrong passphrase from a changed file', async () => {
    const other = await makeOperatorKey('bob', PASSPHRASE);
    const otherFile = JSON.parse(other.sealedText) as KeyFile;
    const attempts: readonly (readonly [string, string])[] = [
      [made.sealedText, 'correct horse batterz'],
      [made.sealedText, ''],
      [textOf({ ...file, name: 'bob' }), PASSPHRASE],
      [textOf({ ...file, publicKey: otherFile.publicKey }), PASSPHRASE],
      [textOf({ ...file, kdf: { ...file.kdf, salt: flipped(file.kdf.salt) } }), PASSPHRASE],
      [textOf({ ...file, nonce: flipped(file.nonce) }), PASSPHRASE],
      [textOf({ ...file, ciphertext: flipped(file.ciphertext) }), PASSPHRASE],
      [textOf({ ...file, tag: flipped(file.tag) }), PASSPHRASE],
    ];
    for (const [text, passphrase] of attempts) {
      const opened = unlockOperatorKey(text, passphrase);
      await expect(opened).rejects.toThrow(code('wrong_passphrase'));
      await expect(opened).rejects.toThrow(message);
    }
  });

  it('refuses what is no sealed key, before the passphrase costs anything', async () => {
    const { v, ...rest } = file;
    const texts = [
      '',
      'null',
      '[]',
      '{',
      made.sealedText.trimEnd(),
      `${made.sealedText} `,
      JSON.stringify(file),
      textOf(rest),
      textOf({ ...file, more: 1 }),
      textOf({ ...rest, v: v + 1 }),
      textOf({ ...file, v: 2 }),
      textOf({ ...file, name: '../ann' }),
      textOf({ ...file, publicKey: Buffer.alloc(32).toString('base64') }),
      textOf({ ...file, nonce: Buffer.alloc(16).toString('base64') }),
      textOf({ ...file, tag: Buffer.alloc(4).toString('base64') }),
      textOf({ ...file, ciphertext: Buffer.alloc(49).toString('base64') }),
      textOf({ ...file, ciphertext: file.ciphertext.replace('=', '') + ' ' }),
      made.sealedText.replace('"v"', '"__proto__"'),
      made.sealedText.replace('{\n', '{\n  "v": 1,\n'),
      ' '.repeat(5000),
    ];
    for (const text of texts) await expect(unlockOperatorKey(text, PASSPHRASE)).rejects.toThrow(code('bad_key_file'));
  });

  it.each([
    ['64 GiB', { N: 2 ** 26 }],
    ['a gigabyte', { N: 2 ** 20 }],
    ['hardly any work', { N: 2 }],
    ['wide blocks', { r: 4096 }],
    ['many lanes', { p: 65_536 }],
    ['another function', { name: 'pbkdf2' }],
    ['a short salt', { salt: 'AAAA' }],
    ['no numbers', { N: '131072' }],
    ['more', { maxmem: 2 ** 36 }],
  ])('refuses a file that asks for %s', async (_, change) => {
    const hostile = textOf({ ...file, kdf: { ...file.kdf, ...change } });
    await expect(unlockOperatorKey(hostile, PASSPHRASE)).rejects.toThrow(code('bad_key_file'));
  });

  it('refuses another private key under a true name and public key', async () => {
    // Only who knows the passphrase can make such a file; what it signs would not verify.
    const salt = Buffer.from(file.kdf.salt, 'base64');
    const derived = scryptSync(PASSPHRASE, salt, 32, { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });
    for (const seed of [
      Buffer.alloc(48),
      Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 5)]),
    ]) {
      const cipher = createCipheriv('aes-256-gcm', derived, Buffer.from(file.nonce, 'base64'));
      cipher.setAAD(
        Buffer.from(`countersign/operator-key/v1\n{"name":"ann","publicKey":${JSON.stringify(file.publicKey)}}`),
      );
      const ciphertext = Buffer.concat([cipher.update(seed), cipher.final()]).toString('base64');
      const forged = textOf({ ...file, ciphertext, tag: cipher.getAuthTag().toString('base64') });
      await expect(unlockOperatorKey(forged, PASSPHRASE)).rejects.toThrow(code('wrong_passphrase'));
    }
  });

  it('has a public key that OpenSSL takes', () => {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(file.publicKey, 'base64')]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(verify(null, MESSAGE, key, Buffer.alloc(64))).toBe(false);
  });
});
