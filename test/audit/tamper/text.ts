/** Tampering with the bytes of a line. */
import { lineText, type PlainObject } from '../../../src/audit/chain.ts';
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import type { Base } from './base.ts';
import { linesOf, loosen, withFile, withLines, type Image } from './image.ts';
import { ALONE, altered, anySpot, below, ENDED, type Spot, type Tampering } from './tampering.ts';

function alone(name: string, what: string, apply: Tampering['apply']): Tampering {
  return { name, what, foundBy: ALONE, endings: ENDED, apply };
}

/** Somebody who changes one line of text. */
function line(name: string, what: string, change: (text: string, random: Random) => string): Tampering {
  return alone(name, what, (base, random) => {
    const { file, lines, index } = anySpot(base, random);
    return withLines(base.now.image, file, lines.with(index, change(lines[index] ?? '', random)));
  });
}

/** Somebody who changes the bytes of one line. */
function bytes(name: string, what: string, change: (before: Buffer, random: Random) => Buffer): Tampering {
  return alone(name, what, (base, random) => {
    const { file, lines, index } = anySpot(base, random);
    const pieces = lines.map((text, at) => (at === index ? change(Buffer.from(text), random) : Buffer.from(text)));
    return withFile(base.now.image, file, Buffer.concat(pieces.flatMap((piece) => [piece, Buffer.from('\n')])));
  });
}

function insertedAt(text: string, at: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at);
}

/** Places between two tokens. */
function seam(text: string, random: Random): number {
  const seams = [...text.matchAll(/[{}[\],:]/g)]
    .filter((found) => !insideString(text, found.index))
    .map(({ index }) => index);
  return pick(random, seams) + 1;
}

function insideString(text: string, at: number): boolean {
  let inside = false;
  for (let i = 0; i < at; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') inside = !inside;
  }
  return inside;
}

function replaced(before: Buffer, at: number, byte: number): Buffer {
  const after = Buffer.from(before);
  after[at] = byte;
  return after;
}

function spliced(before: Buffer, at: number, ...more: readonly number[]): Buffer {
  return Buffer.concat([before.subarray(0, at), Buffer.from(more), before.subarray(at)]);
}

/** Another byte that ends no line. */
function otherByte(byte: number, random: Random): number {
  const other = (byte + 1 + below(random, 255)) % 256;
  return other === 0x0a ? otherByte(byte, random) : other;
}

function withoutHash(text: string): string {
  return text.replace(/"hash":"[0-9a-f]{64}"\}\}\}$/, '"hash":""}}}');
}

function wholeFileAsCrlf({ now: { image } }: Base, random: Random): Image {
  const file = pick(random, [...image.keys()]);
  return withFile(
    image,
    file,
    Buffer.from(
      linesOf(image, file)
        .map((text) => `${text}\r\n`)
        .join(''),
    ),
  );
}

function shuffledKeys(base: Base, random: Random): Image {
  const { file, lines, index }: Spot = anySpot(base, random);
  const { json } = loosen(lines[index] ?? '');
  const turned = Object.fromEntries(Object.entries(json).reverse()) as PlainObject;
  return withLines(base.now.image, file, lines.with(index, lineText(turned)));
}

export const TEXT: readonly Tampering[] = [
  bytes('byte', 'changes a byte', (before, random) => {
    const at = below(random, before.length);
    return replaced(before, at, otherByte(before[at] ?? 0, random));
  }),
  line('value', 'changes a value', (text, random) => lineText(altered(loosen(text), random).json)),
  line('white-space', 'puts a blank or a tab between two tokens', (text, random) =>
    insertedAt(text, seam(text, random), pick(random, [' ', '\t', '  '])),
  ),
  line('double-key', 'writes a key twice, the second time with the true value', (text, random) => {
    const [found] = pick(random, [...text.matchAll(/"(time|message|metadata|kind|prev|code|class_uid)":/g)]);
    return text.replace(found, `${found}1,${found}`);
  }),
  line('escape', 'writes a character as an escape', (text, random) => {
    const letters = [...text.matchAll(/(?<=[a-z"])[a-z](?=[a-z])/g)].filter(({ index }) => insideString(text, index));
    const { index, 0: letter } = pick(random, letters);
    const escape = `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return text.slice(0, index) + escape + text.slice(index + 1);
  }),
  line('number-form', 'writes a number in another way', (text, random) =>
    text.replace(
      /"seq":(\d+)/,
      (_, digits: string) => `"seq":${pick(random, [`${digits}.0`, `${digits}e0`, `-${digits}`, `0${digits}`])}`,
    ),
  ),
  line('huge-number', 'puts a number that no computer holds exactly', (text, random) =>
    text.replace(/"time":\d+/, `"time":${pick(random, ['9007199254740993', '1e400', '-1e-400', '9'.repeat(5_000)])}`),
  ),
  line('not-a-number', 'puts NaN, Infinity or a bare word', (text, random) =>
    text.replace(/"time":\d+/, `"time":${pick(random, ['NaN', 'Infinity', '-Infinity', 'undefined', 'True'])}`),
  ),
  line('half-character', 'puts half of a character, and leaves the hash empty', (text) =>
    withoutHash(text.replace('"message":"', '"message":"\\ud800')),
  ),
  line('deep', 'nests a value without end', (text, random) => {
    const depth = pick(random, [300, 3_000, 20_000]);
    return text.replace('"message":', `"deep":${'['.repeat(depth)}${']'.repeat(depth)},"message":`);
  }),
  line('long', 'makes a line longer than any', (text, random) =>
    text.replace('"message":"', `"message":"${'x'.repeat(8_000 + below(random, 200_000))}`),
  ),
  line('carriage-return', 'ends a line as Windows does', (text) => `${text}\r`),
  alone('crlf', 'ends every line of a file as Windows does', wholeFileAsCrlf),
  bytes('bad-utf8', 'puts a byte that is no UTF-8', (before, random) =>
    spliced(before, below(random, before.length), pick(random, [0xff, 0xc0, 0x80, 0xed])),
  ),
  bytes('nul', 'puts a NUL', (before, random) => spliced(before, below(random, before.length + 1), 0)),
  bytes('bom', 'puts a byte order mark before a line', (before) => spliced(before, 0, 0xef, 0xbb, 0xbf)),
  line('blank-line', 'puts an empty line', (text, random) => (random() < 0.5 ? `\n${text}` : `${text}\n`)),
  {
    ...{ name: 'key-order', what: 'turns the order of the keys round, which changes nothing that the log says' },
    ...{ foundBy: [], endings: ENDED, apply: shuffledKeys },
  },
];
