/** Tampering with files: cut, emptied, removed, renamed, copied, exchanged, put back. */
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import type { Base, Ending } from './base.ts';
import { adminFiles, callsFiles, linesOf, loosen, withFile, withLines, type Image } from './image.ts';
import { ALONE, anyCalls, below, ENDED, OUTSIDE, type Known, type Tampering } from './tampering.ts';

function change(
  name: string,
  what: string,
  apply: (image: Image, random: Random, base: Base) => Image | undefined,
  foundBy: readonly Known[] = ALONE,
  endings: readonly Ending[] = ENDED,
): Tampering {
  return { name, what, foundBy, endings, apply: (base, random) => apply(base.now.image, random, base) };
}

function bytesOf(image: Image, file: string): Buffer {
  return image.get(file) ?? Buffer.alloc(0);
}

/** Bytes of the complete lines. */
function wholeBytes(image: Image, file: string): number {
  return bytesOf(image, file).lastIndexOf('\n') + 1;
}

/** The file without its last records, and without at least one. */
function cutAtRecord(image: Image, file: string, random: Random, keepAtLeast = 0): Image {
  const lines = linesOf(image, file);
  return withLines(image, file, lines.slice(0, keepAtLeast + below(random, lines.length - keepAtLeast)));
}

/** The file up to the middle of a record. */
function cutInRecord(image: Image, file: string, random: Random): Image {
  const whole = bytesOf(image, file).subarray(0, wholeBytes(image, file));
  const end = 1 + below(random, whole.length - 1);
  return withFile(image, file, whole.subarray(0, whole[end - 1] === 0x0a ? end - 1 : end));
}

function oneCalls(image: Image, random: Random): string {
  return pick(random, callsFiles(image));
}
/** A file of the admin stream that another continues. */
function continuedAdmin(image: Image, random: Random): string | undefined {
  const files = adminFiles(image).slice(0, -1);
  return files.length === 0 ? undefined : pick(random, files);
}
function lastAdmin(image: Image): string {
  return adminFiles(image).at(-1) ?? '';
}

function renamed(image: Image, from: string, to: string): Image {
  return withFile(withFile(image, from, undefined), to, bytesOf(image, from));
}

function exchanged(image: Image, one: string, other: string): Image {
  return withFile(withFile(image, one, bytesOf(image, other)), other, bytesOf(image, one));
}

function anotherName(file: string, random: Random): string {
  return file.replace(/.\.jsonl$/, (end) => `${end[0] === '7' ? '3' : '7'}${below(random, 1e4)}.jsonl`);
}

/** The file that is still written to. */
function openFile({ now: { knowledge } }: Base): string | undefined {
  return knowledge.rows[0]?.file;
}

function twoCalls(image: Image, random: Random): readonly [string, string] | undefined {
  const files = callsFiles(image);
  const one = pick(random, files);
  const others = files.filter((file) => file !== one);
  return others.length === 0 ? undefined : [one, pick(random, others)];
}

/** The beginning of one segment and the end of another, where their numbers meet. */
function spliced(image: Image, random: Random): Image | undefined {
  const two = twoCalls(image, random);
  if (two === undefined) return undefined;
  const [head, tail] = [linesOf(image, two[0]), linesOf(image, two[1])];
  const at = 1 + below(random, Math.min(head.length, tail.length) - 1);
  return withLines(image, two[0], [...head.slice(0, at), ...tail.slice(at)]);
}

