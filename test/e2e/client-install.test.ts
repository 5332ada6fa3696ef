/** `client install` and `client uninstall` through the real binary, on files as people have them. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, type Finished, type Home, makeHome } from './support/home.ts';

const CONFIG = {
  version: 1,
  policies: { p: { version: 1, default: 'deny', rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] } },
  grants: { agent: { principal: 'a@acme.example', policies: ['p'], upstreams: [] } },
};

let home: Home;
let project: string;
beforeEach(async () => {
  home = await makeHome(CONFIG);
  project = join(home.room, 'work');
  mkdirSync(project);
});
afterEach(() => home.remove());

/** Runs a command in the project's directory. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const options = { env: { ...home.env, ...env }, cwd: project, reject: false, stdin: 'ignore' } as const;
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], options);
  return { exitCode: exitCode ?? -1, stdout, stderr };
}
const install = (client: string, ...more: string[]): Promise<Finished> =>
  run(['client', 'install', client, '--yes', ...more]);
const uninstall = (client: string, ...more: string[]): Promise<Finished> =>
  run(['client', 'uninstall', client, '--yes', ...more]);

function put(path: string, text: string, mode = 0o644): string {
  const file = join(home.room, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}
const read = (file: string): string => readFileSync(file, 'utf8');
const changes = (): Record<string, unknown>[] => home.records().filter(({ kind }) => /^client_/.test(String(kind)));

const CURSOR = '.cursor/mcp.json';
const JSONC = `// mine
{
  /* the files */
  "mcpServers": {
    "files": { "command": "npx", "args": ["-y", "files"], }, // keep
  },
}
`;

describe('what is written and given back to the byte', () => {
  it.each([
    ['comments and trailing commas', 'cursor', CURSOR, JSONC],
    ['the line ends of Windows and a byte order mark', 'cursor', CURSOR, `\uFEFF${JSONC.replaceAll('\n', '\r\n')}`],
    ['one line without an end', 'cursor', CURSOR, '{"mcpServers":{"a":{"command":"a"}},"x":[1,2.50,1e3]}'],
    [
      'tabs',
      'claude-code',
      '.claude.json',
      '{\n\t"numStartups": 7,\n\t"mcpServers": {\n\t\t"a": {"command": "a"}\n\t}\n}',
    ],
    ['an empty file', 'cursor', CURSOR, ''],
    ['no table of servers', 'zed', '.config/zed/settings.json', '// zed\n{ "theme": "dark" }\n'],
    [
      'TOML with comments',
      'codex',
      '.codex/config.toml',
      'model = "o4" # mine\n\n[mcp_servers.a]\ncommand = "a"\n\n# end\n',
    ],
    ['TOML with the line ends of Windows', 'codex', '.codex/config.toml', 'model = "o4"\r\n[tui]\r\ntheme = "x"\r\n'],
  ])('%s', async (_, client, path, text) => {
    const file = put(path, text, 0o640);
    const done = await install(client, '--json');
    expect([done.exitCode, done.stderr]).toEqual([0, '']);
    expect(JSON.parse(done.stdout)).toMatchObject({ changed: true, file, name: 'countersign', grant: 'agent' });
    expect(read(file)).not.toBe(text);
    if (text.includes('\r\n')) expect(read(file).replaceAll('\r\n', '')).not.toContain('\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const after = read(file);
    expect(JSON.parse((await install(client, '--json')).stdout)).toMatchObject({ changed: false });
    expect(read(file)).toBe(after);
    expect(JSON.parse((await uninstall(client, '--json')).stdout)).toMatchObject({ changed: true, by: 'bytes' });
    expect(read(file)).toBe(text);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(changes()).toMatchObject([
      { kind: 'client_installed', does: 'client install', mcpClient: client, scope: 'user', entries: ['countersign'] },
      { kind: 'client_uninstalled', does: 'client uninstall', mcpClient: client, moved: [], movedCount: 0 },
    ]);
  });

  it('a file that was not there, which goes again', async () => {
    expect((await install('cursor')).exitCode).toBe(0);
    const file = join(home.room, CURSOR);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await uninstall('cursor')).exitCode).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  it('a link into a repository of dotfiles, which stays one', async () => {
    const real = put('dotfiles/cursor.json', JSONC);
    mkdirSync(join(home.room, '.cursor'));
    const link = join(home.room, CURSOR);
    symlinkSync('../dotfiles/cursor.json', link);
    expect((await install('cursor')).exitCode).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(read(real)).toContain('"countersign"');
    expect((await uninstall('cursor')).exitCode).toBe(0);
    expect([lstatSync(link).isSymbolicLink(), read(real)]).toEqual([true, JSONC]);
  });

  it('a file that only its owner may read, and not write', async () => {
    const file = put(CURSOR, JSONC, 0o444);
    expect((await install('cursor')).exitCode).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o444);
    expect((await uninstall('cursor')).exitCode).toBe(0);
    expect([read(file), statSync(file).mode & 0o777]).toEqual([JSONC, 0o444]);
  });
});

describe('whose file it is', () => {
  it("the project's in the working directory, beside the person's", async () => {
    const own = put(CURSOR, JSONC);
    const theirs = put('work/.cursor/mcp.json', '{}\n');
    expect((await install('cursor', '--scope', 'project')).exitCode).toBe(0);
    expect([read(own), read(theirs).includes('"countersign"')]).toEqual([JSONC, true]);
    expect(changes()).toMatchObject([{ scope: 'project', file: 'mcp.json' }]);
    // Neither's backup is the other's.
    expect((await uninstall('cursor')).stderr).toContain('has nothing of the gateway');
    expect((await uninstall('cursor', '--scope', 'project')).exitCode).toBe(0);
    expect(read(theirs)).toBe('{}\n');
  });

  it.each([
    [['claude-desktop', '--scope', 'project'], /no configuration of its own in a project/],
    [['netscape'], /no client `netscape` is known/],
    [['cursor', '--name', 'a b'], /no name that every client takes/],
    [['cursor', '--grant', 'nobody'], /nobody/],
  ])('refuses %j', async (args, why) => {
    const { exitCode, stderr } = await run(['client', 'install', '--yes', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why) as string]);
    expect(changes()).toEqual([]);
  });
});

describe('what is refused, and left as it is', () => {
  it.each([
    ['JSON with a fault', CURSOR, '{"mcpServers": {"a": sk_live_secretsecret}}\n', /is not JSON, in line 1/],
    [
      'another server of that name',
      CURSOR,
      '{"mcpServers":{"countersign":{"command":"other"}}}',
      /another server called/,
    ],
    ['a table that is a list', CURSOR, '{"mcpServers": []}', /cannot be changed in place/],
    ['a text that is not UTF-8', CURSOR, Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
  ])('%s', async (_, path, text, why) => {
    const file = put(path, '');
    writeFileSync(file, text);
    const { exitCode, stdout, stderr } = await install('cursor');
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why) as string]);
    expect(stdout + stderr).not.toContain('secretsecret');
    expect(readFileSync(file)).toEqual(Buffer.from(text));
    expect(changes()).toEqual([]);
  });

  it('a link that leads nowhere', async () => {
    mkdirSync(join(home.room, '.cursor'));
    symlinkSync('/nowhere/at/all', join(home.room, CURSOR));
    const { exitCode, stderr } = await install('cursor');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('leads nowhere') as string]);
  });

  it('TOML of which the table is written inline', async () => {
    const text = 'mcp_servers = { a = { command = "a" } }\n';
    const file = put('.codex/config.toml', text);
    const { exitCode, stderr } = await install('codex');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--print json') as string]);
    expect(read(file)).toBe(text);
  });

  it('a change that the log cannot take', async () => {
    const file = put(CURSOR, JSONC);
    await run(['grant', 'issue', 'agent']);
    const audit = join(home.directory, 'audit');
    await rm(audit, { recursive: true });
    symlinkSync('/tmp', audit);
    const { exitCode } = await install('cursor');
    expect([exitCode === 0, read(file)]).toEqual([false, JSONC]);
  });

  it('a change that nobody confirms, or only looks at', async () => {
    const file = put(CURSOR, JSONC);
    expect((await run(['client', 'install', 'cursor'])).exitCode).toBe(2);
    const dry = await run(['client', 'install', 'cursor', '--dry-run']);
    expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringContaining('+     "countersign"') as string]);
    expect([read(file), changes()]).toEqual([JSONC, []]);
  });
});

describe('when somebody edited the file between the two', () => {
  it('takes only our entry out, keeps the edit, and says so', async () => {
    const file = put(CURSOR, JSONC);
    await install('cursor');
    writeFileSync(file, read(file).replace('"files"', '"papers"').replace('// mine', '// yours'));
    const { exitCode, stderr } = await uninstall('cursor');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining('was changed since: took out `countersign`') as string,
    ]);
    expect(read(file)).toContain('// yours');
    expect(read(file)).toContain('"papers": { "command": "npx", "args": ["-y", "files"], }');
    expect(read(file)).not.toContain('countersign');
  });

  it('leaves it alone where our entry is gone already', async () => {
    const file = put(CURSOR, JSONC);
    await install('cursor');
    writeFileSync(file, '{"mcpServers":{"mine":{"command":"m"}}}');
    const { exitCode, stderr } = await uninstall('cursor');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('has nothing of the gateway') as string]);
    expect(read(file)).toBe('{"mcpServers":{"mine":{"command":"m"}}}');
    expect(changes()).toHaveLength(1);
  });

  it('takes out an entry of another name, and what stands there now goes back with the next', async () => {
    const file = put(CURSOR, JSONC);
    await install('cursor', '--name', 'payments');
    expect(read(file)).toContain('"payments"');
    const edited = read(file).replace('// keep', '// kept');
    writeFileSync(file, edited);
    await install('cursor', '--name', 'more');
    const done = await uninstall('cursor', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ by: 'entries', dropped: ['payments', 'more'] });
    expect(read(file)).toContain('// kept');
    expect(read(file)).not.toContain('COUNTERSIGN_TOKEN_FILE');
  });
});

describe('when the home is gone', () => {
  it('takes the entry out all the same, and says that nothing was recorded', async () => {
    const file = put(CURSOR, JSONC);
    await install('cursor');
    await rm(home.directory, { recursive: true });
    const { exitCode, stderr } = await uninstall('cursor');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('so this is not recorded') as string]);
    expect(read(file)).not.toContain('countersign');
    expect(read(file)).toContain('/* the files */');
    expect(existsSync(home.directory)).toBe(false);
  });

  it('goes on where the log cannot be written, and says so', async () => {
    const file = put(CURSOR, JSONC);
    await install('cursor');
    await rm(join(home.directory, 'audit'), { recursive: true });
    const { exitCode, stderr } = await uninstall('cursor');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('could not be recorded') as string]);
    expect(read(file)).toBe(JSONC);
  });
});

describe('what stands in a file that others wrote', () => {
  it('moves nothing on the terminal, and shows no value', async () => {
    const evil = {
      '\u001b[2Jcleared\r\u202e': {
        command: 'x',
        args: ['--api-key=sk_live_0123456789abcdef'],
        env: { A: 'hunter2hunter2' },
      },
    };
    const file = put(CURSOR, JSON.stringify({ mcpServers: { ...evil, files: { command: 'f' } } }, null, 2));
    for (const args of [
      ['client', 'list'],
      ['client', 'install', 'cursor', '--yes'],
      ['client', 'uninstall', 'cursor', '--yes'],
    ]) {
      const { exitCode, stdout, stderr } = await run(args);
      expect([args[1], exitCode]).toEqual([args[1], 0]);
      expect(stdout + stderr).not.toMatch(/[\u001b\r\u202e]|0123456789abcdef|hunter2/);
    }
    expect(read(file)).toContain('sk_live_0123456789abcdef');
  });

  it('is refused above 32 MiB', async () => {
    const file = put(CURSOR, '');
    writeFileSync(file, `{"a":"${'x'.repeat(33 * 1024 * 1024)}"}`);
    const { exitCode, stderr } = await install('cursor');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is over 32 MiB') as string]);
    chmodSync(file, 0o600);
  });
});
