/** What a tampering is, and what those that follow share: places, and changes of one value. */
import { lineText, type Plain, type PlainObject } from '../../../src/audit/chain.ts';
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import type { Base, Ending } from './base.ts';
import { adminFiles, callsFiles, linesOf, loosen, type Image, type Loose } from './image.ts';

/**
 * What is known beside the files: nothing; what the store and the keys of the home hold; or a checkpoint that was kept
 * elsewhere when the log was as it is now.
 */
export type Known = 'log' | 'store' | 'checkpoint';

export interface Tampering {
  readonly name: string;
  /** Completes "somebody …". */
  readonly what: string;
  /** With each of these alone it has to be found; empty where nothing that the log says is changed. */
  readonly foundBy: readonly Known[];
  /** Logs that it can be done to. */
  readonly endings: readonly Ending[];
  /** The log as it was left; undefined where this log has no place for it. */
  readonly apply: (base: Base, random: Random) => Image | undefined;
}

export const ALONE: readonly Known[] = ['log'];
/** For what the files cannot show, because what is left is a log that was once true, or might have been. */
export const OUTSIDE: readonly Known[] = ['store', 'checkpoint'];
export const ENDED: readonly Ending[] = ['closed', 'recovered'];

export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** A line of a log. */
export interface Spot {
  readonly file: string;
  readonly lines: readonly string[];
  readonly index: number;
}

/** Any line but the last of the admin stream, behind which nothing stands that would contradict. */
export function anySpot({ now: { image } }: Base, random: Random): Spot {
  const last = adminFiles(image).at(-1);
  const file = pick(
    random,
    [...callsFiles(image), ...adminFiles(image)].filter((name) => linesOf(image, name).length > 1),
  );
  const lines = linesOf(image, file);
  return { file, lines, index: below(random, lines.length - (file === last ? 1 : 0)) };
}

/** A calls file of at least so many records. */
export function anyCalls({ now: { image } }: Base, random: Random, atLeast = 1): Spot | undefined {
  const files = callsFiles(image).filter((name) => linesOf(image, name).length >= atLeast);
  if (files.length === 0) return undefined;
  const file = pick(random, files);
  const lines = linesOf(image, file);
  return { file, lines, index: below(random, lines.length) };
}

/** Lines with a record of a kind, in files of a stream. */
export function spotsOf(image: Image, files: readonly string[], isMeant: (record: Loose) => boolean): readonly Spot[] {
  return files.flatMap((file) => {
    const lines = linesOf(image, file);
    return lines.flatMap((line, index) => (isMeant(loosen(line)) ? [{ file, lines, index }] : []));
  });
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: Plain;
}

function leavesOf(value: Plain, path: readonly string[] = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, one]: [string, Plain]) => leavesOf(one, [...path, key]));
}

function otherThan(value: Plain, random: Random): Plain {
  if (typeof value === 'number') return value + 1 + below(random, 9);
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string' || value === '') return 'x';
  const at = below(random, value.length);
  return `${value.slice(0, at)}${value[at] === 'q' ? 'z' : 'q'}${value.slice(at + 1)}`;
}

function put(value: Plain, [key, ...rest]: readonly string[], leaf: Plain): Plain {
  if (key === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((one: Plain, index) => (String(index) === key ? put(one, rest, leaf) : one));
  const object = value as PlainObject;
  return { ...object, [key]: put(object[key] ?? null, rest, leaf) };
}

/** The record with one value changed, anywhere in it but for its hash. */
export function altered(record: Loose, random: Random): Loose {
  const leaves = leavesOf(record.json).filter(({ path }) => path.at(-1) !== 'hash' || path.length > 3);
  const { path, value } = pick(random, leaves);
  const json = put(record.json, path, otherThan(value, random));
  return loosen(lineText(json as PlainObject));
}

/** What no writer puts anywhere, and what a reader might stumble over. */
const ODD: readonly Plain[] = [
  null,
  true,
  0,
  -1,
  2 ** 53 - 1,
  '',
  'x',
  '\0',
  '\u2028',
  [],
  {},
  [{}],
  [[]],
  { a: { b: [1] } },
];

function placesOf(value: Plain, path: readonly string[] = []): readonly Leaf[] {
  const here = { path, value };
  if (typeof value !== 'object' || value === null) return [here];
  return [here, ...Object.entries(value).flatMap(([key, one]: [string, Plain]) => placesOf(one, [...path, key]))];
}

/** The record with a value of another kind somewhere in our own part, but for what a chain writes itself. */
export function odd(record: Loose, random: Random): Loose {
  const places = placesOf(record.own).filter(
    ({ path: [key] }) => key !== undefined && !['seq', 'prev', 'hash'].includes(key),
  );
  const { path, value } = pick(random, places);
  const other = pick(
    random,
    ODD.filter((one) => JSON.stringify(one) !== JSON.stringify(value)),
  );
  return { ...record, own: put(record.own, path, other) as Loose['own'] };
}
