import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, parsePublicKey, verifySignature } from '../../src/approvals/signature.ts';
import type { PublicKey } from '../../src/approvals/signature.ts';
import { fitsEd25519, isEd25519Key } from '../../src/approvals/signature-ed25519.ts';
import { armored, hand, pairOf, SECURITY_KEY, sshLineOf, sshSignature } from './people.ts';

const MESSAGE = Buffer.from('countersign/verdict/v1\n{"v":1}');
const pair = pairOf('ann');
const base64 = pair.point.toString('base64');
const own: PublicKey = { type: 'ed25519', key: base64 };

describe('when a key signed', () => {
  it('says what keeps the key', () => {
    const [first, second] = [hand('ann'), hand('bob', 'ssh')];
    expect(verifySignature(first.key, MESSAGE, first.sign(MESSAGE))).toEqual({ ok: true, protection: 'passphrase' });
    expect(verifySignature(second.key, MESSAGE, second.sign(MESSAGE))).toEqual({ ok: true, protection: 'ssh' });
  });

  it.each([
    [0x05, true, { ok: true, protection: 'touch+pin' }],
    [0x05, false, { ok: true, protection: 'touch+pin' }],
    [0x01, false, { ok: true, protection: 'touch' }],
    [0x01, true, { ok: false, why: 'no_pin' }],
    [0x04, true, { ok: false, why: 'not_touched' }],
  ])('of the flags %i asks a PIN where the record does: %s', (flags, verifyRequired, expected) => {
    const key: PublicKey = { type: 'ssh', line: sshLineOf(pair, SECURITY_KEY), verifyRequired };
    const signature = armored(sshSignature(pair, MESSAGE, { ...SECURITY_KEY, flags }));
    expect(verifySignature(key, MESSAGE, signature)).toEqual(expected);
  });

  it.each([
    ['another message', Buffer.from('other'), hand('ann').sign(MESSAGE), 'does_not_fit'],
    ['another key', MESSAGE, hand('bob').sign(MESSAGE), 'does_not_fit'],
    ['the other kind', MESSAGE, hand('ann', 'ssh').sign(MESSAGE), 'malformed'],
    ['no padding', MESSAGE, hand('ann').sign(MESSAGE).replaceAll('=', ''), 'malformed'],
    ['a space', MESSAGE, `${hand('ann').sign(MESSAGE)} `, 'malformed'],
    ['63 bytes', MESSAGE, Buffer.alloc(63).toString('base64'), 'malformed'],
    ['nothing', MESSAGE, '', 'malformed'],
  ])('refuses %s', (_, message, signature, why) => {
    expect(verifySignature(own, message, signature)).toEqual({ ok: false, why });
  });

  it('refuses a key that is none', () => {
    expect(verifySignature({ type: 'ed25519', key: 'AAAA' }, MESSAGE, '')).toEqual({ ok: false, why: 'bad_key' });
    const line = sshLineOf(pair);
    const pinless: PublicKey = { type: 'ssh', line, verifyRequired: true };
    expect(verifySignature(pinless, MESSAGE, '')).toEqual({ ok: false, why: 'bad_key' });
  });

  it('never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    const blob = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => armored(Buffer.from([...Buffer.from('SSHSIG\0\0\0\u0001'), ...bytes])));
    const key = fc.oneof(
      text.map((word): PublicKey => ({ type: 'ed25519', key: word })),
      text.map((word): PublicKey => ({ type: 'ssh', line: `ssh-ed25519 ${word}`, verifyRequired: false })),
      fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes): PublicKey => ({ type: 'ed25519', key: Buffer.from(bytes).toString('base64') })),
      fc.constantFrom(own, hand('bob', 'ssh').key, hand('eve', 'sk').key),
    );
    fc.assert(
      fc.property(key, fc.oneof(text, blob), (publicKey, signature) => {
        expect(verifySignature(publicKey, MESSAGE, signature).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a fingerprint', () => {
  it('is one for one key, whichever kind it is enrolled as', () => {
    const ssh: PublicKey = { type: 'ssh', line: sshLineOf(pair), verifyRequired: false };
    expect(fingerprint(own)).toBe(fingerprint(ssh));
    expect(fingerprint(own)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(fingerprint(own)).not.toBe(fingerprint(hand('bob').key));
  });

  it('is not given to what is no key', () => {
    expect(() => fingerprint({ type: 'ed25519', key: '' })).toThrow(
      expect.objectContaining({ name: 'ApprovalError', code: 'bad_key' }) as Error,
    );
  });
});

describe('reading a public key', () => {
  it('takes the two kinds', () => {
    const ssh = { type: 'ssh', line: sshLineOf(pair, SECURITY_KEY), verifyRequired: true };
    expect(parsePublicKey(own)).toEqual(own);
    expect(parsePublicKey(ssh)).toEqual(ssh);
  });

  it.each([
    null,
    [],
    'ssh-ed25519',
    {},
    { type: 'ed25519' },
    { type: 'rsa', key: base64 },
    { type: 'ed25519', key: base64, more: 1 },
    { type: 'ed25519', key: `${base64} ` },
    { type: 'ed25519', key: 7 },
    { type: 'ssh', line: sshLineOf(pair) },
    { type: 'ssh', line: sshLineOf(pair), verifyRequired: 'no' },
    { type: 'ssh', line: sshLineOf(pair), verifyRequired: true },
    JSON.parse('{"type":"ed25519","__proto__":{"key":"x"}}'),
  ])('refuses %j', (value) => {
    expect(parsePublicKey(value)).toBeUndefined();
  });
});

describe('a point of small order', () => {
  // R of order one and S of zero fit any message if the key is the neutral element.
  it('would be a key that signed everything, and is refused', () => {
    const neutral = Buffer.alloc(32);
    neutral[0] = 1;
    const signature = Buffer.concat([neutral, Buffer.alloc(32)]);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), neutral]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(verify(null, MESSAGE, key, signature)).toBe(true);
    expect(fitsEd25519(neutral, MESSAGE, signature)).toBe(false);
    expect(parsePublicKey({ type: 'ed25519', key: neutral.toString('base64') })).toBeUndefined();
  });

  it.each([
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ])('is refused with either sign: %s', (point) => {
    expect(isEd25519Key(Buffer.from(point, 'hex'))).toBe(false);
  });
});
