/** Signed texts, changed at random: none is accepted, nothing throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRegistry } from '../../src/approvals/registry.ts';
import { verifyVerdict } from '../../src/approvals/verdict.ts';
import { CREATED_MS, hand, recordOf, REQUEST, ROOT, ROOT_ENTRY, signedBy, signedVerdict } from './people.ts';

const RUNS = 2500;
const HANDS = [hand('ann'), hand('bob', 'ssh'), hand('eve', 'sk')] as const;
const REGISTRY = readRegistry(
  [ROOT_ENTRY, ...HANDS.map((who) => signedBy(ROOT, recordOf(who, { roles: ['finance'] })))],
  ROOT.fingerprint,
);

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((some) => Buffer.from(some));
/** Characters that keep more of a text's form than any byte would. */
const likely = fc
  .constantFrom('"', '{', '}', ',', ':', '=', '\\n', 'A', '0', '1', 'a', '/', '+', '-', ' ')
  .map((text) => Buffer.from(text));

type Change = (text: Buffer) => Buffer;
const put = (text: Buffer, from: number, to: number, some: Buffer): Buffer =>
  Buffer.concat([text.subarray(0, from), some, text.subarray(to)]);
const at = (text: Buffer, where: number): number => Math.floor(where * text.length);

const change = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([where, bit]): Change => (text) => {
    const index = at(text, where);
    return put(text, index, index + 1, Buffer.from([(text[index] ?? 0) ^ (1 << bit)]));
  }),
  fc.tuple(place, fc.oneof(bytes, likely)).map(([where, some]): Change => (text) => {
    const index = at(text, where);
    return put(text, index, index + some.length, some);
  }),
  fc.tuple(place, fc.oneof(bytes, likely)).map(
    ([where, some]): Change =>
      (text) =>
        put(text, at(text, where), at(text, where), some),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
    ([where, length]): Change =>
      (text) =>
        put(text, at(text, where), at(text, where) + length, Buffer.alloc(0)),
  ),
  place.map(
    (where): Change =>
      (text) =>
        text.subarray(0, at(text, where)),
  ),
  fc.oneof(bytes, likely).map(
    (some): Change =>
      (text) =>
        Buffer.concat([text, some]),
  ),
  fc.tuple(place, place, fc.integer({ min: 1, max: 40 })).map(([from, to, length]): Change => (text) => {
    const index = at(text, from);
    return put(text, at(text, to), at(text, to) + length, text.subarray(index, index + length));
  }),
);
const mutation = fc.array(change, { minLength: 1, maxLength: 3 });

function mutated(text: string, changes: readonly Change[]): string {
  return changes.reduce<Buffer>((all, next) => next(all), Buffer.from(text)).toString('utf8');
}

describe('a signed text that was changed at random', () => {
  it.each(HANDS.map((who) => [who.name, who] as const))('is no verdict of %s', (_, who) => {
    const text = signedVerdict(who, REQUEST);
    expect(verifyVerdict(text, REQUEST, REGISTRY, CREATED_MS + 60_000).ok).toBe(true);
    fc.assert(
      fc.property(mutation, (changes) => {
        const changed = mutated(text, changes);
        fc.pre(changed !== text);
        expect(verifyVerdict(changed, REQUEST, REGISTRY, CREATED_MS + 60_000).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(HANDS.map((who) => [who.name, who] as const))('is no record that vouches for %s', (_, who) => {
    const text = signedBy(ROOT, recordOf(who, { limits: { USD: '100' } }));
    expect(readRegistry([ROOT_ENTRY, text], ROOT.fingerprint).find(who.name)?.state).toBe('active');
    fc.assert(
      fc.property(mutation, (changes) => {
        const changed = mutated(text, changes);
        fc.pre(changed !== text);
        const registry = readRegistry([ROOT_ENTRY, changed], ROOT.fingerprint);
        expect(registry.all().map(({ record }) => record.name)).toEqual(['root']);
        expect(registry.faults).toHaveLength(1);
      }),
      { numRuns: RUNS },
    );
  });

  it('does not make a root', () => {
    fc.assert(
      fc.property(mutation, (changes) => {
        const changed = mutated(ROOT_ENTRY, changes);
        fc.pre(changed !== ROOT_ENTRY);
        expect(readRegistry([changed], ROOT.fingerprint).all()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
