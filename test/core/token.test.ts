import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToken, tokenFrom, TokenError } from '../../src/core/index.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('when a token is made', () => {
  it('is a prefix, 43 characters of the number, and 6 of its checksum', () => {
    // crc32 of 43 zeros (as python's zlib.crc32 gives it) in base 62.
    expect(tokenFrom(new Uint8Array(32))).toBe(`csg_${'0'.repeat(43)}2CZclj`);
    expect(tokenFrom(new Uint8Array(32).fill(255))).toBe('csg_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1');
  });

  it('always has the grammar of a token', () => {
    fc.assert(
      fc.property(bytes, (random) => {
        const token = tokenFrom(random);
        expect(token).toMatch(/^csg_[0-9A-Za-z]{49}$/);
        expect(isToken(token)).toBe(true);
      }),
    );
  });

  it('differs where the bytes differ', () => {
    fc.assert(
      fc.property(bytes, bytes, (left, right) => {
        expect(tokenFrom(left) === tokenFrom(right)).toBe(Buffer.compare(left, right) === 0);
      }),
    );
  });

  it('refuses another number of bytes', () => {
    for (const length of [0, 31, 33]) {
      const error = (() => {
        try {
          return tokenFrom(new Uint8Array(length));
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toBeInstanceOf(TokenError);
      expect(error).toMatchObject({
        name: 'TokenError',
        code: 'wrong_length',
        message: `a token is made of 32 random bytes, not of ${length}`,
      });
    }
  });
});

describe('when a text is taken for a token', () => {
  const good = 'csg_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1';

  it('is one with its checksum', () => {
    expect(isToken(good)).toBe(true);
  });

  it('is none with any single character changed', () => {
    fc.assert(
      fc.property(fc.nat(48), fc.constantFrom('0', '1', '7', 'A', 'Z', 'a', 'z'), (at, character) => {
        const text = good.slice(0, 4 + at) + character + good.slice(5 + at);
        expect(isToken(text)).toBe(text === good);
      }),
    );
  });

  it.each([
    '',
    'csg_',
    good.slice(1),
    `${good}0`,
    `${good}${good.slice(-6)}`,
    `${good}\n`,
    ` ${good}`,
    good.replace('csg_', 'CSG_'),
    good.slice(0, -1),
  ])('is none: %j', (text) => expect(isToken(text)).toBe(false));
});

describe('when a text goes on after a token', () => {
  it('is no token, though it ends with the right checksum', () => {
    const token = tokenFrom(new Uint8Array(32));
    expect(isToken(token)).toBe(true);
    expect(isToken(`${token}${token.slice(-6)}`)).toBe(false);
  });
});
