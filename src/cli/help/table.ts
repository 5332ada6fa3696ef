/** A table of a page: in columns where they fit, else row by row with the headings beside each cell. */
import { widthOf, wrap } from './wrap.ts';

const GAP = '  ';

/** The lines of a table whose first row has the headings. */
export function table(rows: readonly (readonly string[])[], width: number): string[] {
  const [headings = [], ...body] = rows;
  const widths = headings.map((_heading, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const last = widths.at(-1) ?? 0;
  // The last column may be broken where that leaves it room; it mostly has the sentences.
  const isNarrow = before + last > width && width - before < Math.max(30, width / 3);
  if (isNarrow) return body.flatMap((row) => record(headings, row, width));
  return [headings, widths.map((one) => '-'.repeat(Math.min(one, width - before))), ...body].flatMap((row) =>
    line(row, widths, before, width),
  );
}

function line(row: readonly string[], widths: readonly number[], before: number, width: number): string[] {
  const cells = row.slice(0, -1).map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)) + GAP);
  return wrap(row.at(-1) ?? '', width, ' '.repeat(before), cells.join('')).map((one) => one.trimEnd());
}

function record(headings: readonly string[], row: readonly string[], width: number): string[] {
  const [name = '', ...cells] = row;
  const shown = cells.flatMap((cell, index) =>
    cell === '' ? [] : wrap(`${headings[index + 1] ?? ''}: ${cell}`, width, '      ', '    '),
  );
  return [...wrap(name, width, '  ', '  '), ...shown, ''];
}
