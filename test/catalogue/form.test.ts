/** The catalogue is held to the form that an operator's own entries have. */
import { describe, expect, it } from 'vitest';
import { PROVIDER_NAMES } from '../../src/catalogue/index.ts';
import { loadProvider } from '../../src/catalogue/providers.ts';
import { Entries } from '../../src/config/entry-schema.ts';
import { parseCurrency } from '../../src/core/currencies.ts';

describe('when the catalogue is read as configuration', () => {
  it.each(PROVIDER_NAMES)('accepts every entry of %s', async (name) => {
    const { surfaces, provider, exponents } = await loadProvider(name);
    expect(provider).toBe(name);
    for (const { tools } of surfaces) {
      for (const [tool, entries] of Object.entries(tools)) {
        expect([tool, Entries.safeParse(entries).error?.issues ?? []]).toEqual([tool, []]);
      }
    }
    for (const [currency, exponent] of Object.entries(exponents ?? {})) {
      expect([parseCurrency(currency).ok, Number.isInteger(exponent)]).toEqual([true, true]);
    }
  });
});
