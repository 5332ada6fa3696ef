/** The servers behind a session, as the methods beside `tools/call` need them. */
import type { Behind } from './tool-list.ts';

export interface Peers {
  /** Those of the grant, in its order, whatever state they are in. */
  readonly behinds: readonly Behind[];
  /** Starts those that were not started; resolves when each has come up or failed, or when the time for that is over. */
  settled(): Promise<void>;
}

/** What a server may declare, and the methods of which then go to it. */
type Declared = 'resources' | 'prompts' | 'completions' | 'logging';

/** Those that are up and declared it. */
export function declaring({ behinds }: Peers, what: Declared): readonly Behind[] {
  return behinds.filter(({ upstream }) => upstream.state.is === 'ready' && upstream.capabilities.has(what));
}
