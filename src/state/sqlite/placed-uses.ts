/**
 * The uses of a reservation as they stand in its row: a JSON text, each use a list with all of its counter. It is written
 * and read with every call that a limit counts, so it has no names.
 */
import { brandAs, type PolicyName } from '../../core/ids.ts';
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
    uses.map(({ counter, amount, closes, slot, endMs }) => {
      const { id, window, policy, rule, scope, subject, unit, keyed } = counter;
      return [id, amount, Number(closes), slot, endMs, window, policy, rule, scope, subject, unit, Number(keyed)];
    }),
  );
}

/** Reads the text back. Throws `StateError` `corrupt` for one that no release of ours wrote. */
export function readUses(text: string): readonly PlacedUse[] {
  let uses: unknown;
  try {
    uses = JSON.parse(text);
  } catch {
    throw damaged('uses');
  }
  if (!Array.isArray(uses)) throw damaged('uses');
  return uses.map(useOf);
}

function useOf(value: unknown): PlacedUse {
  if (!Array.isArray(value)) throw damaged('uses');
  const [id, amount, closes, slot, endMs, ...counter] = value as readonly unknown[];
  if (typeof id !== 'string' || !isCount(amount) || !isCount(slot) || !isCount(endMs)) throw damaged('uses');
  return { counter: counterOf(id, counter), amount, closes: closes === 1, slot, endMs };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

const SCOPES = ['grant', 'principal', 'policy', 'upstream', 'global'] as const;

function counterOf(id: string, [window, policy, rule, scope, subject, unit, keyed]: readonly unknown[]): QuotaCounter {
  const known = SCOPES.find((one) => one === scope);
  if (known === undefined || !isWindow(window)) throw damaged('uses');
  if (typeof rule !== 'string' || typeof subject !== 'string' || typeof unit !== 'string') throw damaged('uses');
  if (policy !== null && typeof policy !== 'string') throw damaged('uses');
  return {
    ...{ id, rule, scope: known, subject, unit, window },
    policy: policy === null ? null : brandAs<PolicyName>(policy),
    keyed: keyed === 1,
  };
}
