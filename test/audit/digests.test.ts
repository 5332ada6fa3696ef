import { createHmac } from 'node:crypto';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestUnder, openDigests, valueText } from '../../src/audit/digests.ts';
import { epochOf } from '../../src/audit/digest-keys.ts';
import { lengthClass } from '../../src/audit/lengths.ts';
import { fromPlain, type Json, JsonNumber } from '../../src/core/json.ts';
import { bundleWorker } from '../state/bundle.ts';
import { NOON } from './support.ts';

const KEY = Buffer.alloc(32, 7);
const UNWRITABLE = { name: 'AuditError', code: 'unwritable' };

let keysDirectory: string;
let nowMs: number;
beforeEach(() => {
  keysDirectory = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  nowMs = NOON;
});
afterEach(() => rmSync(keysDirectory, { recursive: true }));

const open = () => openDigests({ keysDirectory, clock: { nowMs: () => nowMs } });
const argument = (value: Json, over: { tool?: string; argument?: string } = {}) => ({
  ...{ tool: 'stripe/create_refund', argument: 'amount', value: valueText(value) },
  ...over,
});
const file = (epoch: string): string => join(keysDirectory, `audit-hmac-${epoch}.key`);
const epochs = (): string[] => readdirSync(keysDirectory).sort();

describe('when a value is hashed', () => {
  it('is HMAC-SHA-256 of RFC 2104, cut to 128 bits, behind the month of its key', () => {
    // printf '%s' '["countersign/audit-arg/v1","stripe/create_refund","amount","number","1250"]' |
    //   openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07 -binary | head -c 16 | basenc --base64url | tr -d =
    expect(digestUnder(KEY, '202611', argument(fromPlain(1250)))).toBe('202611:DuuyxLGrrlY39eT_fsNhoA');
    const message = '["countersign/audit-arg/v1","stripe/create_refund","amount","number","1250"]';
    const mac = createHmac('sha256', KEY).update(message).digest().subarray(0, 16).toString('base64url');
    expect(digestUnder(KEY, '202611', argument(fromPlain(1250)))).toBe(`202611:${mac}`);
  });

  it('is the same for the same value however it was spelled, and for no other type', () => {
    const of = (value: Json): string => digestUnder(KEY, '202611', argument(value));
    expect(of(new JsonNumber('12.50'))).toBe(of(new JsonNumber('1.25e1')));
    expect(of(fromPlain({ a: 1, b: [2] }))).toBe(of(fromPlain({ b: [2], a: 1 })));
    expect(of('1250')).not.toBe(of(fromPlain(1250)));
    expect(of(fromPlain([1]))).not.toBe(of('[1]'));
  });

  it('keeps tools, arguments, types and values apart, whatever they hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(fc.tuple(text, text, text), fc.tuple(text, text, text), (left, right) => {
        const of = ([tool, name, value]: readonly [string, string, string]): string =>
          digestUnder(KEY, '202611', argument(value, { tool, argument: name }));
        expect(of(left) === of(right)).toBe(left.every((part, at) => part === right[at]));
      }),
    );
    const moved = (tool: string, name: string): string =>
      digestUnder(KEY, 'e', argument('v', { tool, argument: name }));
    expect(moved('a","b', 'c')).not.toBe(moved('a', 'b","c'));
  });

  it('hashes what has no canonical form as it was written, apart from everything that has one', () => {
    const exact = valueText(new JsonNumber('10000.000000000000001'));
    expect(exact).toEqual({ type: 'number', text: '10000.000000000000001', isCanonical: false });
    const canonical = { ...exact, isCanonical: true };
    expect(digestUnder(KEY, 'e', { tool: 't', argument: 'a', value: exact })).not.toBe(
      digestUnder(KEY, 'e', { tool: 't', argument: 'a', value: canonical }),
    );
    expect(valueText('\ud800')).toMatchObject({ text: '"\\ud800"', isCanonical: false });
  });
});

describe('when a value is measured', () => {
  it.each([
    ['', '0'],
    ['1234567', '<8'],
    ['12345678', '<32'],
    ['é'.repeat(16), '<128'],
    ['x'.repeat(127), '<128'],
    ['x'.repeat(128), '<512'],
    ['x'.repeat(512), '<2048'],
    ['x'.repeat(2_048), '<8192'],
    ['x'.repeat(8_191), '<8192'],
    ['x'.repeat(8_192), '>=8192'],
    [true, '<8'],
    [null, '<8'],
    [12_345_678, '<32'],
    [[], '<8'],
    [{ a: 'xxxx' }, '<32'],
  ])('puts %j into its class', (value, length) => {
    const json = fromPlain(value);
    expect(lengthClass(json, valueText(json).text)).toBe(length);
  });
});

