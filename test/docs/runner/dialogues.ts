/** What a person types where a documented command asks. */

/** What has to be on the screen, and what is typed then. */
export type Turn = readonly [RegExp, string];

const ENTER = '\r';
const INTERRUPT = '\u0003';

/** The passphrase of every operator on these pages. */
export const PASSPHRASE = 'the long passphrase of an operator';
/** The value of every secret on these pages; it opens nothing. */
export const SECRET = 'rk_live_51LoopbackLoopbackLoopback';

/** A prompt that waits is marked ◆; one that was answered is drawn again with another mark. */
const passphrase: Turn = [/◆ .*(passphrase|the same again)/, `${PASSPHRASE}${ENTER}`];

/** By command line; the first that fits. A command that is not here asks nobody. */
const DIALOGUES: readonly (readonly [RegExp, readonly Turn[]])[] = [
  [/^countersign audit tail .*-f/, [[/\dZ /, INTERRUPT]]],
  [/^countersign tui/, [[/\? help|q quit|help/, 'q']]],
  [/^countersign policy edit [\w/.]+( --provider \w+)?( *#.*)?$/, [[/becomes of calls/, 'q']]],
  [
    /^countersign init$/,
    [
      [/Which servers/, ENTER],
      [/Make a key/, `n${ENTER}`],
      [/which currency/, `USD${ENTER}`],
      [/Above which amount/, ENTER],
      [/How much/, ENTER],
      [/Do it\?/, `y${ENTER}`],
      [/Accept `stripe`/, `y${ENTER}`],
    ],
  ],
  [/^countersign client (un)?install [\w-]+$/, [[/\?/, `y${ENTER}`]]],
  [/^countersign operator add ada/, [passphrase, passphrase]],
  [/^countersign operator add .*--as/, [passphrase, passphrase, passphrase]],
  [/--as \w+( *#.*)?$/, [passphrase]],
];

/** What is typed to a command; undefined if nobody is asked. */
export function dialogueFor(line: string): readonly Turn[] | undefined {
  return DIALOGUES.find(([pattern]) => pattern.test(line))?.[1];
}

/** What is piped to a command that takes a value from a prompt or a pipe. */
export function inputFor(line: string): string | undefined {
  if (line.startsWith('countersign secret set')) return SECRET;
  return line === 'countersign audit hash' ? 'pay_1001' : undefined;
}
