/** The last things a server's process said beside the protocol. It writes what it likes, and people read it in a terminal. */

const MAX_LINES = 200;
const MAX_CHARS = 64 * 1024;
/** Control and format characters could move the cursor, hide text or reverse it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text of strangers in one line, with nothing in it that a terminal would act on, cut to `maxChars`. */
export function printable(text: string, maxChars: number): string {
  const clean = text.replaceAll('\t', ' ').replace(UNPRINTABLE, '\u00b7');
  return clean.length > maxChars ? `${clean.slice(0, maxChars)}…` : clean;
}

/** A bounded list of lines, oldest dropped first. */
export class LineRing {
  #lines: string[] = [];
  #chars = 0;

  add(text: string): void {
    const line = printable(text, 4_096);
    this.#lines.push(line);
    this.#chars += line.length;
    while (this.#lines.length > MAX_LINES || this.#chars > MAX_CHARS) this.#chars -= this.#lines.shift()?.length ?? 0;
  }

  /** Newest last. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
