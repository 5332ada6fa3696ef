/** Patterns of `matches`, in the part of the RE2 grammar that the generator writes, as expressions of JavaScript. */

const memory = new Map<string, RegExp>();

/** RE2 reads `.` as everything but a line feed, and `\s` as the white space of ASCII. */
function translated(pattern: string): string {
  return pattern.replace(/\\s|\\.|\[[^\]]*\]|\./gu, (part) => {
    if (part === '\\s') return '[\\t\\n\\f\\r ]';
    return part === '.' ? '[^\\n]' : part;
  });
}

/** True if the pattern matches the whole text. */
export function matchesWhole(pattern: string, text: string): boolean {
  let known = memory.get(pattern);
  if (known === undefined) {
    known = new RegExp(`^(?:${translated(pattern)})$`, 'u');
    memory.set(pattern, known);
  }
  return known.test(text);
}