export const FILES: readonly Tampering[] = [
  change('cut-calls', 'cuts records off the end of a calls file', (image, random) =>
    cutAtRecord(image, oneCalls(image, random), random),
  ),
  change('cut-calls-torn', 'cuts a calls file in the middle of a line', (image, random) =>
    cutInRecord(image, oneCalls(image, random), random),
  ),
  change('cut-admin', 'cuts a file of the admin stream that another continues', (image, random) => {
    const file = continuedAdmin(image, random);
    if (file === undefined) return undefined;
    return random() < 0.5 ? cutAtRecord(image, file, random) : cutInRecord(image, file, random);
  }),
  change(
    'cut-stream',
    'cuts records off the end of the admin stream',
    (image, random) => cutAtRecord(image, lastAdmin(image), random),
    OUTSIDE,
  ),
  change(
    'cut-stream-torn',
    'cuts the end of the admin stream in the middle of a line',
    (image, random) => cutInRecord(image, lastAdmin(image), random),
    OUTSIDE,
  ),
  change(
    'cut-open',
    'cuts records off a file that is written to',
    (image, random, base) => {
      const file = openFile(base);
      return file === undefined ? undefined : cutAtRecord(image, file, random);
    },
    OUTSIDE,
    ['open'],
  ),
  change(
    'remove-open',
    'removes a file that is written to',
    (image, _, base) => {
      const file = openFile(base);
      return file === undefined ? undefined : withFile(image, file, undefined);
    },
    ALONE,
    ['open'],
  ),
  change('empty-calls', 'empties a calls file', (image, random) =>
    withFile(image, oneCalls(image, random), Buffer.alloc(0)),
  ),
  change('empty-admin', 'empties a file of the admin stream that another continues', (image, random) => {
    const file = continuedAdmin(image, random);
    return file === undefined ? undefined : withFile(image, file, Buffer.alloc(0));
  }),
  change('remove-calls', 'removes a calls file', (image, random) =>
    withFile(image, oneCalls(image, random), undefined),
  ),
  change('remove-admin', 'removes a file of the admin stream that another continues', (image, random) => {
    const file = continuedAdmin(image, random);
    return file === undefined ? undefined : withFile(image, file, undefined);
  }),
  change(
    'remove-stream',
    'removes the whole admin stream',
    (image) => new Map([...image].filter(([file]) => !file.startsWith('admin-'))),
  ),
  change(
    'remove-last-admin',
    'removes the last file of the admin stream',
    (image) => withFile(image, lastAdmin(image), undefined),
    OUTSIDE,
  ),
  change('remove-all', 'removes every file', () => new Map(), OUTSIDE),
  change('rename-calls', 'gives a calls file another name', (image, random) => {
    const file = oneCalls(image, random);
    return renamed(image, file, anotherName(file, random));
  }),
  change('rename-admin', 'gives a file of the admin stream another name', (image, random) => {
    const file = pick(random, adminFiles(image));
    return renamed(image, file, anotherName(file, random));
  }),
  change('copy-calls', 'adds a copy of a calls file', (image, random) => {
    const file = oneCalls(image, random);
    return withFile(image, anotherName(file, random), bytesOf(image, file));
  }),
  change('copy-admin', 'adds a copy of a file of the admin stream', (image, random) => {
    const file = pick(random, adminFiles(image));
    return withFile(image, anotherName(file, random), bytesOf(image, file));
  }),
  change('copy-over', 'puts a calls file in the place of another', (image, random) => {
    const two = twoCalls(image, random);
    return two === undefined ? undefined : withFile(image, two[0], bytesOf(image, two[1]));
  }),
  change('splice', 'joins the beginning of one calls file and the end of another', spliced),
  change('exchange-calls', 'exchanges the contents of two calls files', (image, random) => {
    const two = twoCalls(image, random);
    return two === undefined ? undefined : exchanged(image, two[0], two[1]);
  }),
  change('exchange-streams', 'exchanges the contents of a calls file and one of the admin stream', (image, random) =>
    exchanged(image, oneCalls(image, random), pick(random, adminFiles(image))),
  ),
  change('old-calls', 'puts a calls file back to what it was', (image, random, base) => {
    const spot = anyCalls(base, random, 4);
    if (spot === undefined) return undefined;
    const checkpoints = spot.lines.flatMap((text, index) =>
      loosen(text).own.kind === 'checkpoint' ? [index + 1] : [],
    );
    return checkpoints.length === 0
      ? undefined
      : withLines(image, spot.file, spot.lines.slice(0, pick(random, checkpoints)));
  }),
  change(
    'roll-back',
    'puts the whole directory back to an earlier state',
    (_, random, { past }) => pick(random, past).image,
    OUTSIDE,
  ),
  change('fork', 'puts another history of the installation in its place', (_image, _random, { fork }) => fork, OUTSIDE),
];
