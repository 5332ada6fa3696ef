/** What SQLite's result codes mean for the gateway (https://sqlite.org/rescode.html). */
import { StateError } from '../port.ts';

const BUSY = 5;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

/** The engine leaves the number out when reading rows fails; these are its texts of `sqlite3_errstr`. */
const BY_TEXT: ReadonlyMap<string, number> = new Map([
  ['database is locked', BUSY],
  ['disk I/O error', IO_ERROR],
  ['database disk image is malformed', CORRUPT],
  ['database or disk is full', FULL],
  ['file is not a database', NOT_A_DATABASE],
]);

/** The primary result code of an engine error; extended codes carry it in their low byte. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return BY_TEXT.get(error.message);
}

/** True for what the engine threw, as opposed to what a caller's own step threw. */
export function isEngineError(error: unknown): boolean {
  return primaryCode(error) !== undefined;
}

/** True if another connection holds the lock and the same statement may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY;
}

/** The engine's error in the port's words; errors of the port itself pass unchanged. */
export function toStateError(error: unknown, file: string): StateError {
  if (error instanceof StateError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const code = primaryCode(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    const step = 'restore it from a backup, or move it away and issue the grants again';
    return new StateError('corrupt', `the state file \`${file}\` is damaged (${detail}); ${step}`, { cause: error });
  }
  if (code === CONSTRAINT) {
    return new StateError('conflict', `the state file \`${file}\` refuses the entry: ${detail}`, { cause: error });
  }
  if (code === BUSY) return new StateError('busy', `the state file \`${file}\` is locked: ${detail}`, { cause: error });
  return new StateError('unavailable', `the state file \`${file}\` cannot be used: ${detail}`, { cause: error });
}
