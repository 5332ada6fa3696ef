import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalRequest, requestHash, requestText } from '../../src/approvals/index.ts';
import { brandAs, type PolicyName } from '../../src/core/index.ts';

const REQUEST: ApprovalRequest = {
  v: 1,
  id: brandAs('apr-1'),
  nonce: 'ab'.repeat(16),
  origin: 'laptop',
  grant: brandAs('support'),
  principal: 'support@acme.example',
  owner: null,
  upstream: brandAs('stripe'),
  pairing: 'cd'.repeat(32),
  secrets: [{ name: 'stripe-live', version: 3 }],
  tool: brandAs('stripe/create_refund'),
  pin: 'ef'.repeat(32),
  entry: '01'.repeat(32),
  arguments: '{"amount":50000,"payment_intent":"pi_1"}',
  shown: {
    kind: 'refund',
    amount: '500.00 USD',
    currency: 'USD',
    currencyAssumed: false,
    recipient: null,
    reason: 'parcel was damaged',
  },
  needs: [
    { count: 1, roles: ['finance'], asked: [{ policy: brandAs<PolicyName>('p'), rule: 'sign-off', cause: 'rule' }] },
  ],
  repeatOf: null,
  createdMs: 1_790_000_000_000,
  expiresMs: 1_790_000_900_000,
};

/** Every place in a value, with what another value there would be. */
function changes(value: unknown, put: (changed: unknown) => unknown): unknown[] {
  if (Array.isArray(value)) {
    const inside = value.flatMap((element, index) =>
      changes(element, (changed) => put(value.map((old: unknown, at) => (at === index ? changed : old)))),
    );
    return [put([...(value as unknown[]), 'more']), ...inside];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, member]) =>
      changes(member, (changed) => put({ ...value, [key]: changed })),
    );
  }
  if (typeof value === 'number') return [put(value + 1)];
  if (typeof value === 'boolean') return [put(!value)];
  return typeof value === 'string' ? [put(`${value} `), put(null)] : [put('something')];
}

describe('the hash of a request', () => {
  it('is another one whatever is changed in what is signed', () => {
    const all = changes(REQUEST, (changed) => changed);
    expect(all.length).toBeGreaterThan(30);
    const hashes = all.map((changed) => requestHash(changed as ApprovalRequest));
    expect(new Set([requestHash(REQUEST), ...hashes]).size).toBe(all.length + 1);
  });

  it('is the same in whatever order the members come', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(REQUEST), { minLength: Object.keys(REQUEST).length }),
        (members) => {
          const shuffled = Object.fromEntries(members) as unknown as ApprovalRequest;
          expect(requestText(shuffled)).toBe(requestText(REQUEST));
          expect(requestHash(shuffled)).toBe(requestHash(REQUEST));
        },
      ),
    );
  });
});
