/**
 * The uses of a reservation as they stand in its row: a JSON text, each use a list. It is written with every call that a
 * limit counts, so it has no names, and of its counter only what the counter's own row does not keep.
 */
import { heldSlot, type HeldUse, type QuotaCounter, type QuotaUse, type Slot } from '../quota.ts';
import { isWindow } from '../window-text.ts';
import { damaged } from './rows.ts';

/** A use of a reservation with the slot that it stands in. */
export interface PlacedUse extends HeldUse, Slot {}

/** A use where it stands until it is settled. */
export function placed({ counter, amount, closes }: QuotaUse): PlacedUse {
  const { slot, endMs } = heldSlot(counter.window);
  return { counter, amount, closes, slot, endMs };
}

export function usesText(uses: readonly PlacedUse[]): string {
  return JSON.stringify(
    uses.map(({ counter: { id, window }, amount, closes, slot, endMs }) => [
      ...[id, amount, Number(closes), slot, endMs],
      window,
    ]),
  );
}

/** The row of a counter, which is there for as long as a reservation names it. Throws `StateError` `corrupt` if not. */
export type CounterOf = (id: string) => QuotaCounter;

/** Reads the text back. Throws `StateError` `corrupt` for one that no release of ours wrote. */
export function readUses(text: string, counterOf: CounterOf): readonly PlacedUse[] {
  let uses: unknown;
  try {
    uses = JSON.parse(text);
  } catch {
    throw damaged('uses');
  }
  if (!Array.isArray(uses)) throw damaged('uses');
  return uses.map((use) => useOf(use, counterOf));
}

function useOf(value: unknown, counterOf: CounterOf): PlacedUse {
  if (!Array.isArray(value)) throw damaged('uses');
  const [id, amount, closes, slot, endMs, window] = value as readonly unknown[];
  if (typeof id !== 'string' || !isCount(amount) || !isCount(slot) || !isCount(endMs)) throw damaged('uses');
  if (!isWindow(window)) throw damaged('uses');
  // The window as it was then: the counter goes on to the next.
  return { counter: { ...counterOf(id), window }, amount, closes: closes === 1, slot, endMs };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
