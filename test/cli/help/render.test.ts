import { describe, expect, it } from 'vitest';
import { PLAIN } from '../../../src/cli/help/inline.ts';
import { render } from '../../../src/cli/help/render.ts';
import { widthOf } from '../../../src/cli/help/wrap.ts';

function shown(markdown: string, width = 40, page = 'docs/quick-start.md'): string {
  return render(markdown, { page, width, styles: PLAIN });
}

describe('when a page is shown on a terminal', () => {
  it('breaks paragraphs and items at its width, and hangs items below their mark', () => {
    const page = `# A page\n\nOne two three four five six seven eight
nine ten.\n\n- **First** thing that takes more than one line\n  of the page.\n12. Twelfth.\n`;
    expect(shown(page, 24)).toBe(`A page
======

One two three four five
six seven eight nine
ten.

- First thing that takes
  more than one line of
  the page.
12. Twelfth.
`);
  });

  it('never breaks what is in a fence, and leaves out comments', () => {
    const line = 'countersign init --yes --currency USD --no-operator';
    expect(shown(`<!-- not run:\nlong -->\n\`\`\`sh\n${line}\n\n# no heading\n\`\`\`\n`, 20)).toBe(
      `    ${line}\n\n    # no heading\n`,
    );
  });

  it('names the topic that a link leads to, and the address of what is outside', () => {
    const text =
      'See [policy.md](policy.md#kinds), [how people sign](approvals.md), [MCP](https://x.example), [here](#a).';
    expect(shown(text, 200)).toBe(
      'See `countersign help policy`, how people sign (countersign help approvals), MCP (https://x.example), here.\n',
    );
    expect(shown('[x](docs/siem/README.md)', 80, 'README.md')).toBe('x (countersign help siem)\n');
  });

  it('shows a table in columns, the last one broken', () => {
    const table = '| a | meaning |\n| --- | ---: |\n| `x\\|y` | one two three four five six seven eight |\n';
    expect(shown(table)).toBe(`a      meaning
-----  ---------------------------------
\`x|y\`  one two three four five six seven
       eight
`);
  });

  it('shows a table row by row where columns have no room', () => {
    const table =
      '| client | file | project |\n| --- | --- | --- |\n| c1 | a long name of a file | and its project too |\n';
    expect(shown(table, 30)).toBe(`  c1
    file: a long name of a
      file
    project: and its project
      too
`);
  });

  it('leaves names with underscores as they are, and takes the marks off emphasis', () => {
    expect(shown('A _word_ of create_refund_now is *not* `mcp__x`.', 80)).toBe(
      'A word of create_refund_now is *not* `mcp__x`.\n',
    );
  });

  it('measures what is seen', () => {
    expect(widthOf('\u001b[1mbold\u001b[22m ✓')).toBe(6);
  });
});
