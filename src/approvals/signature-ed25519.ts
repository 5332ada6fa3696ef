/** Ed25519 (RFC 8032) with keys as their 32 bytes. */
import { createPublicKey, verify } from 'node:crypto';

export const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * The points of small order, without the bit of the sign. With one of them as key there are signatures that fit every
 * message, so whoever enrols one can say later that anybody signed.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** True for 32 bytes that may be a key. */
export function isEd25519Key(key: Buffer): boolean {
  if (key.length !== KEY_BYTES) return false;
  const point = Buffer.from(key);
  point.writeUInt8(point.readUInt8(KEY_BYTES - 1) & 0x7f, KEY_BYTES - 1);
  return !SMALL_ORDER.has(point.toString('hex'));
}

/** True if the 64 bytes are the key's signature of the message. Never throws. */
export function fitsEd25519(key: Buffer, message: Buffer, signature: Buffer): boolean {
  if (!isEd25519Key(key) || signature.length !== SIGNATURE_BYTES) return false;
  try {
    // As a JSON Web Key (RFC 8037): OpenSSL takes twenty times as long to read one in DER, nearly as long as to verify.
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}
