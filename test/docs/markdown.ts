/** Reading the documents people read: their code blocks, their commands, what they link to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every document that is about the product, by its path in the repository. */
export const DOCUMENTS = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...['docs', 'docs/siem'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

export function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** One fenced block. `info` is what stands behind the fence: `jsonc policy`. */
export interface Block {
  readonly document: string;
  /** 1-based line of the fence. */
  readonly line: number;
  readonly language: string;
  /** What the block is to be taken for; empty for one that only has a language. */
  readonly role: string;
  /** What is said of the block in comments right before it, which no reader sees: `not run: why`, `home: shop`. */
  readonly marks: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Every fenced block of a document, in order. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  const lines = textOf(document).split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const [, info] = /^```(.*)$/.exec(lines[at] ?? '') ?? [];
    if (info === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    const [language = '', role = ''] = info.split(' ');
    const marks = marksBefore(lines, at);
    blocks.push({ document, line: at + 1, language, role, marks, text: `${lines.slice(at + 1, end).join('\n')}\n` });
    at = end;
  }
  return blocks;
}

/** The comments that stand before a line, with nothing but empty lines between. */
function marksBefore(lines: readonly string[], at: number): Record<string, string> {
  const before = lines.slice(0, at).join('\n').trimEnd();
  const [, name, text = ''] = /<!-- ([a-z ]+?)(?:: ((?:(?!-->)[^])*?))? -->$/.exec(before) ?? [];
  if (name === undefined) return {};
  const above = before.slice(0, before.lastIndexOf('<!--')).trimEnd().split('\n');
  return { ...marksBefore(above, above.length), [name]: text.replaceAll('\n', ' ') };
}

export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap(blocksOf);

/** The words of each command line of ours, in `sh` blocks and in code spans. */
export function commandLinesOf(document: string): string[] {
  const shell = blocksOf(document)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'));
  const prose = textOf(document).replace(/^```.*?^```$/gms, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...shell, ...spans].flatMap((line) => {
    const [, words] = /(?:^|\| )countersign((?: [^#|]+)?)(?:$|[#|])/.exec(line.trim()) ?? [];
    return words === undefined ? [] : [words.trim()];
  });
}

/** Links to files of the repository that lead nowhere. */
export function deadLinksOf(document: string): string[] {
  const links = [...textOf(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, document, '..', target)));
}
