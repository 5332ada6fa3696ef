import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalRequest, modeOfRequest, requestHash, requestText } from '../../src/approvals/index.ts';
import { parseRequest } from '../../src/approvals/read-request.ts';
import { canonicalPlain } from '../../src/core/canonical.ts';
import { brandAs, type PolicyName } from '../../src/core/index.ts';

const FIRST: Extract<ApprovalRequest, { readonly v: 1 }> = {
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

const REQUEST: ApprovalRequest = {
  ...{ ...FIRST, v: 2 },
  secrets: [
    { name: 'paypal-test', version: 1, mode: null },
    { name: 'stripe-live', version: 3, mode: 'live' },
  ],
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
    const { v, ...body } = REQUEST;
    const all = changes(body, (changed) => ({ ...(changed as typeof body), v }));
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

describe('a request that was made before requests said which keys are live', () => {
  it('has the hash that people signed then', () => {
    expect(requestHash(FIRST)).toBe('0f5799a4c4318ccc1293a72c10b14bea21a17ef6e668b59a7d934cc190514f17');
    expect(parseRequest(requestText(FIRST))).toEqual(FIRST);
    expect(modeOfRequest(FIRST)).toBe(null);
  });

  it('is another one than that of now, whatever else is the same', () => {
    const now = { ...FIRST, v: 2, secrets: FIRST.secrets.map((one) => ({ ...one, mode: null })) } as const;
    expect(requestHash({ ...now, secrets: [] })).not.toBe(requestHash({ ...FIRST, secrets: [] }));
    expect(parseRequest(requestText(now))).toEqual(now);
  });

  it.each([
    ['a mode in a first one', { ...FIRST, secrets: [{ name: 'a', version: 1, mode: 'live' }] }],
    ['none in one of now', { ...REQUEST, secrets: [{ name: 'a', version: 1 }] }],
    ['a mode that is none', { ...REQUEST, secrets: [{ name: 'a', version: 1, mode: 'LIVE' }] }],
    ['a later version', { ...REQUEST, v: 3 }],
  ])('is not read with %s', (_, request) => {
    expect(parseRequest(canonicalPlain(request))).toBe(undefined);
  });
});

describe('the mode of a request', () => {
  it.each([
    [['live', 'test'], 'live'],
    [['test', null], 'test'],
    [[null], null],
    [[], null],
  ] as const)('with keys that are %j is %j', (modes, mode) => {
    const secrets = modes.map((one, index) => ({ name: `k${index}`, version: 1, mode: one }));
    expect(modeOfRequest({ ...FIRST, v: 2, secrets })).toBe(mode);
  });
});
