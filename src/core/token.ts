/**
 * The grant token: `csg_`, 43 base62 characters (256 random bits), 6 base62 characters of checksum. The prefix lets
 * secret scanners find a leaked one, the checksum lets us refuse a mistyped one without asking the store.
 */

const PREFIX = 'csg_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const RANDOM_BYTES = 32;
const GRAMMAR = /^csg_[0-9A-Za-z]{49}$/;

/** The random bytes for a token are not as many as it needs. */
export class TokenError extends Error {
  readonly code = 'wrong_length';
  constructor(length: number) {
    super(`a token is made of ${RANDOM_BYTES} random bytes, not of ${length}`);
    this.name = 'TokenError';
  }
}

/**
 * The token for 32 random bytes. The bytes are one big-endian number, written in base 62: every number has a text of
 * its own, so no value is likelier than another. Throws `TokenError`.
 */
export function tokenFrom(bytes: Uint8Array): string {
  if (bytes.length !== RANDOM_BYTES) throw new TokenError(bytes.length);
  let number = 0n;
  for (const byte of bytes) number = number * 256n + BigInt(byte);
  const body = base62(number, BODY_LENGTH);
  return `${PREFIX}${body}${checksum(body)}`;
}

/** True if the text has the form of a token and its checksum is right. It says nothing of whether one was issued. */
export function isToken(text: string): boolean {
  if (!GRAMMAR.test(text)) return false;
  const body = text.slice(PREFIX.length, PREFIX.length + BODY_LENGTH);
  return text.endsWith(checksum(body));
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

function base62(number: bigint, length: number): string {
  let digits = '';
  for (let rest = number; rest > 0n; rest /= 62n) digits = ALPHABET.charAt(Number(rest % 62n)) + digits;
  return digits.padStart(length, '0');
}

/** CRC-32 of an ASCII text (ISO 3309, reflected polynomial 0xEDB88320). */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let position = 0; position < text.length; position += 1) {
    crc ^= text.charCodeAt(position);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
