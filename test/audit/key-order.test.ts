import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inKeyOrder } from '../../src/audit/key-order.ts';

describe('the order of keys', () => {
  it('is that of their UTF-16 code units, whatever was sorted before', () => {
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'a,b', '\u{1f4b6}', '\uffff', ''));
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(key, { maxLength: 70 }), { maxLength: 30 }), (lists) => {
        for (const keys of [...lists, ...lists]) expect(inKeyOrder(keys)).toEqual([...keys].sort());
      }),
    );
  });

  it('does not take one list of keys for another', () => {
    expect(inKeyOrder(['b,c', 'a'])).toEqual(['a', 'b,c']);
    expect(inKeyOrder(['b', 'c,a'])).toEqual(['b', 'c,a']);
    expect(inKeyOrder(['\u{1f4b6}', '\uffff'])).toEqual(['\u{1f4b6}', '\uffff']);
  });
});
