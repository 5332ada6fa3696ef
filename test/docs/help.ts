/** The command line's own help, asked for in this process. */
import { vi } from 'vitest';
import { run } from '../../src/cli/program.ts';

/** What `countersign …words --help` prints, and its exit code. */
export function helpOf(words: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  return outputOf([...words, '--help']);
}

/** What a command prints on either stream, run in this process, and its exit code. */
export async function outputOf(words: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  let text = '';
  const keep = (chunk: unknown): boolean => {
    text += String(chunk);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    return { exit: await run(words), text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Every command that does something, as the help lists them: `secret set`, `demo`, … */
export async function leafCommands(path: readonly string[] = []): Promise<string[]> {
  const { text } = await helpOf(path);
  const [, list = ''] = /^Commands:\n((?: {2}.*\n?)+)/m.exec(text) ?? [];
  const names = [...list.matchAll(/^ {2}(\S+)/gm)]
    .map(([, name = '']) => name)
    .filter(
      // Every group has a `help` of its own, which says what `--help` does.
      (name) => name !== 'help' || path.length === 0,
    );
  if (names.length === 0) return [path.join(' ')];
  const leaves: string[] = [];
  for (const name of names) leaves.push(...(await leafCommands([...path, name])));
  return leaves;
}
