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
