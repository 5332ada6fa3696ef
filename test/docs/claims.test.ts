import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/core/index.ts';
import { leafCommands } from './help.ts';
import { DOCUMENTS, ROOT, textOf } from './markdown.ts';

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Words in code spans of a document. */
function spansOf(document: string): ReadonlySet<string> {
  return new Set([...textOf(document).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span));
}

/** Those of `words` that a document does not explain in a code span. */
function unexplained(document: string, words: Iterable<string>): string[] {
  const spans = spansOf(document);
  return [...new Set(words)].filter((word) => !spans.has(word)).sort();
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word);
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly [key: string]: unknown;
}

/** Every key that a schema has, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys((schema as Schema).properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

function definition(file: string, name: string): unknown {
  return (JSON.parse(read(file)) as Schema).definitions?.[name];
}

describe('when the command line changes', () => {
  it('finds every command in the table of the README', async () => {
    const table = matches(textOf('README.md'), /^\| `countersign ([a-z ]+?)(?: [A-Z[][^`]*)?` /gm);
    expect(table.sort()).toEqual((await leafCommands()).sort());
  });
});

describe('when the environment is read', () => {
  it('finds every variable in the README', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const text = sources.filter((name) => name.endsWith('.ts')).map((name) => read(join('src', name)));
    const variables = matches(text.join('\n'), /env\['([A-Z_]+)'\]/g).filter((name) => name.startsWith('COUNTERSIGN_'));
    expect(variables).toContain('COUNTERSIGN_HOME');
    expect(unexplained('README.md', variables)).toEqual([]);
  });
});

describe('when the formats change', () => {
  it('finds every key of the configuration in its document', () => {
    const names = ['Config', 'StdioUpstream', 'HttpUpstream', 'CatalogueEntry', 'Grant'];
    const keys = names.flatMap((name) => keysOf(definition('schema/config.schema.json', name)));
    expect(keys).toContain('upstreams');
    expect(unexplained('docs/configuration.md', keys)).toEqual([]);
  });

  it('finds every fact, operator and key of a rule in the document about policies', () => {
    const names = ['Condition', 'Test', 'Rule', 'Limit'];
    const keys = names.flatMap((name) => keysOf(definition('schema/policy.schema.json', name)));
    expect(keys).toContain('not_in');
    expect(unexplained('docs/policy.md', [...keys, ...KINDS])).toEqual([]);
  });

  it('finds every kind of record and every finding in the document about the log', () => {
    const records = matches(read('src/audit/events.ts').split('interface CallLog')[0] ?? '', /'([a-z]+_[a-z]+)'/g);
    const findings = matches(read('src/audit/findings.ts'), /^ {2}\| '([a-z_]+)'/gm);
    expect(records).toContain('session_opened');
    expect(findings).toContain('hash_mismatch');
    expect(unexplained('docs/audit.md', [...records, ...findings, 'intent', 'outcome', 'decision'])).toEqual([]);
  });
});

describe('when the package is made', () => {
  it('holds every file that the README links to', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const links = matches(textOf('README.md'), /\]\((?!https?:)([^)#\s]+)/g);
    expect(links).toContain('docs/policy.md');
    expect(links.filter((link) => !files.some((name) => link === name || link.startsWith(`${name}/`)))).toEqual([]);
  });
});

describe('when a promise names its test', () => {
  it.each(DOCUMENTS)('%s names only tests that exist', (document) => {
    const named = matches(textOf(document), /`(test\/[\w./-]+)`/g);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
