/** The manual page of the command line, written from the commands themselves like docs/cli.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { wrap } from '../../src/cli/help/wrap.ts';
import { commandTree } from '../../src/cli/program.ts';
import { ROOT, textOf } from './markdown.ts';
import { argumentText, examplesOf, leavesOf } from './reference.ts';

/** The whole page, in the man macros. */
export async function manual(): Promise<string> {
  const program = commandTree(async (work) => {
    await work;
  });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const [what = '', ...more] = program.description().split('\n');
  return [
    '.\\" Written by `npm run reference` from the commands.',
    `.TH COUNTERSIGN 1 "" "countersign ${version}" "User Commands"`,
    ...['.SH NAME', `countersign \\- ${fill(what.replace(/\.$/, ''))}`],
    ...['.SH SYNOPSIS', '.B countersign', roff('[--config FILE] [COMMAND [OPTIONS]]')],
    ...['.SH DESCRIPTION', fill(what), fill(more.join(' '))],
    fill('Standard output is MCP or data, one JSON value with --json; people are spoken to on standard error.'),
    ...['.SH OPTIONS', ...program.options.flatMap(option)],
    ...['.SH COMMANDS', ...(await commands(program))],
    ...['.SH TOPICS', fill('Pages that countersign help TOPIC shows:'), ...topics()],
    ...['.SH EXIT STATUS', ...rows('exit code')],
    ...['.SH ENVIRONMENT', ...rows('variable')],
    ...['.SH FILES', ...entry('~/.countersign', 'the home: configuration, policies, keys, state and log')],
    '',
  ].join('\n');
}

async function commands(program: Command): Promise<string[]> {
  const sections: string[] = [];
  for (const [path, command] of leavesOf(program)) sections.push(...(await section(path, command)));
  return sections;
}

async function section(path: readonly string[], command: Command): Promise<string[]> {
  const words = ['countersign', ...path, ...command.registeredArguments.map((one: Argument) => argumentText(one))];
  const examples = await examplesOf(path);
  return [
    `.SS "${roff(words.join(' '))}"`,
    fill(sentence(command.description().replaceAll('\n', ' '))),
    ...command.options.filter(({ hidden }) => !hidden).flatMap(option),
    ...(examples.length === 0 ? [] : ['.PP', '.EX', ...examples.map(roff), '.EE']),
  ];
}

function option({ flags, description, defaultValue }: Option): string[] {
  const fallback = defaultValue === undefined ? '' : ` (default: ${String(defaultValue)})`;
  return entry(flags, `${description}${fallback}`);
}

function topics(): string[] {
  return Object.entries(TOPICS).flatMap(([name, { about }]) => entry(name, about));
}

/** The rows of the README's table whose first heading this is. */
function rows(heading: string): string[] {
  const [, ...lines] = textOf('README.md').split(new RegExp(`^\\| ${heading} +\\| meaning +\\|\\n`, 'm'));
  const [table = ''] = (lines[0] ?? '').split('\n\n');
  return [...table.matchAll(/^\| ([^|-][^|]*?) +\| (.*?) +\|$/gm)].flatMap(([, name = '', meaning = '']) =>
    entry(name.replaceAll('`', ''), meaning.replaceAll('`', '')),
  );
}

function entry(term: string, text: string): string[] {
  return ['.TP', `.B ${roff(term)}`, fill(text.replaceAll('\n', ' '))];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** A sentence, in lines that an editor shows whole. */
function fill(text: string): string {
  return wrap(roff(text), 78)
    .map((line) => line.replace(/^([.'])/, '\\&$1'))
    .join('\n');
}

/** Text as the formatter takes it: no request by accident, and a hyphen that can be copied. */
function roff(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
  return plain
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replace(/^([.'])/, '\\&$1');
}
