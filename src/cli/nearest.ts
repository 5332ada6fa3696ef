/** The word that somebody who mistyped may have meant. */

const MOST_STEPS = 3;

/** The nearest of `known`, if it is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const [best] = [...new Set(known)]
    .map((one) => ({ one, steps: distance(word, one) }))
    .filter(({ steps }) => steps <= MOST_STEPS)
    .sort((left, right) => left.steps - right.steps);
  return best?.one;
}

/** Letters to insert, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MOST_STEPS) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_cell, index) => index);
  for (const [line, letter] of Array.from(from).entries()) {
    const next = [line + 1];
    for (let at = 0; at < to.length; at += 1) {
      const replaced = (row[at] ?? 0) + (to[at] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? Infinity;
}
