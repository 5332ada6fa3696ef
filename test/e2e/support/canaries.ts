/** Marks that no text has by accident, and a search for them in whatever form they may have been written. */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A new mark: letters and digits alone, so that no escaping changes it. */
export function mark(): string {
  return `cnry${randomBytes(9).toString('hex')}`;
}

/** A mark that is a number: ten digits that do not occur by accident. */
export function numberMark(): number {
  return randomInt(7_000_000_000, 7_999_999_999);
}

/** Every way in which a text may stand in a file: as it is, in base64 at each offset, in hexadecimal, escaped, hashed. */
export function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const each = (write: (code: string) => string): string =>
    [...bytes].map((byte) => write(byte.toString(16).padStart(2, '0'))).join('');
  const texts = [
    text,
    text.toUpperCase(),
    ...[0, 1, 2].flatMap((shift) => inBase64(bytes, shift)),
    hex,
    hex.toUpperCase(),
    each((code) => `%${code}`),
    each((code) => `%${code.toUpperCase()}`),
    each((code) => `\\u00${code}`),
    each((code) => `\\x${code}`),
    Array.from(text).reverse().join(''),
  ];
  // A hash without a key is as good as the value, where there are few values.
  const digests = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) =>
    [text, JSON.stringify(text)].flatMap((hashed) => {
      const digest = createHash(name).update(hashed).digest();
      return [digest, Buffer.from(digest.toString('hex')), Buffer.from(digest.toString('base64').replace(/=+$/, ''))];
    }),
  );
  return [...texts.map((one) => Buffer.from(one)), Buffer.from(text, 'utf16le'), ...digests];
}

/** What of the text's base64 does not depend on its neighbours, when it begins `shift` bytes into a group of three. */
function inBase64(bytes: Buffer, shift: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const inner = whole.toString('base64').slice(shift === 0 ? 0 : 4, Math.floor(whole.length / 3) * 4);
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
}

/** Something that was written, and where it stands. */
export interface Written {
  readonly where: string;
  readonly bytes: Buffer;
}

/** Every file below a directory, but for those that the test itself made. */
export function filesBelow(directory: string, except: readonly string[] = []): readonly Written[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !except.includes(path))
    .map((path) => ({ where: path, bytes: readFileSync(path) }));
}

/** Where a text stands, in any form. */
export function placesOf(text: string, written: readonly Written[]): readonly string[] {
  const forms = formsOf(text);
  return written.filter(({ bytes }) => forms.some((form) => bytes.includes(form))).map(({ where }) => where);
}
