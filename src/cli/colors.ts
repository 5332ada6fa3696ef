/** Colours where a person sees them: on a terminal that has them, unless NO_COLOR says no (https://no-color.org). */
import { isatty } from 'node:tty';
import picocolors from 'picocolors';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether standard output is coloured. FORCE_COLOR colours a pipe; a machine that builds is no terminal. */
export function isColourful(env: Environment, isTerminal: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '' && forced !== '0') return true;
  return isTerminal && env['TERM'] !== 'dumb';
}

const STDOUT = 1;

export const colors = picocolors.createColors(isColourful(process.env, isatty(STDOUT)));
