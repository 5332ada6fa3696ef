/** How the story looks in a terminal. Colours obey NO_COLOR and the terminal. */
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { print } from '../report.ts';

/** A new chapter. */
export function chapter(title: string): void {
  print('');
  print(colors.bold(colors.cyan(`── ${title}`)));
}

/** One line of the story, indented. */
export function line(text: string): void {
  print(`   ${printable(text)}`);
}

/** Something that is as it should be. */
export function good(text: string): void {
  print(`   ${colors.green('✓')} ${printable(text)}`);
}

/** Something the gateway stopped. */
export function stopped(text: string): void {
  print(`   ${colors.yellow('⛔')} ${printable(text)}`);
}

/** What the story did not expect: the demo fails. */
export function bad(text: string): void {
  print(`   ${colors.red('✗')} ${printable(text)}`);
}

/** A remark below a line. */
export function remark(text: string): void {
  print(`     ${colors.dim(printable(text))}`);
}
