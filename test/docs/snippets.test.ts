import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { readRecord } from '../../src/audit/chain.ts';
import { lineText } from '../../src/audit/chain.ts';
import { loadConfig, loadPolicyFile, readSource } from '../../src/config/index.ts';
import { brandAs, type PolicyName } from '../../src/core/ids.ts';
import { BLOCKS, blocksOf, commandLinesOf, deadLinksOf, DOCUMENTS, type Block } from './markdown.ts';
import { helpOf, outputOf } from './help.ts';

let home = '';

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-docs-'));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const titleOf = ({ document, line }: Block): string => `${document}:${line}`;

function withRole(role: string): (readonly [string, Block])[] {
  return BLOCKS.filter((block) => block.role === role).map((block) => [titleOf(block), block] as const);
}

/** Writes a block as a file of the ending its language has. */
function fileOf({ document, line, language, text }: Block, name: string): string {
  const path = join(home, `${document.replaceAll('/', '-')}-${line}`, `${name}.${language}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** The README's own policy, at the place its configuration names. */
function supportPolicy(): Block {
  const [policy] = blocksOf('README.md').filter(({ role }) => role === 'policy');
  if (policy === undefined) throw new Error('the README shows no policy');
  return policy;
}

describe('when a document shows a configuration', () => {
  it.each(withRole('config'))('%s loads, with every policy that it names', async (_title, block) => {
    const file = fileOf(block, 'countersign.config');
    mkdirSync(join(dirname(file), 'policies'), { recursive: true });
    writeFileSync(join(dirname(file), 'policies', 'support.json'), supportPolicy().text);
    const config = await loadConfig({ home, file, env: {} });
    expect(config.policyFaults).toEqual([]);
  });
});

describe('when a document shows a policy', () => {
  it.each(withRole('policy'))('%s loads', async (_title, block) => {
    const { loaded, faults } = await loadPolicyFile(brandAs<PolicyName>('shown'), fileOf(block, 'policy'));
    expect(faults).toEqual([]);
    expect(loaded.state).toBe('loaded');
  });
});

describe('when a document shows a policy to be used', () => {
  it.each(withRole('policy'))('%s has no fault that `policy check` finds', async (_title, block) => {
    const done = await outputOf(['policy', 'check', '--allow-warnings', fileOf(block, 'checked')]);
    expect(done).toMatchObject({ exit: 0 });
  });
});

describe('when a document shows an audit record', () => {
  it.each(withRole('record'))('%s has the hash of what it shows', (_title, block) => {
    const line = lineText(JSON.parse(block.text) as Parameters<typeof lineText>[0]);
    expect(readRecord(Buffer.from(line))).toMatchObject({ kind: 'intent', intact: true });
  });

  it('was decided by the policy that the README shows', async () => {
    const { loaded } = await loadPolicyFile(brandAs<PolicyName>('support'), fileOf(supportPolicy(), 'support'));
    const [, record] = withRole('record')[0] ?? [];
    const event = JSON.parse(record?.text ?? '') as { unmapped: { countersign: { policyHash: string } } };
    if (loaded.state !== 'loaded') throw new Error('the policy of the README does not load');
    expect(event.unmapped.countersign.policyHash).toBe(loaded.policy.hash);
  });
});

describe('when a document shows data', () => {
  const data = BLOCKS.filter(({ language }) => ['json', 'jsonc', 'yaml'].includes(language));

  it.each(data.map((block) => [titleOf(block), block] as const))('%s can be read', (_title, { language, text }) => {
    const source = readSource(`shown.${language}`, text);
    expect({ read: source.isRead, faults: source.faults }).toEqual({ read: true, faults: [] });
  });

  it.each(BLOCKS.filter(({ language }) => language === 'toml').map((block) => [titleOf(block), block] as const))(
    '%s is TOML',
    (_title, { text }) => {
      expect(parse(text)).toHaveProperty('mcp_servers');
    },
  );

  it('shows each client entry with a token and no payment key', () => {
    const entries = BLOCKS.filter(({ role, language }) => role === 'client' || language === 'toml');
    expect(entries).toHaveLength(4);
    for (const { text } of entries) {
      expect(text).toMatch(/"?COUNTERSIGN_TOKEN"?\s*[:=]\s*"csg_…"/);
      expect(text).not.toContain('STRIPE');
    }
  });

  it('gives every block a language, so that none is shown unchecked', () => {
    const unnamed = BLOCKS.filter(({ language }) => language === '').filter(({ text }) => !text.includes('──'));
    expect(unnamed.map(titleOf)).toEqual([]);
  });
});

describe('when a document names a command', () => {
  const lines = [...new Set(DOCUMENTS.flatMap(commandLinesOf))].filter((line) => line !== '');

  it.each(lines)('`countersign %s` exists, with its options', async (line) => {
    const words = line.split(' ');
    const options = words.filter((word) => word.startsWith('-'));
    const isName = (word: string): boolean => /^[a-z]+$/.test(word);
    const path = words.slice(
      0,
      Math.max(
        0,
        words.slice(0, 2).findIndex((word) => !isName(word)),
      ),
    );
    const isHelp = words[0] === 'help';
    if (isHelp && path.length <= 1)
      expect([...Object.keys(TOPICS), 'TOPIC', 'COMMAND', '[WORDS…]', '[words...]']).toContain(words[1] ?? 'TOPIC');
    const command = isHelp ? ['help'] : path.length > 0 ? path : words.slice(0, 2).filter(isName);
    const { exit, text } = await helpOf(command);
    expect(exit).toBe(0);
    expect(text).toContain(`Usage: countersign ${command.join(' ')}`.trimEnd());
    for (const option of options) expect(text).toMatch(new RegExp(`(?:^|[ ,])${option}(?:[ ,]|$)`, 'm'));
  });
});

describe('when a document links to a file', () => {
  it.each(DOCUMENTS)('%s leads somewhere', (document) => {
    expect(deadLinksOf(document)).toEqual([]);
  });
});
