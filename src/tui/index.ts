/** The approver's screen. It is fed by a desk, and knows nothing of the gateway. */
import type { MoneyBound } from '../core/money.ts';
import { TerminalError } from './error.ts';
import type { ApproverDesk } from './port.ts';
import { Session } from './session.ts';

export { TerminalError } from './error.ts';
export type {
  ApproverDesk,
  FeedLine,
  GrantLine,
  Outcome,
  QuotaLine,
  RequestContent,
  ShownNeed,
  ShownRequest,
  Snapshot,
  UpstreamLine,
} from './port.ts';

export interface TuiOptions {
  /** `each`, the default: asked for every verdict; `once`: for the session, by the operator's own choice; `never`. */
  readonly passphrase?: 'each' | 'once' | 'never';
  /**
   * An amount above its currency's line has to be typed; so has one of a currency that the bound does not name. Unknown
   * amounts always have to. Default: nothing else has to.
   */
  readonly typeAbove?: MoneyBound;
  /** A sound when a request comes. Off by default. */
  readonly bell?: boolean;
  /** On by default. */
  readonly mouse?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: NodeJS.ReadStream;
  readonly output?: NodeJS.WriteStream;
}

const TICK_MS = 250;

/** Shows the screen until the person leaves. Throws `TerminalError` where there is none to show it on. */
export async function runTui(desk: ApproverDesk, options: TuiOptions = {}): Promise<void> {
  const { input = process.stdin, output = process.stdout, env = process.env } = options;
  checkTerminal(input, output, env);
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
    const guarded =
      <T extends readonly unknown[]>(step: (...given: T) => void) =>
      (...given: T): void => {
        try {
          step(...given);
        } catch (error) {
          end(error);
        }
      };
    const term = new Term(
      { input, output, mouse: options.mouse ?? true },
      {
        key: guarded((key: string) => session.happen({ is: 'key', key })),
        click: guarded((row: number) => session.happen({ is: 'click', row })),
        wheel: guarded((by: -1 | 1) => session.happen({ is: 'wheel', by })),
        resize: guarded(() => session.happen({ is: 'resize', columns: term.columns, rows: term.rows })),
      },
    );
    cleanup.push(() => term.close());
    const { passphrase = 'each', typeAbove = null, bell = false } = options;
    const session = new Session(
      desk,
      term,
      { passphrase, typeAbove, bell, color, clock: () => performance.now() },
      end,
    );
    guarded(() => {
      session.draw();
      const ticking = setInterval(
        guarded(() => session.happen({ is: 'tick', localMs: performance.now() })),
        TICK_MS,
      );
      cleanup.push(() => clearInterval(ticking));
      const feed = guarded((snapshot: Parameters<Parameters<ApproverDesk['subscribe']>[0]>[0]) =>
        session.happen({ is: 'snapshot', snapshot, localMs: performance.now() }),
      );
      cleanup.push(desk.subscribe(feed));
    })();
  });
}

const UNFIT = new Set(['', 'dumb', 'unknown']);

function checkTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (!input.isTTY || !output.isTTY)
    throw new TerminalError(
      'no_terminal',
      'this is no terminal',
      'run `countersign tui` in a terminal, or use `countersign approvals list`',
    );
  if (UNFIT.has(env['TERM'] ?? (process.platform === 'win32' ? 'xterm' : '')))
    throw new TerminalError(
      'dumb_terminal',
      'this terminal cannot place text on the screen',
      'set TERM to what the terminal is, for example `xterm-256color`, or use `countersign approvals list`',
    );
}
