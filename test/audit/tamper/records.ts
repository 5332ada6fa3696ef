/** Tampering with whole records, by somebody who may have understood the chain, and has no key. */
import { SigningKey } from '../../../src/audit/signing.ts';
import { readCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import type { Base } from './base.ts';
import {
  adminFiles,
  callsFiles,
  chained,
  linesOf,
  loosen,
  sealed,
  withLines,
  withOwn,
  type Image,
  type Loose,
} from './image.ts';
import {
  ALONE,
  altered,
  anyCalls,
  anySpot,
  below,
  ENDED,
  odd,
  OUTSIDE,
  spotsOf,
  type Known,
  type Spot,
  type Tampering,
} from './tampering.ts';

type Rewrite = (spot: Spot, random: Random) => readonly string[] | undefined;
type Where = (base: Base, random: Random) => Spot | undefined;

/** Somebody who writes a file anew. */
function file(
  name: string,
  what: string,
  where: Where,
  rewrite: Rewrite,
  foundBy: readonly Known[] = ALONE,
): Tampering {
  const apply = (base: Base, random: Random): Image | undefined => {
    const spot = where(base, random);
    const lines = spot === undefined ? undefined : rewrite(spot, random);
    return spot === undefined || lines === undefined ? undefined : withLines(base.now.image, spot.file, lines);
  };
  return { name, what, foundBy, endings: ENDED, apply };
}

/** The lines up to a place as they are, and others behind it, chained on. */
function goingOn({ lines, index }: Spot, records: readonly Loose[]): readonly string[] {
  const first = loosen(lines[0] ?? '').own;
  const before = lines[index - 1];
  // The first record of a file of the admin stream goes on from another file.
  const prev = before === undefined ? first.prev : loosen(before).own.hash;
  return [...lines.slice(0, index), ...chained(records, { seq: first.seq + index, prev }).lines];
}

function recordsFrom({ lines, index }: Spot): readonly Loose[] {
  return lines.slice(index).map(loosen);
}

/** A line of another place of the log that is no part of this file. */
function foreign({ now: { image } }: Base, { file: here }: Spot, random: Random): string {
  const others = [...callsFiles(image), ...adminFiles(image)].filter(
    (name) => name !== here && linesOf(image, name).length > 0,
  );
  return pick(random, linesOf(image, pick(random, others)));
}

/** A place whose file is left with at least two records behind it, none of them the last of the stream. */
const inner: Where = (base, random) => {
  const spot = anySpot(base, random);
  return spot.index + 2 < spot.lines.length ? spot : undefined;
};

/** A record that tells of something that never was. */
function invented(records: readonly Loose[], random: Random): Loose {
  const model = pick(random, records);
  return withOwn(model, {
    kind: pick(random, ['decision', 'outcome', 'grant_revoked']),
    request: `forged-${below(random, 1e9)}`,
  });
}

const CHECKPOINT = ({ own }: Loose): boolean => own.kind === 'checkpoint';

/** A checkpoint behind which the log goes on. */
const checkpoint: Where = ({ now: { image } }, random) => {
  const last = adminFiles(image).at(-1);
  const spots = spotsOf(image, [...adminFiles(image), ...callsFiles(image)], CHECKPOINT);
  return pick(
    random,
    spots.filter((spot) => spot.file !== last || spot.index + 1 < spot.lines.length),
  );
};

function withNote(record: Loose, change: (note: string) => string): Loose {
  const { note } = record.own;
  return withOwn(record, { note: change(typeof note === 'string' ? note : '') });
}

/** The same words, signed by a key that nobody named, under the names of those that were. */
function signedAnew(note: string): string {
  const read = readCheckpoint(note);
  if (read === undefined) throw new Error('the log holds a checkpoint that is none');
  return signCheckpoint(
    read,
    read.note.signatures.map(({ name }) => ({ name, key: SigningKey.generate() })),
  );
}

const lastOfStream: Where = ({ now: { image } }) => {
  const name = adminFiles(image).at(-1) ?? '';
  const lines = linesOf(image, name);
  return { file: name, lines, index: lines.length - 1 };
};

export const RECORDS: readonly Tampering[] = [
  file('value-hashed', 'changes a value, and computes the hash anew', anySpot, ({ lines, index }, random) =>
    lines.with(index, sealed(altered(loosen(lines[index] ?? ''), random)).line),
  ),
  file('value-chained', 'changes a value, and chains the rest of the file anew', anySpot, (spot, random) => {
    const [first, ...rest] = recordsFrom(spot);
    return first === undefined
      ? undefined
      : goingOn(spot, [withOwn(first, { code: `forged-${below(random, 1e6)}` }), ...rest]);
  }),
  file('odd', 'puts a value of another kind, and chains the rest of the file anew', anySpot, (spot, random) => {
    const [first, ...rest] = recordsFrom(spot);
    return first === undefined ? undefined : goingOn(spot, [odd(first, random), ...rest]);
  }),
  file('time', 'changes when it was, and computes the hash anew', anySpot, ({ lines, index }, random) => {
    const { json, own } = loosen(lines[index] ?? '');
    return lines.with(
      index,
      sealed({ json: { ...json, time: Number(json['time']) - 1 - below(random, 1e9) }, own }).line,
    );
  }),
  file(
    ...(['last-value-hashed', 'changes the last record of the admin stream, and computes its hash anew'] as const),
    lastOfStream,
    ({ lines, index }) => {
      const { json, own } = loosen(lines[index] ?? '');
      return lines.with(index, sealed({ json: { ...json, time: Number(json['time']) + 1 }, own }).line);
    },
    OUTSIDE,
  ),
  file('insert', 'puts a record in, made up or repeated', anySpot, ({ lines, index }, random) =>
    lines.toSpliced(index, 0, sealed(invented(lines.map(loosen), random)).line),
  ),
  file('insert-chained', 'puts a record in, and chains the rest of the file anew', inner, (spot, random) =>
    goingOn(spot, [invented(spot.lines.map(loosen), random), ...recordsFrom(spot)]),
  ),
  {
    ...{ name: 'insert-foreign', what: 'puts in a record of another file', foundBy: ALONE, endings: ENDED },
    apply: (base, random) => {
      const spot = anySpot(base, random);
      return withLines(base.now.image, spot.file, spot.lines.toSpliced(spot.index, 0, foreign(base, spot, random)));
    },
  },
  file('append-chained', 'goes on with a file that was closed', anyCalls, ({ lines, ...spot }, random) =>
    goingOn({ ...spot, lines, index: lines.length }, [invented(lines.map(loosen), random)]),
  ),
  file(
    ...(['append-stream', 'goes on with the admin stream, unsigned: as good as a crash, and noted as that'] as const),
    lastOfStream,
    (spot, random) => goingOn({ ...spot, index: spot.lines.length }, [invented(spot.lines.map(loosen), random)]),
    [],
  ),
  file(
    'delete-first',
    'deletes the first record of a file',
    (base, random) => {
      const { file: name, lines } = anySpot(base, random);
      return { file: name, lines, index: 0 };
    },
    ({ lines }) => lines.slice(1),
  ),
  file('delete-middle', 'deletes a record in the middle of a file', inner, ({ lines, index }) =>
    lines.toSpliced(index, 1),
  ),
  file('delete-last', 'deletes the last record of a calls file', anyCalls, ({ lines }) => lines.slice(0, -1)),
  file('delete-chained', 'deletes a record, and chains the rest of the file anew', inner, (spot) =>
    goingOn(spot, recordsFrom(spot).slice(1)),
  ),
  file('swap', 'swaps two records', inner, ({ lines, index }, random) => {
    const other = index + 1 + below(random, lines.length - index - 1);
    return lines.with(index, lines[other] ?? '').with(other, lines[index] ?? '');
  }),
  file('repeat', 'repeats a record', anySpot, ({ lines, index }, random) =>
    lines.toSpliced(index + below(random, lines.length - index), 0, lines[index] ?? ''),
  ),
  file(
    'outcome',
    'takes an outcome away, and chains the rest of the file anew',
    ({ now: { image } }, random) => {
      const spots = spotsOf(image, callsFiles(image), ({ own }) => own.kind === 'outcome');
      return spots.length === 0 ? undefined : pick(random, spots);
    },
    (spot) => goingOn(spot, recordsFrom(spot).slice(1)),
  ),
  file(
    'checkpoint-forged',
    'signs a checkpoint with a key of his own, and chains the rest anew',
    checkpoint,
    (spot) => {
      const [first, ...rest] = recordsFrom(spot);
      return first === undefined ? undefined : goingOn(spot, [withNote(first, signedAnew), ...rest]);
    },
  ),
  file('checkpoint-removed', 'takes a checkpoint away, and chains the rest anew', checkpoint, (spot) =>
    goingOn(spot, recordsFrom(spot).slice(1)),
  ),
  {
    ...{
      name: 'checkpoint-replayed',
      what: 'puts an earlier checkpoint in the place of a later one',
      foundBy: ALONE,
      endings: ENDED,
    },
    apply: (base, random) => {
      const { image } = base.now;
      const spots = spotsOf(image, adminFiles(image), CHECKPOINT);
      const [early, late] = [below(random, spots.length - 1), spots.length - 1].map((at) => spots[at]);
      if (early === undefined || late === undefined) return undefined;
      const { note } = loosen(early.lines[early.index] ?? '').own;
      const [first, ...rest] = recordsFrom(late);
      if (first === undefined) return undefined;
      return withLines(
        image,
        late.file,
        goingOn(late, [withNote(first, () => (typeof note === 'string' ? note : '')), ...rest]),
      );
    },
  },
];
