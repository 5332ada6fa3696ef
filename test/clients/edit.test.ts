import { describe, expect, it } from 'vitest';
import { ClientFileError, dataOf, editEntries, type EntryEdit } from '../../src/clients/index.ts';

const ENTRY = { command: '/usr/bin/node', args: ['/opt/countersign.js'], env: { COUNTERSIGN_TOKEN_FILE: '/h/t' } };
const put = (table: string, name = 'countersign'): EntryEdit => ({ is: 'put', path: [table, name], value: ENTRY });
const drop = (table: string, name = 'countersign'): EntryEdit => ({ is: 'drop', path: [table, name] });
const json = (text: string, ...edits: EntryEdit[]): string => editEntries('c.json', 'jsonc', text, edits);
const toml = (text: string, ...edits: EntryEdit[]): string => editEntries('c.toml', 'toml', text, edits);

const ZED = `// Zed settings
{
  "theme": "One Dark", // dark
  "vim_mode":   false,
  "context_servers": {
    // pays
    "stripe": {
      "command": "npx",
      "args": ["-y", "@stripe/mcp"],
    },
  },
  "tab_size": 2,
}
`;

describe('when a JSON file of a client is changed', () => {
  it('puts an entry behind the others, and leaves comments, order, spaces and trailing commas', () => {
    const edited = json(ZED, put('context_servers'));
    expect(edited).toBe(
      ZED.replace(
        `    },\n  },\n  "tab`,
        `    },\n    "countersign": {\n      "command": "/usr/bin/node",\n      "args": ["/opt/countersign.js"],\n      "env": { "COUNTERSIGN_TOKEN_FILE": "/h/t" }\n    },\n  },\n  "tab`,
      ),
    );
    expect(json(edited, put('context_servers'))).toBe(edited);
    expect(json(edited, drop('context_servers'))).toBe(ZED.replace('    },\n  },\n  "tab', '    }\n  },\n  "tab'));
  });

  it('takes an entry out with the line it stands in', () => {
    const text = '{\n  "mcpServers": {\n    "a": { "command": "a" },\n    "b": { "command": "b" }\n  }\n}\n';
    expect(json(text, drop('mcpServers', 'a'))).toBe('{\n  "mcpServers": {\n    "b": { "command": "b" }\n  }\n}\n');
  });

  it('makes the table where there is none, and the file where it is empty', () => {
    expect(dataOf('', 'jsonc', json('{"numStartups": 3}', put('mcpServers')))).toEqual({
      numStartups: 3,
      mcpServers: { countersign: ENTRY },
    });
    expect(json('', put('mcpServers'))).toMatch(/^\{\n {2}"mcpServers": \{/);
    expect(dataOf('', 'jsonc', json('', put('mcpServers')))).toEqual({ mcpServers: { countersign: ENTRY } });
    expect(dataOf('', 'jsonc', json('{"mcpServers":{}}\r\n', put('mcpServers')))).toEqual({
      mcpServers: { countersign: ENTRY },
    });
  });

  it('keeps the byte order mark and the line ends of Windows', () => {
    const text = '\uFEFF{\r\n  "mcpServers": {\r\n    "a": { "command": "a" }\r\n  }\r\n}\r\n';
    const edited = json(text, put('mcpServers'));
    expect(edited.startsWith('\uFEFF{')).toBe(true);
    expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
    expect(json(edited, drop('mcpServers'))).toBe(text);
  });

  it('refuses a file that is no JSON, and one that says a thing twice', () => {
    expect(() => json('{ "a": }', put('mcpServers'))).toThrow(ClientFileError);
    const twice = '{ "mcpServers": { "a": {} }, "mcpServers": { "b": {} } }';
    expect(() => json(twice, put('mcpServers'))).toThrow('cannot be changed in place');
  });
});

const CODEX = `# My Codex
model = "o4"   # the good one

[mcp_servers.stripe]
command = "npx"   # from npm
args = ["-y", "@stripe/mcp"]

[mcp_servers.stripe.env]
STRIPE_SECRET_KEY = "x"

# about docs
[mcp_servers."my docs"]
command = "docs"
text = """
[mcp_servers.countersign]
"""

[tui]
theme = 'dark'
`;

describe('when a TOML file of a client is changed', () => {
  it('puts a table at the end, and takes it off again to the byte', () => {
    const edited = toml(CODEX, put('mcp_servers'));
    expect(edited).toBe(
      `${CODEX}\n[mcp_servers.countersign]\ncommand = "/usr/bin/node"\nargs = [ "/opt/countersign.js" ]\n\n[mcp_servers.countersign.env]\nCOUNTERSIGN_TOKEN_FILE = "/h/t"\n`,
    );
    expect(toml(edited, put('mcp_servers'))).toBe(edited);
    expect(toml(edited, drop('mcp_servers'))).toBe(CODEX);
  });

  it('takes a table out with its sub-tables, and leaves the comments of the next one', () => {
    expect(toml(CODEX, drop('mcp_servers', 'stripe'))).toBe(
      CODEX.replace(/\[mcp_servers\.stripe\][^#]*#[^#]*(?=# about)/, ''),
    );
    expect(toml(CODEX, drop('mcp_servers', 'my docs'))).toBe(
      CODEX.replace(/\[mcp_servers\."my docs"\][\s\S]*(?=\[tui\])/, ''),
    );
  });

  it('replaces a table that says something else', () => {
    const other = `${CODEX}\n[mcp_servers.countersign]\ncommand = "old"\n`;
    expect(toml(other, put('mcp_servers'))).toBe(toml(CODEX, put('mcp_servers')));
  });

  it('refuses a server that is written inline, since no table of it could be cut out', () => {
    const inline = 'mcp_servers = { stripe = { command = "npx" } }\n';
    expect(() => toml(inline, put('mcp_servers'))).toThrow('cannot be changed in place');
    expect(() => toml('[mcp_servers]\nstripe = { command = "npx" }\n', drop('mcp_servers', 'stripe'))).toThrow(
      ClientFileError,
    );
  });

  it('writes a new file', () => {
    expect(dataOf('', 'toml', toml('', put('mcp_servers')))).toEqual({ mcp_servers: { countersign: ENTRY } });
  });
});
