import { describe, expect, it } from 'vitest';
import { faultWords } from '../../src/core/fault-words.ts';

class Odd extends Error {}

describe('when a fault of our own is told', () => {
  it('tells its kind and its frames, and not a word of its message', () => {
    const words = faultWords(new TypeError('secret 4242\n    at secret (secret.js:1:1)\nsecret'));
    expect(words).toMatch(/^TypeError\n {4}at .*fault-words\.test\.ts/);
    expect(words).not.toContain('secret');
    expect(words.split('\n').length).toBeLessThanOrEqual(11);
  });

  it('takes the kind from the class, not from a name that was set', () => {
    const error = Object.assign(new Odd(''), { name: 'secret' });
    expect(faultWords(error)).toMatch(/^Odd\n {4}at /);
  });

  it('tells no frames where the message was changed, and nothing of what is no error', () => {
    const error = Object.assign(new Error('another'), { stack: 'Error: secret\n    at secret (secret.js:1:1)' });
    expect(faultWords(error)).toBe('Error');
    for (const thrown of ['secret', { message: 'secret' }, null])
      expect(faultWords(thrown)).toBe('something was thrown that is no error');
  });
});
