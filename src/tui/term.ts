/**
 * The terminal, behind blessed. Nothing of blessed's own widgets is used: it knows the terminal, we write its cells, so
 * no text is ever read for tags or for colours.
 */
import blessed from 'blessed';
import { TerminalError } from './error.ts';
import { cellRows, keyOf } from './screen.ts';
import type { Cell, RawKey } from './screen.ts';
import type { Colour, Screen, Style } from './spans.ts';

export interface TermEvents {
  readonly key: (key: string) => void;
  readonly click: (row: number) => void;
  readonly wheel: (by: -1 | 1) => void;
  readonly resize: () => void;
}

export interface TermOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly mouse: boolean;
}

/** The part of a blessed screen that we write to: an attribute and a text for every cell. */
interface Canvas {
  lines: ([attribute: number, text: string][] & { dirty?: boolean })[];
  draw(from: number, to: number): void;
}

interface RawMouse {
  readonly action: string;
  readonly button?: string;
  readonly y: number;
}

const DEFAULT_COLOUR = 0x1ff;
const COLOURS: Readonly<Record<Colour, number>> = { red: 1, green: 2, yellow: 3, blue: 4, magenta: 5, cyan: 6 };
const BOLD = 1;
const INVERSE = 8;

/** blessed reads it when it looks at the terminal: boxes are drawn in UTF-8, not in a second character set. */
const NO_ACS = 'NCURSES_NO_UTF8_ACS';

const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/** Holds the terminal from its construction until `close`, which also happens when the process ends in any way. */
export class Term {
  readonly #screen: blessed.Widgets.Screen;
  readonly #output: NodeJS.WriteStream;
  readonly #restore = (): void => this.close();
  readonly #signals = new Map(ENDING.map((signal) => [signal, () => this.#end(signal)]));
  #isOpen = true;

  /** Throws `TerminalError`. */
  constructor({ input, output, mouse }: TermOptions, events: TermEvents) {
    this.#output = output;
    this.#screen = openScreen(input, output);
    this.#screen.on('keypress', (character: string | undefined, raw: RawKey) => {
      const key = keyOf(character, raw);
      if (key !== undefined) events.key(key);
    });
    this.#screen.on('resize', events.resize);
    if (mouse) this.#listenMouse(events);
    for (const [signal, end] of this.#signals) process.on(signal, end);
    process.on('uncaughtExceptionMonitor', this.#restore);
  }

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  draw(screen: Screen): void {
    if (!this.#isOpen) return;
    const canvas = this.#screen as unknown as Canvas;
    cellRows(screen).forEach((cells, row) => paint(canvas.lines[row], cells));
    canvas.draw(0, canvas.lines.length - 1);
  }

  bell(): void {
    if (this.#isOpen) this.#screen.program.bell();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const [signal, end] of this.#signals) process.off(signal, end);
    process.off('uncaughtExceptionMonitor', this.#restore);
    this.#screen.destroy();
  }

  #listenMouse(events: TermEvents): void {
    this.#screen.enableMouse();
    this.#screen.on('mouse', ({ action, button, y }: RawMouse) => {
      if (action === 'wheelup') events.wheel(-1);
      else if (action === 'wheeldown') events.wheel(1);
      else if (action === 'mousedown' && button === 'left') events.click(y);
    });
  }

  /** Ends as if nobody had listened: whoever sent the signal sees that it was obeyed. */
  #end(signal: NodeJS.Signals): void {
    this.close();
    process.kill(process.pid, signal);
  }
}

const BOUND = [...ENDING, 'exit', 'uncaughtException'] as const;

function openScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): blessed.Widgets.Screen {
  const before = process.env[NO_ACS];
  const listeners = BOUND.map((event) => process.rawListeners(event));
  process.env[NO_ACS] = '1';
  try {
    return blessed.screen({
      ...{ input, output },
      // blessed cannot read what today's systems say of other terminals; all that draw UTF-8 understand this one.
      ...{ terminal: 'xterm-256color', forceUnicode: true, fullUnicode: true, warnings: false },
    });
  } catch (cause) {
    forgetScreens(listeners);
    throw new TerminalError('unusable_terminal', 'the terminal cannot be used', 'try another one', { cause });
  } finally {
    if (before === undefined) delete process.env['NCURSES_NO_UTF8_ACS'];
    else process.env[NO_ACS] = before;
  }
}

/** A screen that was begun and failed would fail again at the end of the process, and hide why. */
function forgetScreens(listeners: readonly (readonly unknown[])[]): void {
  const { instances } = (blessed as unknown as { readonly Screen: { readonly instances: unknown[] } }).Screen;
  instances.splice(0);
  BOUND.forEach((event, index) => {
    for (const listener of process.rawListeners(event))
      if (listeners[index]?.includes(listener) !== true) process.off(event, listener as () => void);
  });
}

function paint(line: Canvas['lines'][number] | undefined, cells: readonly Cell[]): void {
  if (line === undefined) return;
  cells.slice(0, line.length).forEach(({ text, style }, column) => {
    line[column] = [attributeOf(style), text === '' ? ' ' : text];
  });
  line.dirty = true;
}

function attributeOf({ fg, bold, inverse }: Style): number {
  const flags = (bold === true ? BOLD : 0) | (inverse === true ? INVERSE : 0);
  return (flags << 18) | ((fg === undefined ? DEFAULT_COLOUR : COLOURS[fg]) << 9) | DEFAULT_COLOUR;
}
