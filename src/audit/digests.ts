/**
 * What the log keeps of an argument's value: how long it is, and a keyed hash, so that whoever holds the key and knows a
 * value can tell whether it occurred. A hash without a key would give small values away: there are not many amounts.
 */
import { canonicalJson, CanonicalError } from '../core/canonical.ts';
import { type Json, type JsonType, stringify, typeOf } from '../core/json.ts';
import { currentKey, epochOf } from './digest-keys.ts';
import { HmacKey } from './hmac.ts';
import type { Clock } from './ports.ts';

/** An argument's value as text: its canonical form (RFC 8785), or as it was written where there is none. */
export interface ValueText {
  readonly type: JsonType;
  readonly text: string;
  readonly isCanonical: boolean;
}

export interface DigestedArgument {
  /** As the record says it: canonical, or `~unknown`. */
  readonly tool: string;
  readonly argument: string;
  readonly value: ValueText;
}

/** Hashes values under the key of the month. The key never leaves it. */
export interface ArgumentDigests {
  /** `<yyyymm>:<22 characters>`. Throws `AuditError` without a usable key: there is no hash without one. */
  of(argument: DigestedArgument): string;
}

/** The text of a value. */
export function valueText(value: Json): ValueText {
  const type = typeOf(value);
  try {
    return { type, text: canonicalJson(value), isCanonical: true };
  } catch (error) {
    if (error instanceof CanonicalError) return { type, text: stringify(value), isCanonical: false };
    throw error;
  }
}

const DOMAIN = { canonical: 'countersign/audit-arg/v1', written: 'countersign/audit-arg/v1/as-written' } as const;
/** Base64url of 128 bits: 21 characters of six bits, and one for the two that are left. */
const WHOLE_CHARACTERS = 21;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** HMAC-SHA-256, cut to 128 bits, over a JSON array of strings, which keeps its parts apart whatever they hold. */
export function digestUnder(key: Buffer, epoch: string, argument: DigestedArgument): string {
  return digestWith(new HmacKey(key), epoch, argument);
}

function digestWith(key: HmacKey, epoch: string, { tool, argument, value }: DigestedArgument): string {
  const domain = value.isCanonical ? DOMAIN.canonical : DOMAIN.written;
  const message = JSON.stringify([domain, tool, argument, value.type, value.text]);
  const whole = key.of(message, 'base64url');
  const last = ALPHABET[ALPHABET.indexOf(whole.charAt(WHOLE_CHARACTERS)) & 0b11_0000] ?? '';
  return `${epoch}:${whole.slice(0, WHOLE_CHARACTERS)}${last}`;
}

export interface DigestOptions {
  /** The home's `keys` directory; it exists and is private. */
  readonly keysDirectory: string;
  readonly clock: Clock;
}

/** Digests under the keys of a home. No key is read or made before the first. */
export function openDigests({ keysDirectory, clock }: DigestOptions): ArgumentDigests {
  let current:
    { readonly startMs: number; readonly endMs: number; readonly epoch: string; readonly key: HmacKey } | undefined;
  return {
    of: (argument) => {
      const nowMs = clock.nowMs();
      if (current === undefined || nowMs < current.startMs || nowMs >= current.endMs) {
        const { epoch, key } = currentKey(keysDirectory, epochOf(nowMs));
        current = { ...monthOf(nowMs), epoch, key: new HmacKey(key) };
      }
      return digestWith(current.key, current.epoch, argument);
    },
  };
}

/** The instants between which it is the same month (UTC). */
function monthOf(timeMs: number): { readonly startMs: number; readonly endMs: number } {
  const date = new Date(timeMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
}
