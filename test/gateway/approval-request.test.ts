import { describe, expect, it } from 'vitest';
import { modeOfRequest } from '../../src/approvals/index.ts';
import { brandAs } from '../../src/core/index.ts';
import { type Bindable, type Given, requestOf } from '../../src/gateway/approval-request.ts';

const unknown = { state: 'unknown', why: 'absent' };
const bindable = {
  facts: {
    ...{ args: new Map(), classification: { kind: 'refund' } },
    ...{ amount: unknown, currency: unknown, recipient: unknown, reason: unknown },
  },
  entry: null,
  grant: { name: 'agent', principal: 'a@acme.example', owner: null },
  tool: {
    tool: 'stripe/create_refund',
    name: 'create_refund',
    behind: {
      pins: new Map([['create_refund', '{}']]),
      part: {
        config: { name: 'stripe' },
        binding: () => Promise.resolve({ pairing: 'p', secrets: [{ name: 'key', version: 3, mode: 'live' }] }),
      },
    },
  },
} as unknown as Bindable;

const given: Given = {
  ...{ v: 2, id: brandAs('ap-1'), nonce: 'ab', origin: 'here', needs: [], repeatOf: null },
  ...{ createdMs: 1, expiresMs: 2 },
};

describe('the request that is made of a call', () => {
  it('binds whether the keys of the server are live', async () => {
    const request = await requestOf(bindable, given);
    expect(request).toMatchObject({ v: 2, secrets: [{ name: 'key', version: 3, mode: 'live' }] });
    expect(modeOfRequest(request)).toBe('live');
  });

  it('is made again as it was signed before requests said that', async () => {
    const request = await requestOf(bindable, { ...given, v: 1 });
    expect([request.v, request.secrets]).toEqual([1, [{ name: 'key', version: 3 }]]);
  });
});
