/** The editor on a terminal. */
import { runOnTerminal, type TerminalOptions } from '../run.ts';
import type { EditorDesk } from './port.ts';
import { EditorSession } from './session.ts';

/** Shows the editor until the person leaves; true if they want to save. Throws `TerminalError` where it cannot be shown. */
export async function runEditor(
  desk: EditorDesk,
  notice: string | null,
  options: TerminalOptions = {},
): Promise<boolean> {
  let wantsToSave = false;
  const purpose = { command: 'countersign policy edit', instead: 'its options: `countersign policy edit --help`' };
  await runOnTerminal(options, purpose, (surface, end) => {
    const session = new EditorSession(desk, surface, notice, (error) => {
      wantsToSave = session.wantsToSave;
      end(error);
    });
    return {
      key: (key) => session.key(key),
      wheel: (by) => session.key(by > 0 ? '<down>' : '<up>'),
      resize: () => session.draw(),
      start: () => {
        session.draw();
        session.start();
        return () => undefined;
      },
    };
  });
  return wantsToSave;
}
