/** Tampering by somebody who has keys: all that the home holds today, or keys of his own; and by a gateway that lies. */
import { adminLine } from '../../../src/audit/record.ts';
import { AuditKeys } from '../../../src/audit/keys.ts';
import { SigningKey } from '../../../src/audit/signing.ts';
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import { INSTALL } from '../support.ts';
import type { Base, Ending } from './base.ts';
import {
  adminFiles,
  callsFiles,
  linesOf,
  recordsOf,
  withFile,
  withLines,
  withOwn,
  type Image,
  type Loose,
} from './image.ts';
import { checkpointLine, entryOf, openedAt, remake, type Remaking } from './remake.ts';
import { ALONE, below, ENDED, OUTSIDE, type Known, type Tampering } from './tampering.ts';

interface Keys {
  readonly install: SigningKey;
  /** Signs the next checkpoint. */
  readonly stream: SigningKey;
}

/** What stands in the home now. */
function stolen({ keysDirectory }: Base): Keys {
  const keys = new AuditKeys(keysDirectory);
  const { current, next } = keys.stream();
  return { install: keys.install(), stream: next ?? current ?? SigningKey.generate() };
}

function change(
  name: string,
  what: string,
  foundBy: readonly Known[],
  apply: (base: Base, random: Random) => Image | undefined,
  endings: readonly Ending[] = ENDED,
): Tampering {
  return { name, what, foundBy, endings, apply };
}

function streamOf(image: Image): readonly Loose[] {
  return adminFiles(image).flatMap((file) => recordsOf(image, file));
}

/** Calls files whose end a checkpoint of the stream covers that was signed by a key which is gone. */
function closedFiles(image: Image): readonly string[] {
  return callsFiles(image).filter((file) => linesOf(image, file).length > 2);
}

/** A segment with one of its records changed; the others are chained on, and signed, by whoever makes it anew. */
function oneAltered(random: Random): (records: readonly Loose[]) => readonly Loose[] {
  return (records) => {
    const meant = records.flatMap(({ own }, index) =>
      ['intent', 'decision', 'outcome'].includes(own.kind) ? [index] : [],
    );
    if (meant.length === 0) return records;
    const index = pick(random, meant);
    const record = records[index];
    return record === undefined ? records : records.with(index, withOwn(record, { principal: 'nobody@acme.example' }));
  };
}

/** A segment written anew, with its line in the registry and all that follows. */
function rewritten(base: Base, random: Random, keys: Keys): Image {
  const { image } = base.now;
  const file = pick(random, closedFiles(image));
  const { segment = '' } = entryOf(streamOf(image)[openedAt(image, file)]?.own['entry']) ?? {};
  const isMeant = (records: readonly Loose[]): boolean => records[0]?.own['segment'] === segment;
  const change = oneAltered(random);
  const edit = (records: readonly Loose[]): readonly Loose[] => (isMeant(records) ? change(records) : records);
  return remake(image, { from: openedAt(image, file), ...keys, segment: edit });
}

/** The stream cut at a place that was signed for long ago, and gone on with otherwise. */
function goneOn(base: Base, random: Random): Image | undefined {
  const { image } = base.now;
  const records = streamOf(image);
  const signed = records.flatMap(({ own }, index) => (own.kind === 'checkpoint' ? [index] : []));
  const [first, last] = [signed[0], signed.at(-1)];
  // What came before the first checkpoint only the key of the installation signed for: that is the whole log anew.
  if (first === undefined || last === undefined || first === last) return undefined;
  const from = first + 1 + below(random, last - first);
  const forged = (record: Loose): readonly Loose[] => [withOwn(record, { code: `forged-${below(random, 1e6)}` })];
  return remake(image, {
    from,
    ...stolen(base),
    admin: (record) => (record.own.seq === from ? forged(record) : [record]),
  });
}

/** Everything from the first record on, by keys that sign all of it. */
function fromTheBeginning(image: Image, install: SigningKey, over: Partial<Remaking> = {}): Image {
  return remake(image, { from: 0, install, ...over });
}

/** A log of which every signature is good: what a gateway writes that lies, or an honest one that fails. */
function dishonest(
  name: string,
  what: string,
  edit: (image: Image, random: Random) => Remaking['segment'] | undefined,
): Tampering {
  return change(name, what, ALONE, ({ now: { image } }, random) => {
    const segment = edit(image, random);
    return segment === undefined ? undefined : fromTheBeginning(image, SigningKey.generate(), { segment });
  });
}

/** The record of one place of the log, however it is chained by now. */
function meant(image: Image, random: Random, isMeant: (record: Loose) => boolean): string | undefined {
  const records = callsFiles(image)
    .flatMap((file) => recordsOf(image, file))
    .filter(isMeant);
  return records.length === 0 ? undefined : pick(random, records).own.hash;
}

function without(image: Image, random: Random, isMeant: (record: Loose) => boolean): Remaking['segment'] | undefined {
  const hash = meant(image, random, isMeant);
  return hash === undefined ? undefined : (records) => records.filter(({ own }) => own.hash !== hash);
}

