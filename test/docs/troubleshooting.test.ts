import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/clients/clients.ts';
import { ROOT, textOf } from './markdown.ts';

const PAGE = textOf('docs/troubleshooting.md');
const MESSAGES = PAGE.slice(PAGE.indexOf('## By message'));

/** All of our code, as its sentences read. */
const SOURCES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
  .join('\n')
  .replaceAll('\\`', '`')
  .replaceAll("\\'", "'")
  // The client's file is `is not ${format === 'toml' ? 'TOML' : 'JSON'}`.
  .replaceAll(/\$\{[^{}]*\? '(TOML)' : '(JSON)'\}/g, '$1 is not $2');

/** The words in code spans of the first column but the codes. */
const QUOTED = [...MESSAGES.matchAll(/^\|(.*)\|[^|]*\|$/gm)].flatMap(([, cells = '']) =>
  [...cells.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words).filter((words) => words.includes(' ')),
);

/** The members of a union of codes. */
function union(file: string, begin: string): string[] {
  const text = readFileSync(join(ROOT, 'src', file), 'utf8');
  const [from = ''] = text.slice(text.indexOf(begin) + begin.length).split(/;|\n}/);
  return [...from.replaceAll(/\/\/.*$/gm, '').matchAll(/'([a-z_]+)'/g)].map(([, code = '']) => code);
}

describe('when somebody looks for a message', () => {
  it('quotes many, each once for its cause', () => {
    expect(QUOTED.length).toBeGreaterThan(60);
  });

  it.each([...new Set(QUOTED)])('quotes `%s` as it is said', (words) => {
    const pieces = words.split('…').map((piece) => piece.trim());
    expect(pieces.filter((piece) => !SOURCES.includes(piece))).toEqual([]);
  });

  it('has every code of a server that is not available', () => {
    const codes = union('upstream/port.ts', 'export type UpstreamFailure =');
    expect(codes).toContain('spawn_failed');
    expect(codes.filter((code) => !MESSAGES.includes(`\`${code}\``))).toEqual([]);
  });

  it('has every code of a denial', () => {
    const unmet = union('gateway/parts.ts', 'export type UnmetCode =').filter((code) => code !== 'grant');
    const decided = union('core/decision.ts', "readonly outcome: 'deny';");
    expect([...unmet, ...decided]).toEqual(expect.arrayContaining(['approval_void', 'unclassified']));
    expect([...unmet, ...decided].filter((code) => !MESSAGES.includes(`\`${code}\``))).toEqual([]);
  });
});

describe('when a client does something odd', () => {
  it.each(CLIENTS.map(({ title }) => title))(
    'has a section for %s with its log and how to see the gateway',
    (title) => {
      const [, section = ''] = PAGE.split(`### ${title}\n`);
      const [own = ''] = section.split('\n### ');
      expect(own).toMatch(/\*\*Log[,:]/);
      expect(own).toContain('**See it:**');
    },
  );
});
