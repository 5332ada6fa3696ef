import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { manual } from './man.ts';
import { ROOT } from './markdown.ts';
import { reference } from './reference.ts';

describe('when a command changes', () => {
  it('is described in docs/cli.md as it describes itself; `npm run reference` writes the page', async () => {
    const page = join(ROOT, 'docs', 'cli.md');
    const text = await format(await reference(), { ...(await resolveConfig(page)), filepath: page });
    await expect(text).toMatchFileSnapshot(page);
  });

  it('is described in man/countersign.1 too', async () => {
    await expect(await manual()).toMatchFileSnapshot(join(ROOT, 'man', 'countersign.1'));
  });

  it('finds its manual page in the package', () => {
    const { man, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(man).toBe('man/countersign.1');
    expect(files).toContain('man');
  });
});
