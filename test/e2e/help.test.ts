import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { DOCUMENTS, ROOT } from '../docs/markdown.ts';
import { type Home, makeHome } from './support/home.ts';
import { show } from './support/screen.ts';

let home: Home;
beforeAll(async () => {
  home = await makeHome({});
});
afterAll(() => home.remove());

describe('when somebody asks for help', () => {
  it('lists every command and every topic', async () => {
    const { exitCode, stdout, stderr } = await home.run(['help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const word of ['secret', 'approvals', 'help [words...]', ...Object.keys(TOPICS)])
      expect(stdout).toContain(`\n  ${word}`);
  });

  it.each(Object.keys(TOPICS))('prints the page of `%s`, plain and at most 80 wide but for code', async (topic) => {
    const { exitCode, stdout, stderr } = await home.run(['help', topic]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [, title] = /^# (.*)$/m.exec(readFileSync(join(ROOT, TOPICS[topic]!.page), 'utf8')) ?? [];
    expect(stdout.split('\n')[0]).toBe(title);
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    const prose = stdout.split('\n').filter((line) => !line.startsWith('    '));
    expect(prose.filter((line) => /<!--|\]\(|\*\*/.test(line))).toEqual([]);
    const wide = prose.filter((line) => line.length > 80);
    // A word that is longer than a line, such as a key, stays whole.
    expect(
      wide.filter((line) =>
        line
          .trim()
          .replace(/^[-\w]+: /, '')
          .includes(' '),
      ),
    ).toEqual([]);
  });

  it('shows the help of a command, as `--help` does', async () => {
    const { stdout } = await home.run(['help', 'policy', 'check']);
    expect(stdout).toBe((await home.run(['policy', 'check', '--help'])).stdout);
    expect(stdout).toContain('countersign policy check policies/*.json');
    expect((await home.run(['help', 'secret'])).stdout).toBe((await home.run(['secret', '--help'])).stdout);
  });

  it('leads from the page of a topic to the commands of the same name', async () => {
    expect((await home.run(['help', 'audit'])).stdout).toMatch(/\nIts commands: countersign audit --help$/);
  });

  it('suggests what a wrong word may have meant', async () => {
    expect(await home.run(['help', 'polcy'])).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: 'countersign: there is no command and no topic `polcy`\n  hint: countersign help policy',
    });
    expect((await home.run(['help', 'policy', 'chek'])).stderr).toContain('hint: countersign help policy check');
    expect((await home.run(['help', 'nonsense-upon-stilts'])).stderr).toContain('hint: `countersign help` lists both');
  });

  it('fills a terminal, in colours', async () => {
    const screen = show(home, ['help', 'telemetry'], { cols: 60, rows: 200 });
    await screen.until(/Metrics and traces\s+=+\s/);
    await screen.until(/countersign\.code\. Its status/);
    expect(Math.max(...screen.lines().map((line) => line.trimEnd().length))).toBeLessThanOrEqual(60);
  });

  it('knows every page that is about the product', () => {
    const pages = Object.values(TOPICS).map(({ page }) => page);
    const known = [...pages, 'README.md', 'CONTRIBUTING.md', 'docs/README.md', 'docs/cli.md', 'docs/mutation.md'];
    expect(DOCUMENTS.filter((page) => !known.includes(page) && !page.startsWith('docs/siem/'))).toEqual([]);
  });
});
