import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { ROOT } from './markdown.ts';
import { reference } from './reference.ts';

describe('when a command changes', () => {
  it('is described in docs/cli.md as it describes itself; `npm run reference` writes the page', async () => {
    const page = join(ROOT, 'docs', 'cli.md');
    const text = await format(await reference(), { ...(await resolveConfig(page)), filepath: page });
    await expect(text).toMatchFileSnapshot(page);
  });
});
