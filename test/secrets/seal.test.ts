import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masterKey, parseSealed, seal, sealedText, unseal } from '../../src/secrets/seal.ts';

const key = masterKey(Buffer.alloc(32, 7));
const sealedFor = { name: 'stripe-live', version: 3, upstreams: ['stripe'] };
const code = (fault: string): Error => expect.objectContaining({ name: 'SecretError', code: fault }) as Error;

describe('when a value is sealed', () => {
  it('opens with the same key to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        expect(unseal(seal(value, sealedFor, key), key)).toBe(value);
      }),
    );
  });

  it('is AES-256-GCM over the canonical name, version and upstreams', () => {
    const { nonce, ciphertext, tag } = seal('sk_live_x', sealedFor, key);
    const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 7), Buffer.from(nonce, 'base64'));
    decipher.setAAD(Buffer.from('{"name":"stripe-live","upstreams":["stripe"],"v":1,"version":3}'));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    expect(Buffer.concat([decipher.update(ciphertext, 'base64'), decipher.final()]).toString()).toBe('sk_live_x');
    expect(Buffer.from(nonce, 'base64')).toHaveLength(12);
    expect(Buffer.from(tag, 'base64')).toHaveLength(16);
  });

  it('names its key by the first 8 bytes of a hash of it', () => {
    // printf 'countersign/master-key/v1' + 32 bytes of 07, SHA-256
    expect(key.id).toBe('5ca26a1f42c4be8c');
  });

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 500 }, () => seal('x', sealedFor, key).nonce);
    expect(new Set(nonces).size).toBe(500);
  });
});

describe('when a sealed value was changed', () => {
  const sealed = seal('sk_live_x', sealedFor, key);
  const flipped = (base64: string): string => {
    const bytes = Buffer.from(base64, 'base64');
    bytes[0]! ^= 1;
    return bytes.toString('base64');
  };
  it.each([
    ['name', { name: 'other' }],
    ['version', { version: 4 }],
    ['upstreams', { upstreams: ['stripe', 'evil'] }],
    ['upstreams', { upstreams: null }],
    ['nonce', { nonce: flipped(sealed.nonce) }],
    ['ciphertext', { ciphertext: flipped(sealed.ciphertext) }],
    ['tag', { tag: flipped(sealed.tag) }],
    ['tag', { tag: Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64') }],
  ])('refuses another %s', (_, change) => {
    expect(() => unseal({ ...sealed, ...change }, key)).toThrow(code('tampered'));
  });

  it('refuses another key', () => {
    expect(() => unseal(sealed, masterKey(Buffer.alloc(32, 8)))).toThrow(code('wrong_key'));
  });

  it('reads only files of exactly its form', () => {
    expect(parseSealed(sealedText(sealed))).toEqual(sealed);
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"v":2}',
      sealedText({ ...sealed, version: 0 }),
      sealedText({ ...sealed, extra: 1 } as never),
    ]) {
      expect(parseSealed(text)).toBeUndefined();
    }
  });
});

describe('when a key has another length', () => {
  it('is refused', () => {
    expect(() => masterKey(Buffer.alloc(31))).toThrow(code('keyring_unavailable'));
  });
});
