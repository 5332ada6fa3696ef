/** Instants as calls and test cases write them. */

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export const INSTANT_WORDS = 'an instant with its offset, like `2026-11-22T15:00:00Z`';

/** Milliseconds since the epoch; nothing for any other form, or for a day that the calendar lacks. */
export function parseInstantMs(text: string): number | undefined {
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined) return undefined;
  const startMs = Date.parse(`${day}T00:00:00Z`);
  // The platform reads 30 February as 2 March.
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== day) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
