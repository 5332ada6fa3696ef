/** The uses of a reservation as they stand in its row: a JSON text, each use with all of its counter. */
import { brandAs, type PolicyName } from '../../core/ids.ts';
import type { HeldUse, QuotaCounter, QuotaUse, Slot } from '../quota.ts';
import { heldSlot } from '../quota.ts';
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
  return JSON.stringify(uses);
}

/** Reads the text back. Throws `StateError` `corrupt` for one that no release of ours wrote. */
export function readUses(text: string): readonly PlacedUse[] {
  let uses: unknown;
  try {
    uses = JSON.parse(text);
  } catch {
    throw damaged('uses');
  }
  if (!Array.isArray(uses) || !uses.every(isUse)) throw damaged('uses');
  return uses.map((use) => ({ ...use, counter: { ...use.counter, policy: policyOf(use.counter) } }));
}

function policyOf({ policy }: QuotaCounter): PolicyName | null {
  return policy === null ? null : brandAs<PolicyName>(policy);
}

function isUse(value: unknown): value is PlacedUse {
  if (typeof value !== 'object' || value === null) return false;
  const { counter, amount, closes, slot, endMs } = value as Readonly<Record<string, unknown>>;
  return [amount, slot, endMs].every(Number.isSafeInteger) && typeof closes === 'boolean' && isCounter(counter);
}

const SCOPES: ReadonlySet<unknown> = new Set(['grant', 'principal', 'policy', 'upstream', 'global']);

function isCounter(value: unknown): value is QuotaCounter {
  if (typeof value !== 'object' || value === null) return false;
  const { id, policy, rule, scope, subject, unit, keyed, window } = value as Readonly<Record<string, unknown>>;
  const texts = [id, rule, subject, unit].every((text) => typeof text === 'string');
  const isPolicy = policy === null || typeof policy === 'string';
  return texts && isPolicy && SCOPES.has(scope) && typeof keyed === 'boolean' && isWindow(window);
}
