/** What is said of servers that fail: once, however often they are tried again. */
import type { Upstream, UpstreamState } from '../upstream/port.ts';

type Failed = Extract<UpstreamState, { is: 'failed' }>;

/** A server that stays away is tried again and again; its log must not grow with it. */
export class Failures {
  readonly #told = new WeakMap<Upstream, string>();

  /** False for a failure that was told before, of the same generation and for the same reason, and is tried again. */
  isNews(upstream: Upstream, { code, exitCode, restartMs }: Failed): boolean {
    const what = JSON.stringify([upstream.generation, code, exitCode, restartMs === null]);
    if (this.#told.get(upstream) === what) return false;
    this.#told.set(upstream, what);
    return true;
  }
}

/** Why it failed, and whether somebody has to do something about it. */
export function failureWords({ why, restartMs }: Failed): string {
  return restartMs === null ? why : `${why}; it is being started again`;
}

/** Why a server without tools does not answer. */
export function absenceWords(state: UpstreamState): string {
  if (state.is === 'failed') return failureWords(state);
  const after = state.is === 'starting' ? state.after : undefined;
  return after === undefined ? 'it is still starting' : `${after}; it is being started again`;
}
