/** Why there is no screen. */

/** The message names the fault, the hint the next step; both without a final period. */
export class TerminalError extends Error {
  readonly code: 'no_terminal' | 'dumb_terminal' | 'unusable_terminal';
  readonly hint: string;
  constructor(code: TerminalError['code'], message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
    this.code = code;
    this.hint = hint;
  }
}
