/** A terminal, and what happens in it, handed to whoever draws. */
import { TerminalError } from './error.ts';
import type { Screen } from './spans.ts';

/** Where a screen is drawn. */
export interface Surface {
  readonly columns: number;
  readonly rows: number;
  draw(screen: Screen): void;
  bell(): void;
}

export interface TerminalOptions {
  /** On by default. */
  readonly mouse?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: NodeJS.ReadStream;
  readonly output?: NodeJS.WriteStream;
}

/** What is done with it. Anything that is thrown in here gives the terminal back, and is thrown to whoever ran it. */
export interface Show {
  key(key: string): void;
  click?(row: number): void;
  wheel?(by: -1 | 1): void;
  resize(): void;
  /** Called once all others can be. What it answers is called at the end. */
  start(guarded: Guarded): () => void;
}

/** Wraps a step so that what it throws ends the show instead of the process. */
export type Guarded = <T extends readonly unknown[]>(step: (...given: T) => void) => (...given: T) => void;

/** What the screen is for, in the hint where there is no terminal. */
export interface Purpose {
  readonly command: string;
  readonly instead: string;
}

/** Shows until `end` is called. Throws `TerminalError` where there is no terminal to show it on. */
export async function runOnTerminal(
  options: TerminalOptions,
  purpose: Purpose,
  open: (surface: Surface & { readonly color: boolean }, end: (error?: unknown) => void) => Show,
): Promise<void> {
  const { input = process.stdin, output = process.stdout, env = process.env } = options;
  checkTerminal(input, output, env, purpose);
  const { Term } = await import('./term.ts');
  const color = (env['NO_COLOR'] ?? '') === '';
  await new Promise<void>((done, failed) => {
    const cleanup: (() => void)[] = [];
    const end = (error?: unknown): void => {
      for (const step of cleanup.splice(0)) step();
      if (error === undefined) done();
      else failed(error instanceof Error ? error : new Error('the screen failed', { cause: error }));
    };
    // An error in one of these would else end the process from inside an emitter, with the terminal still ours.
    const guarded: Guarded =
      (step) =>
      (...given) => {
        try {
          step(...given);
        } catch (error) {
          end(error);
        }
      };
    const term = new Term(
      { input, output, mouse: options.mouse ?? true },
      {
        key: guarded((key: string) => show.key(key)),
        click: guarded((row: number) => show.click?.(row)),
        wheel: guarded((by: -1 | 1) => show.wheel?.(by)),
        resize: guarded(() => show.resize()),
      },
    );
    cleanup.push(() => term.close());
    const surface = {
      color,
      get columns() {
        return term.columns;
      },
      get rows() {
        return term.rows;
      },
      draw: (screen: Screen) => term.draw(screen),
      bell: () => term.bell(),
    };
    const show = open(surface, end);
    guarded(() => cleanup.push(show.start(guarded)))();
  });
}

const UNFIT = new Set(['', 'dumb', 'unknown']);

function checkTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
  { command, instead }: Purpose,
): void {
  if (!input.isTTY || !output.isTTY)
    throw new TerminalError(
      'no_terminal',
      'this is no terminal',
      `run \`${command}\` in a terminal, or use ${instead}`,
    );
  if (UNFIT.has(env['TERM'] ?? (process.platform === 'win32' ? 'xterm' : '')))
    throw new TerminalError(
      'dumb_terminal',
      'this terminal cannot place text on the screen',
      `set TERM to what the terminal is, for example \`xterm-256color\`, or use ${instead}`,
    );
}
