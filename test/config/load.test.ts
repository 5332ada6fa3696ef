import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Whereabouts } from '../../src/config/index.ts';
import { ConfigError, findConfig, loadConfig, loadPolicyFile } from '../../src/config/index.ts';
import { brandAs } from '../../src/core/ids.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const VALID = '{"version":1}';
const POLICY = '{"version":1,"rules":[{"id":"reads","tools":["kind:read"],"effect":"allow"}]}';

let root = '';
let home = '';
const before = process.cwd();

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'load-')));
  home = join(root, 'home');
  mkdirSync(home);
});
afterEach(() => {
  process.chdir(before);
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function put(name: string, text: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function refusal(step: () => unknown): Promise<ConfigError> {
  try {
    await step();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const find = (more: Partial<Whereabouts> = {}): string => findConfig({ home, env: {}, ...more });

describe('finding the configuration', () => {
  it('takes --config, then COUNTERSIGN_CONFIG, then the home', () => {
    const own = put('home/countersign.config.json', VALID);
    const named = put('named.yaml', 'version: 1');
    const given = put('given.jsonc', VALID);
    const env = { COUNTERSIGN_CONFIG: named };
    expect(find({ file: given, env })).toBe(given);
    expect(find({ env })).toBe(named);
    expect(find({ env: { COUNTERSIGN_CONFIG: '' } })).toBe(own);
  });

  it.each(['json', 'jsonc', 'yaml', 'yml'])('knows countersign.config.%s of the home', (ending) => {
    const own = put(`home/countersign.config.${ending}`, 'version: 1');
    expect(find()).toBe(own);
  });

  it('never looks into the working directory', async () => {
    put('repository/countersign.config.json', VALID);
    process.chdir(join(root, 'repository'));
    const error = await refusal(() => find());
    expect(error.code).toBe('not_found');
    expect(error.message).toBe(
      `there is no configuration in \`${home}\`; write \`countersign.config.json\` there, or name a file with --config`,
    );
    const env = { COUNTERSIGN_CONFIG: 'countersign.config.json' };
    expect((await refusal(() => find({ env }))).code).toBe('unreadable');
  });

  it('does not choose between two', async () => {
    put('home/countersign.config.json', VALID);
    put('home/countersign.config.yml', 'version: 1');
    expect((await refusal(() => find())).message).toMatch(/^both `.*json` and `.*yml` exist; keep one of them$/);
  });

  it.each([
    ['missing.json', 'not_found'],
    ['config.js', 'unreadable'],
    ['package.json', 'unreadable'],
    ['directory.json', 'unreadable'],
    ['large.json', 'unreadable'],
  ])('refuses %s as %s', async (name, code) => {
    put('config.js', 'globalThis.ran = true');
    put('package.json', VALID);
    put('large.json', ' '.repeat(1024 * 1024 + 1));
    mkdirSync(join(root, 'directory.json'));
    expect((await refusal(() => loadConfig({ home, env: {}, file: join(root, name) }))).code).toBe(code);
    expect('ran' in globalThis).toBe(false);
  });
});

describe('when the working directory is hostile', () => {
  const ran = (): boolean => fs.existsSync(join(root, 'RAN'));

  beforeEach(() => {
    const program = `require('node:fs').writeFileSync(${JSON.stringify(join(root, 'RAN'))}, '');`;
    put('repository/.config/config.js', program);
    put('repository/.config/config.cjs', program);
    put('repository/.countersignrc', VALID);
    put('repository/countersign.config.js', program);
    put('repository/countersign.config.json', '{"version":1,"state":"postgres://stolen"}');
    put('home/countersign.config.json', VALID);
    process.chdir(join(root, 'repository'));
    vi.resetModules();
  });

  const putManifest = (): void => {
    put('repository/package.json', '{"cosmiconfig":{"searchPlaces":["stolen.json"]},"countersign":{"version":1}}');
    put('repository/.config/config.json', '{"cosmiconfig":{"searchPlaces":["stolen.json"]}}');
  };

  /** Runs a program in that directory to its end: the library imports the hostile file behind its caller's back. */
  async function run(program: string): Promise<string> {
    const outfile = join(root, 'bundle.cjs');
    const stdin = { contents: program, resolveDir: ROOT, loader: 'ts' as const };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' });
    return execFileSync(process.execPath, [outfile, home], { cwd: join(root, 'repository'), encoding: 'utf8' });
  }

  it('runs nothing of it', async () => {
    const load = `import { loadConfig } from './src/config/index.ts';
      void loadConfig({ home: process.argv[2]!, env: {} }).then(({ file }) => process.stdout.write(file));`;
    expect(await run(load)).toBe(join(home, 'countersign.config.json'));
    expect(ran()).toBe(false);
  });

  it('would run it if the library were used alone', async () => {
    await run(`import { cosmiconfig } from 'cosmiconfig'; cosmiconfig('countersign', { searchPlaces: [] });`);
    expect(ran()).toBe(true);
  });

  it.each([true, false])('reads nothing of it, with a manifest: %s', async (manifest) => {
    if (manifest) putManifest();
    const paths: unknown[] = [];
    const restore: (() => void)[] = [];
    const note = <Name extends string>(object: Record<Name, unknown>, name: Name): void => {
      const real = object[name] as (...args: unknown[]) => unknown;
      object[name] = (...args: unknown[]): unknown => {
        paths.push(args[0]);
        return Reflect.apply(real, object, args);
      };
      restore.push(() => (object[name] = real));
    };
    for (const name of ['readFile', 'readFileSync', 'open', 'openSync', 'statSync', 'lstatSync'] as const)
      note(fs, name);
    for (const name of ['readFile', 'open', 'stat', 'lstat'] as const) note(fsPromises, name);
    try {
      const fresh = await import('../../src/config/index.ts');
      expect((await fresh.loadConfig({ home, env: {} })).file).toBe(join(home, 'countersign.config.json'));
    } finally {
      for (const step of restore) step();
    }
    expect(paths.map(String)).toContain(join(home, 'countersign.config.json'));
    expect(paths.map(String).filter((path) => path.startsWith(join(root, 'repository')))).toEqual([]);
    expect(process.cwd()).toBe(join(root, 'repository'));
  });

  it('goes on when the working directory was removed', async () => {
    mkdirSync(join(root, 'gone'));
    process.chdir(join(root, 'gone'));
    rmSync(join(root, 'gone'), { recursive: true });
    const fresh = await import('../../src/config/index.ts');
    expect((await fresh.loadConfig({ home, env: {} })).state).toEqual({ is: 'sqlite' });
    process.chdir(before);
  });
});

describe('loading the configuration', () => {
  const load = (text: string, name = 'home/countersign.config.json') => {
    return loadConfig({ home, env: {}, file: put(name, text) });
  };

  it('throws every fault with its place', async () => {
    const error = await refusal(() => load('{"version":1,\n"polices":{},\n"state":5}'));
    const file = join(home, 'countersign.config.json');
    expect(error.code).toBe('invalid');
    expect(error.faults.map(({ line, column, code }) => [line, column, code])).toEqual([
      [2, 1, 'unrecognized_key'],
      [3, 9, 'wrong_value'],
    ]);
    expect(error.message).toBe(
      [
        `the configuration \`${file}\` has 2 faults`,
        `  ${file}:2:1: /polices: unknown key \`polices\`; expected \`$schema\`, \`version\`, \`upstreams\`, \`policies\`, \`grants\`, \`approvals\`, \`audit\`, \`telemetry\`, \`state\`, \`trust\``,
        `  ${file}:3:9: /state: expected \`sqlite\`, or an address like \`rediss://host:6379/0\` or \`postgres://host/database\`, or \`{ "url": "…", "username": "…" }\``,
      ].join('\n'),
    );
  });

  it('does not obey what the file says to the library', async () => {
    put('home/other.json', VALID);
    const error = await refusal(() => load('{"version":1,"$import":"./other.json"}'));
    expect(error.faults.map(({ code }) => code)).toEqual(['unrecognized_key']);
  });

  it('refuses an empty file and one that is not UTF-8', async () => {
    expect((await refusal(() => load(''))).faults.map(({ code }) => code)).toEqual(['empty']);
    fs.writeFileSync(join(home, 'latin.json'), Buffer.from([0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d]));
    const error = await refusal(() => loadConfig({ home, env: {}, file: join(home, 'latin.json') }));
    expect(error.faults.map(({ code }) => code)).toEqual(['bad_text']);
  });

  it('reads the file anew each time', async () => {
    expect((await load('{"version":1}')).grants.size).toBe(0);
    expect((await load('{"version":1,"grants":{"g":{"principal":"p","upstreams":[]}}}')).grants.size).toBe(1);
  });

  it('loads policies from files beside it and from within', async () => {
    put('home/policies/a.yaml', 'version: 1\nrules: []\n');
    const config = await load(`{"version":1,"policies":{"a":"policies/a.yaml","b":${POLICY}}}`);
    expect([...config.policies].map(([name, policy]) => [name, policy.state])).toEqual([
      ['a', 'loaded'],
      ['b', 'loaded'],
    ]);
    expect(config.policyFaults).toEqual([]);
  });
});

describe('a policy that does not load', () => {
  const load = async (policies: string) => {
    const file = put('home/countersign.config.json', `{"version":1,\n"policies":{${policies}}}`);
    const config = await loadConfig({ home, env: {}, file });
    return { ...config, states: [...config.policies.values()] };
  };

  it('is broken, with its place, and breaks nothing else', async () => {
    const bad = put('home/bad.json', '{"version":1,"rules":[\n{"id":"a"}]}');
    put('home/good.json', POLICY);
    const { states, policyFaults, brokenPolicies } = await load('"p":"bad.json","q":"good.json"');
    expect(states).toMatchObject([
      { state: 'broken', name: 'p', why: expect.stringMatching(/^bad\.json:2:1: \/rules\/0\//) as string },
      { state: 'loaded' },
    ]);
    expect(policyFaults.map(({ file, line }) => [file, line])).toEqual([[bad, 2]]);
    expect([...brokenPolicies]).toEqual([['p', policyFaults]]);
  });

  it('keeps from agents where on the machine its file lies, and tells the operator', async () => {
    const away = join(home, 'none.json');
    const { states, policyFaults } = await load(`"p":"${away}"`);
    expect(states).toEqual([
      {
        ...{ state: 'broken', name: 'p' },
        why: 'countersign.config.json:2:17: /policies/p: the policy file `none.json` does not exist',
      },
    ]);
    expect(policyFaults).toMatchObject([
      { file: join(home, 'countersign.config.json'), message: `the policy file \`${away}\` does not exist` },
    ]);
  });

  it('is told by its place in the configuration if it is written there', async () => {
    const { states, policyFaults } = await load(
      '"p":{"version":1,"rules":[{"id":"a","tools":["x"],"effect":"allow"}]}',
    );
    expect(states).toMatchObject([{ state: 'broken' }]);
    expect(policyFaults).toMatchObject([{ line: 2, column: 58, path: '/policies/p/rules/0/tools/0' }]);
  });

  it.each([
    ['../outside.json', 'the policy file `../outside.json` lies outside the directory of the configuration'],
    [
      'policies/../../outside.json',
      'the policy file `policies/../../outside.json` lies outside the directory of the configuration',
    ],
    ['/etc/hostname.json', 'the policy file `hostname.json` lies outside the directory of the configuration'],
    ['link.json', 'the policy file `link.json` is a symbolic link that leaves the directory of the configuration'],
    [
      'out/outside.json',
      'the policy file `out/outside.json` is a symbolic link that leaves the directory of the configuration',
    ],
    ['missing.json', 'the policy file `missing.json` does not exist'],
    ['policy.js', 'the policy file `policy.js` does not end in .json, .jsonc, .yaml or .yml'],
    ['directory.json', 'the policy file `directory.json` is not a file'],
    ['large.json', 'the policy file `large.json` is over 1 MiB'],
  ])('is one whose file is %s', async (path, why) => {
    put('outside.json', POLICY);
    put('home/policies/x.json', POLICY);
    put('home/policy.js', POLICY);
    put('home/large.json', ' '.repeat(1024 * 1024 + 1));
    mkdirSync(join(home, 'directory.json'));
    symlinkSync(join(root, 'outside.json'), join(home, 'link.json'));
    symlinkSync(root, join(home, 'out'));
    const inConfig = 'countersign.config.json:2:17: /policies/p';
    expect((await load(`"p":"${path}"`)).states).toEqual([{ state: 'broken', name: 'p', why: `${inConfig}: ${why}` }]);
  });

  it('is not one behind a link that stays inside, nor one with an absolute path inside', async () => {
    put('home/policies/x.json', POLICY);
    symlinkSync('policies/x.json', join(home, 'link.json'));
    const { states } = await load(`"p":"link.json","q":"${join(home, 'policies/x.json')}"`);
    expect(states.map(({ state }) => state)).toEqual(['loaded', 'loaded']);
  });
});

describe('a policy file by itself', () => {
  it('loads, or tells its faults', async () => {
    const good = await loadPolicyFile(brandAs('p'), put('good.json', POLICY));
    const bad = await loadPolicyFile(brandAs('p'), put('bad.json', '{}'));
    expect([good.loaded.state, good.faults.length]).toEqual(['loaded', 0]);
    expect([bad.loaded.state, bad.faults.length]).toEqual(['broken', 2]);
    expect((await refusal(() => loadPolicyFile(brandAs('p'), join(root, 'none.json')))).code).toBe('unreadable');
  });
});

describe('the example', () => {
  it('loads without a fault', async () => {
    const config = await loadConfig({ home, env: {}, file: join(ROOT, 'config.example.json') });
    expect(config.policyFaults).toEqual([]);
    expect([...config.policies].map(([name, { state }]) => [name, state])).toEqual([
      ['support', 'loaded'],
      ['finance', 'loaded'],
    ]);
    expect([...config.grants.keys()]).toEqual(['support-agent', 'finance-agent']);
    expect([...config.upstreams.values()].map(({ name, provider, prefix }) => [name, provider, prefix])).toEqual([
      ['stripe', 'stripe', 'stripe_'],
      ['creem', 'creem', 'creem_'],
    ]);
  });
});
