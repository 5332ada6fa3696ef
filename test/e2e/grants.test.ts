import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';

let home: Home;

beforeEach(async () => {
  home = await makeHome({});
  const shop = await recorder(home.room, 'shop', [tool('look', {})], { tools: { look: { kind: 'read' } } });
  await home.rewrite({
    version: 1,
    upstreams: { shop },
    policies: {
      reads: { version: 1, rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }], default: 'deny' },
    },
    grants: {
      agent: { principal: 'a@acme.example', policies: ['reads'], upstreams: ['shop'] },
      old: { principal: 'o@acme.example', policies: ['reads'], upstreams: ['shop'], expires: '2020-01-01' },
    },
  });
});
afterEach(() => home.remove());

/** What a client with this token hears at `initialize`, and that nothing was started for it. */
async function refusedWith(token: string | undefined, env: Record<string, string> = {}): Promise<string> {
  const client = new RawClient(home, token, env);
  const { error } = await client.initialize();
  expect((await client.request('tools/list')).error).toEqual(error);
  expect(await client.close()).toBe(0);
  expect(callsOf(home.room, 'shop')).toEqual([]);
  expect(home.records().some(({ kind }) => kind === 'upstream_started')).toBe(false);
  return error?.message ?? '';
}

function failures(): unknown[] {
  return home.records().flatMap(({ kind, code }) => (kind === 'auth_failed' ? [code] : []));
}

describe('when a client presents no good token', () => {
  it('refuses a missing one', async () => {
    expect(await refusedWith(undefined)).toMatch(/^No grant token: set COUNTERSIGN_TOKEN/);
    expect(failures()).toEqual(['missing']);
  });

  it('refuses a malformed one', async () => {
    expect(await refusedWith('csg_tooshort')).toMatch(/not well-formed/);
    expect(failures()).toEqual(['malformed']);
  });

  it('refuses one of another home', async () => {
    const other = await makeHome({ version: 1, upstreams: {}, policies: {}, grants: {} });
    const token = await home.issue('agent');
    await home.run(['grant', 'revoke', 'agent']);
    const client = new RawClient(other, token);
    expect((await client.initialize()).error?.message).toMatch(/not known here/);
    await client.close();
    await other.remove();
  });

  it('refuses a revoked one', async () => {
    const token = await home.issue('agent');
    expect((await home.run(['grant', 'revoke', 'agent'])).exitCode).toBe(0);
    expect(await refusedWith(token)).toMatch(/revoked/);
    expect(failures()).toEqual(['revoked']);
  });

  it('refuses an expired one', async () => {
    const issued = await home.run(['grant', 'issue', 'old', '--json']);
    expect(issued.exitCode).toBe(2);
    expect(issued.stderr).toMatch(/expired/);
  });

  it('refuses one whose grant is no longer declared', async () => {
    const token = await home.issue('agent');
    await home.rewrite({ version: 1, upstreams: {}, policies: {}, grants: {} });
    expect(await refusedWith(token)).toMatch(/no longer in the configuration/);
    expect(failures()).toEqual(['undeclared']);
  });

  it('takes one from a file', async () => {
    const file = join(home.room, 'token');
    await writeFile(file, `${await home.issue('agent')}\n`, { mode: 0o600 });
    const client = new RawClient(home, undefined, { COUNTERSIGN_TOKEN_FILE: file });
    expect((await client.initialize()).result).toBeDefined();
    expect(await client.tools()).toEqual(['look']);
    await client.close();
  });
});

describe('when a grant is revoked under a running gateway', () => {
  it('denies the next call and the next list', async () => {
    const client = new RawClient(home, await home.issue('agent'));
    await client.initialize();
    expect((await client.call('look', {})).result?.isError).not.toBe(true);
    await home.run(['grant', 'revoke', 'agent']);
    const denied = await client.call('look', {});
    expect(decisionOf(denied)).toEqual({ decision: 'deny', rule: '(grant revoked)', policy: null });
    expect((await client.request('tools/list')).error?.message).toMatch(/revoked/);
    expect(callsOf(home.room, 'shop')).toHaveLength(1);
    await client.close();
  });
});

describe('grant list', () => {
  it('says what state each grant is in, and never shows a token', async () => {
    const token = await home.issue('agent');
    const { stdout } = await home.run(['grant', 'list', '--json']);
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows.map(({ grant, state }) => [grant, state])).toEqual([
      ['agent', 'active'],
      ['old', 'not issued'],
    ]);
    expect(rows[0]).toMatchObject({
      principal: 'a@acme.example',
      policies: ['reads'],
      upstreams: ['shop'],
      lastUsed: null,
      expires: null,
    });
    expect(stdout).not.toContain(token);
  });
});
