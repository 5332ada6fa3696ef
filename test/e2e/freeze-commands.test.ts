import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome } from './support/home.ts';

const ME = userInfo().username;
const CONFIG = {
  version: 1,
  upstreams: { shop: { command: 'true' } },
  policies: {},
  grants: {
    agent: { principal: 'ada@acme.example', upstreams: ['shop'] },
    other: { principal: 'ada@acme.example', upstreams: ['shop'] },
  },
};

let home: Home;
beforeEach(async () => {
  home = await makeHome(CONFIG);
});
afterEach(() => home.remove());

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout, exitCode } = await home.run([...args, '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

function admin(): unknown[] {
  return home
    .records()
    .flatMap(({ kind, grant, scope }) => (/frozen/.test(String(kind)) ? [[kind, grant, scope]] : []));
}

describe('freeze', () => {
  it('stops every grant, says how to go on, and records it', async () => {
    expect(await home.run(['freeze'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr:
        'countersign: froze the calls of every grant; running gateways deny them from now on\n  hint: countersign unfreeze',
    });
    expect(admin()).toEqual([['grants_frozen', null, 'all']]);
    expect((await home.run(['audit', 'tail'])).stdout).toMatch(/ grants_frozen +all$/m);
  });

  it('is said once, however often it is typed', async () => {
    const standing = [{ grant: 'agent', scope: 'money', at: expect.any(String) as string, by: ME }];
    const froze = { grant: 'agent', scope: 'money', standing };
    expect(await json('freeze', '--grant', 'agent', '--money')).toEqual({ ...froze, frozen: true });
    expect(await json('freeze', '--grant', 'agent', '--money')).toEqual({ ...froze, frozen: false });
    expect((await home.run(['freeze', '--grant', 'agent', '--money'])).stderr).toBe(
      'countersign: the calls that may move money of grant `agent` were frozen before',
    );
    expect(admin()).toEqual([['grants_frozen', 'agent', 'money']]);
  });

  it('refuses a misspelt grant, which would stop nothing', async () => {
    const { exitCode, stderr } = await home.run(['freeze', '--grant', 'agnet']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /there is no grant `agnet` in .*, and no token of one\n {2}hint: it declares `agent`, `other`$/,
    );
  });

  it('stops a grant that the configuration no longer declares, while a token of it exists', async () => {
    await json('grant', 'issue', 'agent');
    await home.rewrite({ version: 1 });
    expect(await json('freeze', '--grant', 'agent')).toMatchObject({ frozen: true });
  });

  it('works though the configuration has a fault', async () => {
    await home.rewrite({ version: 1, gratns: {} });
    expect(await json('freeze')).toMatchObject({ frozen: true });
    expect(await json('unfreeze')).toMatchObject({ lifted: 1 });
  });

  it('refuses where nobody can tell which store the gateways ask', async () => {
    await home.rewrite({ version: 1, state: 'redsi://host' });
    const { exitCode, stderr } = await home.run(['freeze']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('/state: expected `sqlite`')]);
  });
});

describe('unfreeze', () => {
  it('lifts what is on every grant, and shows what still stands', async () => {
    await json('freeze');
    await json('freeze', '--money');
    await json('freeze', '--grant', 'agent');
    const { stderr } = await home.run(['unfreeze']);
    expect(stderr.replace(/since \S+Z/, 'since …')).toBe(
      `countersign: lifted both freezes of every grant\ncountersign: still frozen: grant \`agent\`, every call, since …, by ${ME}`,
    );
    expect(await json('unfreeze', '--grant', 'agent')).toEqual({ grant: 'agent', lifted: 1, standing: [] });
    expect(admin().slice(3)).toEqual([
      ['grants_unfrozen', null, 'all'],
      ['grants_unfrozen', null, 'money'],
      ['grants_unfrozen', 'agent', 'all'],
    ]);
  });

  it('says that nothing was frozen, and records nothing', async () => {
    expect(await home.run(['unfreeze', '--grant', 'agent'])).toMatchObject({
      exitCode: 0,
      stderr: 'countersign: grant `agent` had no freeze of its own',
    });
    expect(admin()).toEqual([]);
    expect((await home.run(['unfreeze', '--grant', 'agnet'])).exitCode).toBe(2);
  });
});

describe('grant list and grant show', () => {
  it('say what of a grant is frozen', async () => {
    await json('freeze', '--money');
    await json('freeze', '--grant', 'agent');
    const rows = JSON.parse((await home.run(['grant', 'list', '--json'])).stdout) as Record<string, unknown>[];
    expect(rows.map(({ grant, frozen, uses, state }) => [grant, frozen, uses, state])).toEqual([
      ['agent', 'all', 0, 'not issued'],
      ['other', 'money', 0, 'not issued'],
    ]);
    expect((await home.run(['grant', 'list'])).stdout).toMatch(
      /^agent +not issued, frozen .*\nother +not issued, money frozen /m,
    );
  });

  it('show the tokens of a grant, and never a token', async () => {
    const { token } = await json('grant', 'issue', 'agent');
    await json('grant', 'rotate', 'agent', '--overlap', '0s');
    const shown = await json('grant', 'show', 'agent');
    expect(shown).toMatchObject({
      ...{ grant: 'agent', principal: 'ada@acme.example', upstreams: ['shop'], policies: [], frozen: null },
      state: 'active',
      tokens: [
        {
          state: 'active',
          uses: 0,
          lastUsed: null,
          expires: null,
          hash: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        },
        { state: 'expired', revoked: null },
      ],
    });
    const { stdout } = await home.run(['grant', 'show', 'agent']);
    expect(stdout).toMatch(/^policies +none, so every call is denied$/m);
    expect(stdout).toMatch(/^[0-9a-f]{12}… +active/m);
    expect(JSON.stringify(shown) + stdout).not.toContain(String(token));
  });
});

describe('grant rotate', () => {
  it('mints a token, lets the older ones live for the overlap, and records how many', async () => {
    const before = Date.now();
    const first = await json('grant', 'issue', 'agent', '--expires', '2099-01-01');
    const rotated = await json('grant', 'rotate', 'agent', '--overlap', '1h');
    expect(rotated).toEqual({
      ...{ grant: 'agent', expires: null, retired: 1 },
      token: expect.stringMatching(/^csg_[A-Za-z0-9]{49}$/) as string,
      overlapUntil: expect.any(String) as string,
    });
    expect(rotated['token']).not.toBe(first['token']);
    expect(Math.abs(Date.parse(String(rotated['overlapUntil'])) - before - 3_600_000)).toBeLessThan(30_000);
    const { tokens } = (await json('grant', 'show', 'agent')) as {
      tokens: { expires: string | null; state: string }[];
    };
    expect(tokens.map(({ expires, state }) => [expires, state])).toEqual([
      [null, 'active'],
      [rotated['overlapUntil'], 'active'],
    ]);
    expect(home.records().filter(({ kind }) => kind === 'grant_rotated')).toMatchObject([
      { grant: 'agent', retired: 1 },
    ]);
  });

  it('ends the older ones at once, counts those that were in force, and says so', async () => {
    await json('grant', 'issue', 'agent');
    await json('grant', 'issue', 'agent');
    const { stderr } = await home.run(['grant', 'rotate', 'agent', '--overlap', '0s']);
    expect(stderr).toMatch(/^countersign: ended its 2 tokens of before$/m);
    const again = await home.run(['grant', 'rotate', 'agent']);
    expect(again.stderr).toMatch(/^countersign: its token of before ends at 20\S+Z, if not earlier$/m);
  });

  it.each(['soon', '400d', '-1h'])('refuses the overlap %s', async (overlap) => {
    const { exitCode, stdout } = await home.run(['grant', 'rotate', 'agent', `--overlap=${overlap}`]);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
