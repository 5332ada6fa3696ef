import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providersTable } from '../../scripts/providers-table.ts';
import { PROVIDER_NAMES } from '../../src/catalogue/index.ts';

const TEXT = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');

/** Rows without the spaces that line their columns up. */
function rowsOf(markdown: string): readonly string[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|') && !/^\|[ :|-]+\|$/.test(line));
  return rows.map((row) => row.replace(/\s*\|\s*/g, '|'));
}

describe('when docs/providers.md is read', () => {
  it('counts what the catalogue has; `node scripts/providers.mjs` brings it up to date', async () => {
    const table = TEXT.split('<!-- table -->')[1]?.split('<!-- end of table -->')[0] ?? '';
    expect(rowsOf(table)).toEqual(rowsOf(await providersTable()));
  });

  it.each(PROVIDER_NAMES)('has a section for %s', (name) => {
    expect(TEXT).toMatch(new RegExp(`^### .*\`${name}\``, 'm'));
  });
});