describe('when the key of a month is needed', () => {
  it('makes 32 random bytes that only the owner can read, once', () => {
    const first = open().of(argument('x'));
    expect(first).toMatch(/^202611:[A-Za-z0-9_-]{22}$/);
    expect(epochs()).toEqual(['audit-hmac-202611.key']);
    expect(statSync(file('202611')).mode & 0o777).toBe(0o600);
    const key = readFileSync(file('202611'));
    expect(key).toHaveLength(32);
    expect(new Set(key).size).toBeGreaterThan(8);
    expect(open().of(argument('x'))).toBe(first);
    expect(digestUnder(key, '202611', argument('x'))).toBe(first);
  });

  it('takes another in the next month, under which the same value is hashed otherwise', () => {
    const digests = open();
    const november = digests.of(argument('x'));
    nowMs = Date.UTC(2026, 11, 1);
    const december = digests.of(argument('x'));
    expect(december).toMatch(/^202612:/);
    expect(december.slice(7)).not.toBe(november.slice(7));
    expect(epochs()).toEqual(['audit-hmac-202611.key', 'audit-hmac-202612.key']);
  });

  it('begins a month at midnight in UTC', () => {
    expect(epochOf(Date.UTC(2026, 11, 1) - 1)).toBe('202611');
    expect(epochOf(Date.UTC(2026, 11, 1))).toBe('202612');
    expect(epochOf(Date.UTC(2027, 0, 1))).toBe('202701');
  });

  it('is one key for several processes that need it at once', async () => {
    const worker = await bundleWorker(new URL('workers/digester.ts', import.meta.url));
    const run = promisify(execFile);
    const outputs = await Promise.all(Array.from({ length: 8 }, () => run(process.execPath, [worker, keysDirectory])));
    const [first, ...others] = new Set(outputs.map(({ stdout }) => stdout));
    expect(first).toMatch(/^\d{6}:[A-Za-z0-9_-]{22}$/);
    expect(others).toEqual([]);
    expect(epochs()).toEqual([`audit-hmac-${epochOf(Date.now())}.key`]);
  });
});

describe('when there is no usable key', () => {
  const refusal = (): unknown => {
    try {
      return open().of(argument('x'));
    } catch (error) {
      return error;
    }
  };

  it.each([
    ['is empty', () => writeFileSync(file('202611'), '', { mode: 0o600 }), /has 0 bytes instead of 32/],
    [
      'was cut',
      () => {
        open().of(argument('x'));
        truncateSync(file('202611'), 31);
      },
      /has 31 bytes instead of 32/,
    ],
    ['is too long', () => writeFileSync(file('202611'), 'x'.repeat(33), { mode: 0o600 }), /has 33 bytes/],
    [
      'is open to others',
      () => {
        writeFileSync(file('202611'), KEY);
        chmodSync(file('202611'), 0o640);
      },
      /is open to other users/,
    ],
    [
      'is a link',
      () => {
        writeFileSync(join(keysDirectory, 'other'), KEY, { mode: 0o600 });
        symlinkSync(join(keysDirectory, 'other'), file('202611'));
      },
      /cannot be read/,
    ],
  ])('refuses one that %s', (_, spoil, words) => {
    spoil();
    expect(refusal()).toMatchObject({ ...UNWRITABLE, message: expect.stringMatching(words) as string });
  });

  it('refuses where none can be made', () => {
    rmSync(keysDirectory, { recursive: true });
    try {
      expect(refusal()).toMatchObject(UNWRITABLE);
    } finally {
      keysDirectory = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
    }
  });

  it('never makes the key of a month that is over, and says what to do', () => {
    writeFileSync(file('202702'), KEY, { mode: 0o600 });
    expect(refusal()).toMatchObject({
      ...UNWRITABLE,
      message:
        'the audit log cannot be written: the clock shows the month 202611, whose key is gone, and there is a key of 202702; ' +
        `set the clock right, or remove \`${file('202702')}\` if the clock had leapt ahead`,
    });
    expect(existsSync(file('202611'))).toBe(false);
  });

  it('goes on with the month that had begun when the clock steps back over its beginning', () => {
    nowMs = Date.UTC(2026, 11, 1);
    open().of(argument('x'));
    nowMs -= 1_000;
    expect(open().of(argument('x'))).toMatch(/^202612:/);
    expect(epochs()).toEqual(['audit-hmac-202612.key']);
  });
});
