/** What can be told of a provider's key by its look alone. */

import type { KeyMode } from '../../approvals/index.ts';

/** Live or test, and how much it can do, by the prefixes that providers document. */
const MODES: readonly (readonly [RegExp, string])[] = [
  [/^rk_live_/, 'a restricted live key'],
  [/^rk_test_/, 'a restricted test key'],
  [/^pk_live_/, 'a publishable live key, which no server can use'],
  [/^pk_test_/, 'a publishable test key, which no server can use'],
  [/^creem_test_/, 'a test key'],
  [/^(?:sk_live_|rzp_live_|pdl_live_|live_|creem_)/, 'a live key'],
  [/^(?:sk_test_|rzp_test_|pdl_sdbx_|test_|sandbox_)/, 'a test key'],
];

/** What a key is, in words that hold nothing of it. */
export function modeOf(value: string): string {
  const found = MODES.find(([prefix]) => prefix.test(value));
  return found?.[1] ?? 'a key that does not show whether it is live or test';
}

/** Whether a key moves real money; null for one that does not show it. A header's scheme may stand before it. */
export function keyModeOf(value: string): KeyMode | null {
  const words = modeOf(value.replace(/^(?:Bearer|Basic)\s+/i, ''));
  return words.includes(' live key') ? 'live' : words.includes(' test key') ? 'test' : null;
}

const PREFIX =
  /(?:^|[^A-Za-z0-9])((?:sk|rk|pk)_(?:live|test)_|whsec_|rzp_(?:live|test)_|pdl_(?:live|sdbx)_|creem_(?:test_)?|EAAA|AKIA)/;

/** The class of a key, its public prefix; null for one that shows none. */
export function prefixOf(value: string): string | null {
  return PREFIX.exec(value)?.[1] ?? null;
}

const KNOWN = [
  String.raw`(?:sk|rk)_(?:live|test)_`,
  'whsec_',
  'rzp_(?:live|test)_',
  'pdl_(?:live|sdbx)_',
  'creem_(?:test_)?[A-Za-z0-9]{16}',
  'EAAA[A-Za-z0-9_-]{20}',
  'AKIA[0-9A-Z]{16}',
  String.raw`eyJ[\w-]{10,}\.eyJ`,
].join('|');
const LOOKS_KNOWN = new RegExp(`(?:^|[^A-Za-z0-9])(?:${KNOWN})|-----BEGIN [A-Z ]*PRIVATE KEY`);
const NAMED_SO = /(?:key|token|secret|password|authorization)$/i;

/** True for a plain value that is likely a credential: by its own form, or because its name says so and it is long. */
export function looksLikeKey(name: string, text: string): boolean {
  return LOOKS_KNOWN.test(text) || (NAMED_SO.test(name) && /^\S{16,}$/.test(text) && !/^(?:[./~]|\w+:\/\/)/.test(text));
}
