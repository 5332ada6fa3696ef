/** Whether a page shows what a command shows: the same lines, but for what differs from run to run. */

/** What is never the same twice, and what stands in its place. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<day>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\bap(?:-[a-z0-9]{4}){3}\b/g, '<approval>'],
  [/\bSHA256:[A-Za-z0-9+/]{43}/g, '<fingerprint>'],
  [/\bcsg_(?:…|[0-9A-Za-z]{49})/g, '<token>'],
  [/\b\d[\d,]* records? in \d+ files?/g, '<records>'],
  [/\b\d+ ms\b/g, '<ms>'],
  [/\b\d+[smhd]? ago\b/g, '<ago>'],
];

/** A person's directory has one name on all pages. */
const ADA = '/home/ada';

/** What of `documented` is not in `shown`; null if it is all there. `…` stands for anything within a line, or for lines. */
export function difference(documented: string, shown: string, directory: string): string | null {
  const wanted = linesOf(documented);
  const seen = linesOf(shown.replaceAll(directory, ADA));
  let at = 0;
  let mayPass = false;
  for (const line of wanted) {
    if (line === '…') {
      mayPass = true;
      continue;
    }
    const found = mayPass ? seen.findIndex((one, index) => index >= at && fits(line, one)) : at;
    if (found === -1 || seen[found] === undefined || !fits(line, seen[found])) return report(line, seen, at);
    at = found + 1;
    mayPass = false;
  }
  return mayPass || at === seen.length ? null : `the page does not show: ${seen[at] ?? ''}`;
}

function linesOf(text: string): string[] {
  const steady = VOLATILE.reduce((all, [pattern, name]) => all.replace(pattern, name), text.replaceAll('^C', ''));
  return steady
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').replaceAll(/─+/g, '─').trim())
    .filter((line) => line !== '');
}

function fits(documented: string, shown: string): boolean {
  const pieces = documented.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.*')}$`, 'u').test(shown);
}

function report(line: string, seen: readonly string[], at: number): string {
  return `the page shows: ${line}\nthe command shows there:\n${seen.slice(at, at + 12).join('\n')}`;
}