/** Deletes a calls file and says that its time was over, `days` after the last record; signed by today's keys or not. */
function pruned(base: Base, random: Random, days: number, isSigned: boolean): Image | undefined {
  const { image } = base.now;
  const stream = adminFiles(image).at(-1) ?? '';
  const last = streamOf(image).at(-1);
  const ends = streamOf(image).filter(({ own }) => ['segment_closed', 'segment_abandoned'].includes(own.kind));
  const { entry } = pick(random, ends).own;
  const file = entryOf(entry)?.file ?? '';
  if (last === undefined || !image.has(file)) return undefined;
  const actor = { by: 'os-user', name: 'jo' } as const;
  const event = { ...(entry as unknown as { segment: string; file: string; count: number; head: string }), actor };
  const timeMs = Number(last.json['time']) + days * 86_400_000;
  const stamp = {
    timeMs,
    stream: 'admin',
    segment: 'admin',
    scope: INSTALL,
    seq: last.own.seq + 1,
    prev: last.own.hash,
    version: '0.1.0',
  };
  const { bytes, hash } = adminLine({ kind: 'segment_pruned', ...event, retainDays: 400 }, stamp);
  const signature = isSigned ? [checkpointLine(stolen(base), { ...stamp, seq: stamp.seq + 1, prev: hash })] : [];
  const lines = [...linesOf(image, stream), bytes.toString().slice(0, -1), ...signature];
  return withFile(withLines(image, stream, lines), file, undefined);
}

const isOutcome = ({ own }: Loose): boolean => own.kind === 'outcome';
const isApproval = ({ own }: Loose): boolean => own.kind === 'approval_decided' && own['verdict'] === 'approve';

export const THIEF: readonly Tampering[] = [
  change(
    'segment-resigned',
    'has the keys of the home, and writes a segment, its registry line and all after it anew',
    ALONE,
    (base, random) => rewritten(base, random, stolen(base)),
  ),
  change(
    'segment-resigned-own-key',
    'has the key of the installation alone, and does the same',
    ALONE,
    (base, random) => rewritten(base, random, { install: stolen(base).install, stream: SigningKey.generate() }),
  ),
  change('stream-resigned', 'has the keys of the home, cuts the admin stream and goes on with another', ALONE, goneOn),
  change(
    'all-resigned',
    'has the key of the installation, and writes the whole log anew from its first record',
    OUTSIDE,
    (base, random) => fromTheBeginning(base.now.image, stolen(base).install, { segment: oneAltered(random) }),
  ),
  change('all-with-own-keys', 'writes the whole log anew, with keys of his own', OUTSIDE, (base, random) =>
    fromTheBeginning(base.now.image, SigningKey.generate(), { segment: oneAltered(random) }),
  ),
  change('all-unsigned', 'writes the whole log anew as one that was never signed', OUTSIDE, (base, random) =>
    fromTheBeginning(base.now.image, SigningKey.generate(), { segment: oneAltered(random), isUnsigned: true }),
  ),
  change(
    'pruned-early',
    'has the keys of the home, and deletes a file as if its time were over',
    ALONE,
    (base, random) => pruned(base, random, below(random, 300), true),
  ),
  change(
    'pruned-unsigned',
    'has no key, and deletes a file as if its time were over, which it is',
    ALONE,
    (base, random) => pruned(base, random, 500 + below(random, 300), false),
  ),
  dishonest('lost-outcome', 'runs a gateway that leaves an outcome out', (image, random) =>
    without(image, random, isOutcome),
  ),
  dishonest('lost-approval', 'runs a gateway that executes what nobody approved', (image, random) => {
    const ran = new Set(
      callsFiles(image)
        .flatMap((file) => recordsOf(image, file))
        .filter(({ own }) => own.kind === 'intent')
        .map(({ own }) => own['approval']),
    );
    return without(image, random, (record) => isApproval(record) && ran.has(record.own['approval']));
  }),
  dishonest('above-cap', 'runs a gateway that lets a call go above a cap', (image, random) => {
    const hash = meant(image, random, ({ own }) => own.kind === 'intent' && own['approval'] === null);
    const quota = [{ rule: 'daily', policy: 'support', unit: 'USD', per: 'grant', used: '>100%' }];
    if (hash === undefined) return undefined;
    return (records) => records.map((record) => (record.own.hash === hash ? withOwn(record, { quota }) : record));
  }),
  dishonest('lost-checkpoint', 'runs a gateway that closes its files without signing', (image) =>
    callsFiles(image).length === 0 ? undefined : (records) => records.filter(({ own }) => own.kind !== 'checkpoint'),
  ),
];

/** Not tampering: the same log, written anew by its own writers. Shows that the ones above are found for what they are. */
export function remadeHonestly({ now: { image } }: Base): Image {
  return fromTheBeginning(image, SigningKey.generate());
}
