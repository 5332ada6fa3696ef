/** What of a page is run: its shell blocks in order, each with the output that the page shows right behind it. */
import { type Block, BLOCKS, textOf } from '../markdown.ts';

/** A block of commands. */
export interface Step {
  readonly block: Block;
  readonly lines: readonly string[];
  /** The output that the page shows of the last of them, or of all. */
  readonly output: Block | undefined;
  /** Files that a reader has written before: their blocks have the mark `file`. */
  readonly files: readonly Block[];
}

const SHELL: ReadonlySet<string> = new Set(['sh', 'bash']);

/** A block that holds commands, run or not. */
export function isShell({ language }: Block): boolean {
  return SHELL.has(language) || language === 'console';
}

/** Every block that has a mark, with the reason that the page gives. */
export function marked(mark: 'not run' | 'not compared'): string[] {
  return BLOCKS.flatMap(({ document, text, marks }) => {
    const reason = marks[mark];
    return reason === undefined ? [] : [`${document}: ${text.trim().split('\n')[0] ?? ''} (${reason})`];
  });
}

/** The steps of every page that has some. */
export function pages(): ReadonlyMap<string, readonly Step[]> {
  const found = new Map<string, Step[]>();
  let files: Block[] = [];
  for (const [index, block] of BLOCKS.entries()) {
    if (BLOCKS[index - 1]?.document !== block.document) files = [];
    if ('file' in block.marks) files.push(block);
    if (!isShell(block) || 'not run' in block.marks) continue;
    const next = BLOCKS[index + 1];
    const output = next !== undefined && isOutputOf(next, block) ? next : undefined;
    const step = { block, lines: commandsOf(block), output, files };
    found.set(block.document, [...(found.get(block.document) ?? []), step]);
    files = [];
  }
  return found;
}

/** A block of text with nothing but comments and empty lines between it and the commands. */
function isOutputOf(next: Block, { document, line, text }: Block): boolean {
  if (next.document !== document || next.language !== 'text' || 'not compared' in next.marks) return false;
  const end = line + text.split('\n').length;
  const between = textOf(document)
    .split('\n')
    .slice(end, next.line - 1)
    .join('\n');
  return between.replaceAll(/<!--.*?-->/gs, '').trim() === '';
}

/** Command lines, continuations joined. A block that is a script of its own is one. */
function commandsOf({ language, text }: Block): string[] {
  if (text.startsWith('#!')) return [text];
  const lines = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return language === 'console' ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2)) : lines;
}
