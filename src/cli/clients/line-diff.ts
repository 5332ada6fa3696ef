/** What of a text is another one, line by line, with a little of what is around it. */

export interface DiffLine {
  readonly is: 'same' | 'gone' | 'new' | 'gap';
  readonly text: string;
}

const CONTEXT = 2;
/** Where more lines differ, the one block is shown in place of the other. */
const MOST_CELLS = 4_000_000;

/** The lines that differ, in order. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = common(old, now);
  const tail = common(old.slice(head).reverse(), now.slice(head).reverse());
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ is: 'same', text }));
  const middle = changes(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return folded([...same(old.slice(0, head)), ...middle, ...same(old.slice(old.length - tail))]);
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function common(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((line, index) => line !== other[index]);
  return differs === -1 ? Math.min(one.length, other.length) : differs;
}

/** By the longest common subsequence. */
function changes(old: readonly string[], now: readonly string[]): readonly DiffLine[] {
  const gone = (text: string): DiffLine => ({ is: 'gone', text });
  const added = (text: string): DiffLine => ({ is: 'new', text });
  if (old.length * now.length > MOST_CELLS) return [...old.map(gone), ...now.map(added)];
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1)
    for (let column = now.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    const [before = '', after = ''] = [old[row], now[column]];
    if (row < old.length && column < now.length && before === after) {
      lines.push({ is: 'same', text: before });
      row += 1;
      column += 1;
    } else if (column >= now.length || (row < old.length && at(row + 1, column) >= at(row, column + 1))) {
      lines.push(gone(before));
      row += 1;
    } else {
      lines.push(added(after));
      column += 1;
    }
  }
  return lines;
}

/** Leaves out what is far from every change. */
function folded(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ is }) => is !== 'same');
  return lines.flatMap((line, index): readonly DiffLine[] => {
    if (isNear(index)) return [line];
    return index > 0 && isNear(index - 1) ? [{ is: 'gap', text: '…' }] : [];
  });
}
