import { describe, expect, it } from 'vitest';

describe('when the core is loaded', () => {
  // Nothing of it is imported above, so that a table which cannot be read fails this test and not the file.
  it('has its tables, its grammars and its door', async () => {
    const core = await import('../../src/core/index.ts');
    expect(core.decide).toBeTypeOf('function');
    expect(core.isoExponent('USD')).toBe(2);
  });
});
