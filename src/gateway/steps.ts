/**
 * The steps of a call, published for whoever watches this process from inside: a debugger, a tracer, or the rig that kills
 * gateways between two of them. Without a subscriber it costs nothing.
 */
import { channel } from 'node:diagnostics_channel';
import type { RequestId } from '../core/ids.ts';

/** Each names what has just happened. */
export type Step =
  'held' | 'asked' | 'claimed' | 'reserved' | 'intent' | 'forwarded' | 'replied' | 'settled' | 'recorded';

/** The name of the channel; each message is `{ step, request }`. */
export const CALL_CHANNEL = 'countersign:call';

const calls = channel(CALL_CHANNEL);

export function step(name: Step, request: RequestId): void {
  if (calls.hasSubscribers) calls.publish({ step: name, request });
}
