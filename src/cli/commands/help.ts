/** `countersign help`: the commands and topics, the help of one command, or a page of the package. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { colors } from '../colors.ts';
import { eachWord, PLAIN, type Styles } from '../help/inline.ts';
import { render } from '../help/render.ts';
import { TOPICS } from '../help/topics.ts';
import { nearest } from '../nearest.ts';
import { CommandError, Exit, type ExitCode, print } from '../report.ts';

const USUAL_WIDTH = 80;
/** Wider lines are hard to read. */
const WIDEST = 100;

/** A word that is a topic is its page; everything else is a command. */
export function help(program: Command, words: readonly string[]): ExitCode {
  const [word, ...more] = words;
  const topic = word === undefined || more.length > 0 ? undefined : TOPICS[word];
  if (word === undefined) print(overview(program));
  else if (topic !== undefined) print(pageOf(topic.page, commandOf(program, words)).trimEnd());
  else print(helpOf(program, words));
  return Exit.ok;
}

function overview(program: Command): string {
  const names = Object.keys(TOPICS);
  const width = Math.max(...names.map((name) => name.length));
  const topics = names.map((name) => `  ${name.padEnd(width)}  ${TOPICS[name]?.about ?? ''}`);
  return `${program.helpInformation().trimEnd()}\n\nTopics (countersign help TOPIC):\n${topics.join('\n')}`;
}

function helpOf(program: Command, words: readonly string[]): string {
  const command = commandOf(program, words);
  if (command === undefined) throw unknown(program, words);
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) }).outputHelp();
  return text.trimEnd();
}

function commandOf(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((one) => one.name() === word),
    program,
  );
}

function unknown(program: Command, words: readonly string[]): CommandError {
  const known = [...Object.keys(TOPICS), ...program.commands.flatMap((one) => pathsBelow(one))];
  const meant = nearest(words.join(' '), known);
  const hint = meant === undefined ? '`countersign help` lists both' : `countersign help ${meant}`;
  return new CommandError(Exit.usage, `there is no command and no topic \`${words.join(' ')}\``, hint);
}

function pathsBelow(command: Command): string[] {
  return [command.name(), ...command.commands.map((one) => `${command.name()} ${one.name()}`)];
}

function pageOf(page: string, command: Command | undefined): string {
  const isTerminal = process.stdout.isTTY;
  const width = isTerminal ? Math.min(process.stdout.columns || USUAL_WIDTH, WIDEST) : USUAL_WIDTH;
  const text = render(textOf(page), { page, width, styles: STYLES });
  return command === undefined ? text : `${text}\nIts commands: countersign ${command.name()} --help\n`;
}

const STYLES: Styles = colors.isColorSupported
  ? { code: eachWord(colors.cyan), strong: eachWord(colors.bold), heading: colors.bold }
  : PLAIN;

/** A page that came with this program: below the nearest directory that has its `package.json`. */
function textOf(page: string): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
  try {
    return readFileSync(join(root, page), 'utf8');
  } catch (cause) {
    const message = `the page \`${page}\` is missing from the package at \`${root}\``;
    throw new CommandError(Exit.unavailable, message, 'install the package again', { cause });
  }
}
