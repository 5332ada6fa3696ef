import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome, recorder, tool } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const READS = { version: 1, rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };
let home: Home;
let client: RawClient | undefined;

/** Declares one upstream and one grant under these policies, and answers a token of the grant. */
async function prepare(policies: Record<string, unknown>, grant: Record<string, unknown> = {}): Promise<string> {
  const shop = await recorder(home.room, 'shop', [tool('look', {})], { tools: { look: { kind: 'read' } } });
  const agent = { principal: 'a@acme.example', policies: Object.keys(policies), upstreams: ['shop'], ...grant };
  await home.rewrite({ version: 1, upstreams: { shop }, policies, grants: { agent } });
  return home.issue('agent');
}

async function connect(token: string | undefined, env: Record<string, string> = {}): Promise<RawClient> {
  client = new RawClient(home, token, env);
  expect((await client.initialize()).result).toBeDefined();
  return client;
}

beforeEach(async () => {
  home = await makeHome({});
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  await home.remove();
});

describe('when a session opens under a policy that does not load', () => {
  const BROKEN = '{"version":1,"rules":[{"id":"a"}],"defualt":"deny"}';

  it('records it once, however many calls it denies', async () => {
    const token = await prepare({ reads: READS, bad: 'bad.json' });
    await writeFile(join(home.directory, 'bad.json'), BROKEN, { mode: 0o600 });
    const agent = await connect(token);
    await agent.call('look', {});
    await agent.call('look', {});
    const refused = home.records().filter(({ kind }) => kind === 'policy_refused');
    expect(refused).toMatchObject([{ policy: 'bad', faults: 2, segment: 'admin' }]);
  });

  it('tells the operator every fault with its whole place, and the agent only the name of the file', async () => {
    const token = await prepare({ bad: 'bad.json' });
    const file = join(home.directory, 'bad.json');
    await writeFile(file, BROKEN, { mode: 0o600 });
    const agent = await connect(token);
    const said = (await agent.call('look', {})).result?.content?.[0]?.text ?? '';
    expect(said).toContain('bad.json:1:23: /rules/0/effect');
    expect(said).not.toContain(home.room);
    expect(agent.stderr).toContain(`every call of grant \`agent\` is denied: ${file}:1:23: /rules/0/effect: `);
    expect(agent.stderr).toContain(`\n  ${file}:1:35: /defualt: unknown key \`defualt\``);
  });

  it('records nothing for a policy that loads', async () => {
    await connect(await prepare({ reads: READS }));
    expect(home.records().some(({ kind }) => kind === 'policy_refused')).toBe(false);
  });
});

describe('when the token comes from a file', () => {
  it.each([
    [0o644, '0644'],
    [0o640, '0640'],
  ])('says that one of mode %o is open to others, and takes it', async (mode, shown) => {
    const token = await prepare({ reads: READS });
    const file = join(home.room, 'token');
    await writeFile(file, token);
    await chmod(file, mode);
    const agent = await connect(undefined, { COUNTERSIGN_TOKEN_FILE: file });
    expect(await agent.tools()).toEqual(['look']);
    expect(agent.stderr).toContain(
      `countersign: the token file \`${file}\` (COUNTERSIGN_TOKEN_FILE) is open to other users (mode ${shown})\n  hint: chmod 600 ${file}\n`,
    );
  });

  it('says nothing of a private one', async () => {
    const token = await prepare({ reads: READS });
    const file = join(home.room, 'token');
    await writeFile(file, token, { mode: 0o600 });
    const agent = await connect(undefined, { COUNTERSIGN_TOKEN_FILE: file });
    expect(await agent.tools()).toEqual(['look']);
    expect(agent.stderr).not.toContain('open to other users');
  });
});

describe('when a token is issued with an expiry of its own', () => {
  it('takes a bare day as the configuration does: to the end of that day in UTC', async () => {
    await prepare({ reads: READS });
    const { stdout } = await home.run(['grant', 'issue', 'agent', '--expires', '2090-06-30', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ expires: '2090-07-01T00:00:00.000Z' });
  });

  it.each(['2090-06-30T12:00:00', '2090-02-30', '30 June 2090', '2090-06-30 12:00Z'])('refuses `%s`', async (text) => {
    await prepare({ reads: READS });
    const { exitCode, stderr } = await home.run(['grant', 'issue', 'agent', '--expires', text]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `countersign: \`${text}\` is no expiry\n  hint: expected a day, \`2027-06-30\`, or an instant with its offset, \`2027-06-30T12:00:00Z\``,
    );
  });
});
