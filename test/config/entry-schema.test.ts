import { describe, expect, it } from 'vitest';
import { Entries, Entry } from '../../src/config/entry-schema.ts';

const REFUND = { kind: 'refund', amounts: [{ path: 'a', unit: 'minor', form: 'integer-or-string', absent: 'full' }] };

describe('an entry of the operator', () => {
  it('has every part that an entry of the catalogue has', () => {
    const entry = {
      ...REFUND,
      when: { action: ['refund'], type: ['partial', null] },
      routes: { path: ['/refund', '/transaction/verify/*'] },
      brackets: 'parameters',
      json: 'data',
      unknownIf: ['tax'],
      unknownUnless: { mode: ['payment', null] },
      currency: { path: 'currency', absent: 'GBP' },
      ...{ reason: 'r', recipient: 'p', reference: 'f', quantity: 'q', idempotency: 'i', accepts: ['parameters.a'] },
    };
    expect(Entry.parse(entry)).toEqual(entry);
  });

  it.each([
    ['a route that does not begin with a slash', { routes: { path: ['refund'] } }],
    ['a route with a pattern within a segment', { routes: { path: ['/ref*'] } }],
    ['a route that goes up', { routes: { path: ['/../refund'] } }],
    ['a route with a query', { routes: { path: ['/refund?x'] } }],
    ['no route', { routes: { path: [] } }],
    ['a number to compare with', { when: { type: [1] } }],
    ['a currency that is none', { currency: { path: 'c', absent: 'pounds' } }],
    ['a constant with a default', { currency: { constant: 'USD', absent: 'GBP' } }],
    ['no value beside which the amount counts', { unknownUnless: { mode: [] } }],
  ])('is refused with %s', (_, part) => {
    expect(Entry.safeParse({ ...REFUND, ...part }).success).toBe(false);
  });

  it('is one of several only with something that tells them apart', () => {
    const one = { ...REFUND, when: { action: ['refund'] } };
    const other = { kind: 'read', routes: { path: ['/refund'] } };
    expect(Entries.safeParse([one, other]).success).toBe(true);
    expect(Entries.safeParse([one, REFUND]).success).toBe(false);
  });
});
