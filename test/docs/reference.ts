/** The reference of the command line, as docs/cli.md has it: written from the commands themselves. */
import type { Argument, Command, Option } from 'commander';
import { commandTree } from '../../src/cli/program.ts';
import { helpOf } from './help.ts';

const HEAD = `# The command line

Every command, from its own help. Written by \`npm run reference\`; a test fails when this page and the commands differ.

Standard output is data, one JSON value with \`--json\`; people are spoken to on standard error. Exit codes: 0 done, 1 a check
found something, 2 wrong usage or configuration, 3 something that is needed (a store, a server, a key) is not available.
\`--help\` behind any command prints what this page says of it.
`;

/** The whole page, Markdown. */
export async function reference(): Promise<string> {
  const program = commandTree(async (work) => {
    await work;
  });
  const sections = [HEAD, await section([], program)];
  for (const [path, command] of leavesOf(program)) sections.push(await section(path, command));
  return sections.join('\n');
}

/** Every command that does something, with the words that lead to it. */
export function leavesOf(command: Command, path: readonly string[] = []): (readonly [readonly string[], Command])[] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()];
    return child.commands.length === 0 ? [[own, child] as const] : leavesOf(child, own);
  });
}

async function section(path: readonly string[], command: Command): Promise<string> {
  const words = ['countersign', ...path, ...command.registeredArguments.map(argumentText)].join(' ');
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `## \`${words}\`\n`,
    `${sentence(command.description())}\n`,
    ...(options.length === 0 ? [] : ['| option | meaning |', '| --- | --- |', ...options.map(optionRow), '']),
    ...(await examples(path)),
  ].join('\n');
}

/** An argument as it is typed. */
export function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionRow(option: Option): string {
  const fallback = option.defaultValue === undefined ? '' : ` (default: \`${String(option.defaultValue)}\`)`;
  const needed = option.mandatory ? ' **needed**' : '';
  return `| \`${option.flags}\` | ${cell(option.description)}${fallback}${needed} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}

function sentence(text: string): string {
  const plain = text.replaceAll('\n', ' ');
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}${plain.endsWith('.') ? '' : '.'}`;
}

async function examples(path: readonly string[]): Promise<string[]> {
  const lines = await examplesOf(path);
  return lines.length === 0 ? [] : ['```text', ...lines, '```', ''];
}

/** The lines that a command's help shows of how it is typed. */
export async function examplesOf(path: readonly string[]): Promise<string[]> {
  const { text } = await helpOf(path);
  const [, shown = ''] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(text) ?? [];
  return shown === ''
    ? []
    : shown
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(2));
}
