/** What people see in a terminal: the approver's screen and the editor of policies. Both are fed through a port. */
import type { MoneyBound } from '../core/money.ts';
import type { ApproverDesk } from './port.ts';
import { runOnTerminal, type TerminalOptions } from './run.ts';
import { Session } from './session.ts';

export { runEditor } from './editor/run.ts';
export type {
  EditorDesk,
  EditorRule,
  EditorSample,
  EditorTool,
  EditorView,
  FormField,
  FormValues,
} from './editor/port.ts';
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

export interface TuiOptions extends TerminalOptions {
  /** `each`, the default: asked for every verdict; `once`: for the session, by the operator's own choice; `never`. */
  readonly passphrase?: 'each' | 'once' | 'never';
  /**
   * An amount above its currency's line has to be typed; so has one of a currency that the bound does not name. Unknown
   * amounts always have to. Default: nothing else has to.
   */
  readonly typeAbove?: MoneyBound;
  /** A sound when a request comes. Off by default. */
  readonly bell?: boolean;
}

const TICK_MS = 250;

/** Shows the screen until the person leaves. Throws `TerminalError` where there is none to show it on. */
export async function runTui(desk: ApproverDesk, options: TuiOptions = {}): Promise<void> {
  const { passphrase = 'each', typeAbove = null, bell = false } = options;
  const purpose = { command: 'countersign tui', instead: '`countersign approvals list`' };
  await runOnTerminal(options, purpose, (surface, end) => {
    const clock = (): number => performance.now();
    const session = new Session(desk, surface, { passphrase, typeAbove, bell, color: surface.color, clock }, end);
    return {
      key: (key) => session.happen({ is: 'key', key }),
      click: (row) => session.happen({ is: 'click', row }),
      wheel: (by) => session.happen({ is: 'wheel', by }),
      resize: () => session.happen({ is: 'resize', columns: surface.columns, rows: surface.rows }),
      start: (guarded) => {
        session.draw();
        const ticking = setInterval(
          guarded(() => session.happen({ is: 'tick', localMs: clock() })),
          TICK_MS,
        );
        const feed = guarded((snapshot: Parameters<Parameters<ApproverDesk['subscribe']>[0]>[0]) =>
          session.happen({ is: 'snapshot', snapshot, localMs: clock() }),
        );
        const unsubscribe = desk.subscribe(feed);
        return () => {
          clearInterval(ticking);
          unsubscribe();
        };
      },
    };
  });
}
