import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecord, seal, type OcsfRecord } from '../../src/audit/chain.ts';

/** Records with whatever text may stand in them: controls, line ends of other alphabets, characters of two units. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\u007f', '\u0085', '\u2028', '\ufeff', '\ufffd', '"', '\\'),
    fc.string({ unit: 'binary' }),
  ),
  maxLength: 12,
});
/** No record has a key that is a number, which JavaScript would put before the others. */
const name = text.map((rest) => `k${rest}`);
const leaf = fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const record = fc.record({ time: fc.nat(), message: text, more: value, note: value }).map(({ note, ...rest }) => {
  const countersign = { kind: 'x', segment: 's', seq: 0, prev: '0'.repeat(64), note };
  return { ...rest, unmapped: { countersign } } as unknown as OcsfRecord;
});

describe('a record that was written', () => {
  it('is read as intact, whatever text it holds', () => {
    fc.assert(
      fc.property(record, (written) => {
        const { bytes, hash } = seal(written);
        expect(readRecord(bytes.subarray(0, -1))).toMatchObject({ intact: true, hash, computed: hash });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is no longer intact with any other text, even of the same value', () => {
    const { bytes } = seal({
      ...{ time: 1, message: 'a\u2028b' },
      unmapped: { countersign: { kind: 'x', segment: 's', seq: 0, prev: '0'.repeat(64) } },
    });
    const line = bytes.toString().trimEnd();
    const others = [
      line.replace('\\u2028', '\u2028'),
      line.replace('a', '\\u0061'),
      line.replace('":', '": '),
      `${line} `,
    ];
    for (const other of others) {
      expect(other).not.toBe(line);
      expect(readRecord(Buffer.from(other))?.intact, other).toBe(false);
    }
  });
});
