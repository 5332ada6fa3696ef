/** The help: every key and what it does. */
import { BINDINGS } from './keys.ts';
import { field, rule, text } from './spans.ts';
import type { Row } from './spans.ts';

const KEY_CELLS = 16;

export function helpRows(columns: number): readonly Row[] {
  const lines = BINDINGS.flatMap(({ help }) => (help === null ? [] : [help]));
  return [
    rule('Keys', columns, { bold: true }),
    ...lines.map(([keys, words]): Row => [
      field(`  ${keys}`, KEY_CELLS, { bold: true }),
      text(words, columns - KEY_CELLS),
    ]),
    [],
    [text('  \\u{...} stands for a character that could deceive you; "!" says of which kind', columns)],
    [text('  any key goes back', columns)],
  ];
}
