import { describe, expect, it } from 'vitest';
import { isColourful } from '../../src/cli/colors.ts';

describe('colours', () => {
  it.each([
    ['on a terminal', {}, true, true],
    ['not on a pipe', {}, false, false],
    ['not on a pipe of a machine that builds', { CI: 'true' }, false, false],
    ['not on a terminal without colours', { TERM: 'dumb' }, true, false],
    ['not when NO_COLOR says so', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['on a terminal when NO_COLOR is empty', { NO_COLOR: '' }, true, true],
    ['on a pipe when FORCE_COLOR says so', { FORCE_COLOR: '1' }, false, true],
  ])('are shown %s: %j, terminal %s', (_when, env, isTerminal, shown) => {
    expect(isColourful(env, isTerminal)).toBe(shown);
  });
});
