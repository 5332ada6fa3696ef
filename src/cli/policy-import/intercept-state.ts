/** Counters of Intercept. Only what counts calls can be kept: our limits count calls or money, never a bare number. */
import type { Way } from './notes.ts';
import { writtenPredicate } from './predicate.ts';
import { isMembers, numberIn, strangeKeys, textOf } from './value.ts';
import type { Members } from './value.ts';
import { callsWithin, utcWindow } from './windows.ts';
import type { WindowDoc } from './windows.ts';

/** A `state` block, read or not. */
export interface DeclaredState {
  readonly way: Way;
  readonly tool: string;
  readonly counter: string;
  readonly read: { readonly step: number; readonly window: WindowDoc } | { readonly why: string };
}

const STATE = ['counter', 'window', 'increment', 'increment_from'];

/** Reads the `state` block of a rule of `tool`. */
export function readState(value: unknown, tool: string, way: Way): DeclaredState {
  const counter = isMembers(value) && typeof value['counter'] === 'string' ? value['counter'] : '';
  return { way, tool, counter, read: isMembers(value) ? stepOf(value) : { why: '`state` is an object' } };
}

function stepOf(value: Members): DeclaredState['read'] {
  const [strange] = strangeKeys(value, STATE);
  if (strange !== undefined) return { why: `the key \`${textOf(strange)}\` of its counter is not known here` };
  const window = utcWindow(value['window']);
  if (window === undefined) return { why: 'the window of its counter is `minute`, `hour` or `day`' };
  if (value['increment_from'] !== undefined) return { why: sumWords(value['increment_from'], window.per) };
  const step = value['increment'] === undefined ? 1 : numberIn(value['increment']);
  if (step === undefined || !Number.isInteger(step) || step < 1)
    return { why: 'its counter does not count in whole steps' };
  return { step, window };
}

/** The sum of an argument says neither its currency nor its unit; ours needs both. */
export function sumWords(argument: unknown, per: string): string {
  return `it adds up \`${textOf(argument)}\`, whose currency and unit it does not say; write \`"limit": { "amount": { "USD": "…" }, "per": "${per}" }\` for it`;
}

/** A cap on a counter, or why it cannot be kept. */
export type Cap = { readonly calls: number; readonly window: WindowDoc } | { readonly why: string };

/** Reads a condition on `state.<tool>.<counter>` in a rule of `tool`. */
export function readCap(condition: unknown, tool: string, states: readonly DeclaredState[]): Cap {
  const written = writtenPredicate(condition);
  if (written === undefined) return { why: 'expected `{path, op, value}`' };
  const owner = tool === '*' ? '_global' : tool;
  const prefix = `state.${owner}.`;
  if (!written.path.startsWith(prefix)) return { why: `only counters of the tool itself can be kept, \`${prefix}…\`` };
  const declared = states.filter(({ counter }) => counter === written.path.slice(prefix.length));
  const [state] = declared;
  if (state === undefined || declared.length > 1)
    return { why: 'its counter is not counted by exactly one rule of the tool' };
  if ('why' in state.read) return state.read;
  const cap = numberIn(written.value);
  if (cap === undefined || (written.op !== 'lte' && written.op !== 'lt'))
    return { why: 'a cap is `lte` or `lt` a number' };
  return { calls: callsWithin(cap, state.read.step, written.op === 'lt'), window: state.read.window };
}
