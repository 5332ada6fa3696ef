/** What the log is told of a call: descriptions of arguments, revealed facts, shares of limits. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArgumentDigests, openDigests } from '../../src/audit/index.ts';
import { fromPlain } from '../../src/core/json.ts';
import type { ReservationRequest } from '../../src/core/index.ts';
import { describeArguments } from '../../src/gateway/describe.ts';
import { figureOf, quotaParts } from '../../src/gateway/quota-figures.ts';
import { revealedOf } from '../../src/gateway/revealed.ts';
import { call, money, object } from '../core/build.ts';
import { NOON } from '../audit/support.ts';

let keysDirectory: string;
let digests: ArgumentDigests;
beforeEach(() => {
  keysDirectory = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  digests = openDigests({ keysDirectory, clock: { nowMs: () => NOON } });
});
afterEach(() => rmSync(keysDirectory, { recursive: true }));

const HMAC = expect.stringMatching(/^202611:[A-Za-z0-9_-]{22}$/) as string;
const SCHEMA = fromPlain({
  type: 'object',
  properties: {
    amount: { type: 'integer' },
    note: { type: 'string' },
    why: { type: 'string', enum: ['fraud', 'duplicate'] },
    all: { type: 'boolean' },
    nothing: {},
    lines: { type: 'array' },
  },
});

describe('when arguments are described', () => {
  const described = (args: Record<string, unknown>, tool: string | null = 'bank/pay') =>
    describeArguments(object(args), { tool, schema: SCHEMA }, digests);

  it('gives name, type and length class of each, and a keyed hash where there is something to hide', () => {
    expect(described({ amount: 1250, note: 'abcdefgh', why: 'fraud', all: true, nothing: null, lines: [1] })).toEqual({
      argsMore: 0,
      args: [
        { name: 'amount', type: 'number', length: '<8', hmac: HMAC },
        { name: 'note', type: 'string', length: '<32', hmac: HMAC },
        { name: 'why', type: 'string', length: '<8' },
        { name: 'all', type: 'boolean', length: '<8' },
        { name: 'nothing', type: 'null', length: '<8' },
        { name: 'lines', type: 'array', length: '<8', hmac: HMAC },
      ],
    });
  });

  it('hashes what stands where a choice was expected and is none of it', () => {
    expect(described({ why: 'other words' }).args).toEqual([
      { name: 'why', type: 'string', length: '<32', hmac: HMAC },
    ]);
  });

  it('names nothing that the schema lacks, and hashes it all the same, as the record names it', () => {
    const [unknown] = described({ made_up: 'v' }).args;
    expect(unknown).toEqual({ name: null, type: 'string', length: '<8', hmac: HMAC });
    expect(described({ other: 'v' }).args).toEqual([unknown]);
    expect(described({ note: 'v' }).args[0]?.hmac).not.toBe(unknown?.hmac);
    expect(described({ made_up: 'v' }, null).args[0]?.hmac).not.toBe(unknown?.hmac);
  });

  it('describes the first 64, and counts the rest', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`a${n}`, n]));
    expect(described(many).args).toHaveLength(64);
    expect(described(many).argsMore).toBe(936);
  });
});

describe('when facts are revealed', () => {
  const known = <T>(value: T) => ({ state: 'known', value }) as const;
  const facts = call({
    amount: known(money('12.50 USD')),
    currency: known('USD'),
    recipient: { state: 'unknown', why: 'it is not where the tool expects it' },
    reason: { state: 'absent' },
    reference: known(fromPlain('pi_1')),
    quantity: known(fromPlain({ b: 1, a: [2] })),
  });

  it('gives those that are named, as text, and leaves out what is absent', () => {
    expect(revealedOf(facts, ['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity'])).toEqual({
      revealed: {
        ...{ amount: '12.50 USD', currency: 'USD', recipient: 'unknown', reference: 'pi_1' },
        quantity: '{"a":[2],"b":1}',
      },
    });
    expect(revealedOf(facts, ['reference'])).toEqual({ revealed: { reference: 'pi_1' } });
  });

  it('gives nothing where nothing is named, or the call was not read', () => {
    expect(revealedOf(facts, [])).toEqual({});
    expect(revealedOf(null, ['amount'])).toEqual({});
  });
});

describe('when it is told what limits stand at', () => {
  const request = (amount: bigint, cap: bigint): ReservationRequest => ({
    ...{ name: 'n', scope: 'grant', subject: 'g', keyed: false, exceed: 'deny', amount, cap },
    source: { rule: 'daily', pointer: '', policy: null, policyHash: null },
    unit: { is: 'money', currency: 'USD' },
    window: { is: 'rolling', spanMs: 86_400_000 },
  });
  const standing = (used: number) => ({ used, reserved: 1, inDoubt: 2, closed: 0 });

  it.each([
    [0, 0, '<10%'],
    [900, 9, '<10%'],
    [1_000, 10, '<25%'],
    [2_499, 24, '<25%'],
    [2_500, 25, '<50%'],
    [5_000, 50, '<75%'],
    [7_500, 75, '<90%'],
    [9_000, 90, '<=100%'],
    [10_000, 100, '<=100%'],
    [10_001, 100, '>100%'],
  ])('says of %d of 10000 in which share it is', (counted, _, used) => {
    const figures = [{ request: request(1n, 10_000n), counted: BigInt(counted) }];
    expect(quotaParts(figures, false)).toEqual([
      { rule: 'daily', policy: null, unit: 'USD', per: 'rolling 24h', used },
    ]);
  });

  it('counts what is used, reserved, in doubt and asked for, and gives figures only where amounts are revealed', () => {
    const figures = [figureOf(request(10n, 2_000n), standing(987))];
    expect(quotaParts(figures, true)).toEqual([
      {
        ...{ rule: 'daily', policy: null, unit: 'USD', per: 'rolling 24h', used: '<75%' },
        ...{ figure: '10.00 USD', cap: '20.00 USD' },
      },
    ]);
  });

  it('takes a cap of nothing as full', () => {
    const of = (counted: bigint) => quotaParts([{ request: request(0n, 0n), counted }], false)[0]?.used;
    expect([of(0n), of(1n)]).toEqual(['<=100%', '>100%']);
  });
});
