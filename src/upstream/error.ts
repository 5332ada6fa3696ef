import type { UpstreamFailure } from './port.ts';

/** An upstream did not come up. The message is for people and reads behind the upstream's name. */
export class UpstreamError extends Error {
  readonly code: UpstreamFailure;
  constructor(code: UpstreamFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UpstreamError';
    this.code = code;
  }
}

/** What opening a channel throws comes from the secrets too, which this folder does not know: only the code counts. */
export function asUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const message = error instanceof Error ? error.message : 'it could not be started';
  const told: unknown = error instanceof Error && 'code' in error ? error.code : null;
  const code = told === 'secret_missing' || told === 'not_reviewed' ? told : 'spawn_failed';
  return new UpstreamError(code, message, { cause: error });
}
