/** The screen as a value: rows of styled spans, a function of the model. Every text in it is safe to draw. */
import { helpRows } from './view-help.ts';
import { footRows } from './view-foot.ts';
import { listView } from './view-list.ts';
import { queueView } from './view-queue.ts';
import { requestView } from './view-request.ts';
import { text } from './spans.ts';
import type { Row, Screen } from './spans.ts';
import { isReading, isTooSmall, SMALLEST } from './state.ts';
import type { Model } from './state.ts';
import { isWaiting } from './queue.ts';

export interface ViewOptions {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

export function render(model: Model, { columns, rows, color }: ViewOptions): Screen {
  const drawn = drawnRows(model, columns, rows).slice(0, rows);
  const filled = [...drawn, ...Array.from({ length: Math.max(0, rows - drawn.length) }, (): Row => [])];
  return { columns, rows: color ? filled : filled.map(withoutColour) };
}

function drawnRows(model: Model, columns: number, rows: number): readonly Row[] {
  if (isTooSmall({ columns, rows })) return tooSmall(model, columns, rows);
  if (model.help) return helpRows(columns);
  const foot = footRows(model, columns);
  const body = isReading(model)
    ? requestView(model, model.open, columns, rows)
    : model.pane === 'queue'
      ? queueView(model, columns, rows)
      : listView(model, model.pane, columns, rows);
  const height = rows - foot.length;
  return [
    ...body.slice(0, height),
    ...Array.from({ length: Math.max(0, height - body.length) }, (): Row => []),
    ...foot,
  ];
}

/** Calls can be stopped from here, too. */
function tooSmall(model: Model, columns: number, rows: number): readonly Row[] {
  const { snapshot, notice, prompt } = model;
  const waiting = (snapshot?.requests ?? []).filter(isWaiting).length;
  return [
    [text('This terminal is too small', columns, { bold: true, fg: 'red' })],
    [text(`it has ${columns}x${rows}, a request needs ${SMALLEST.columns}x${SMALLEST.rows}`, columns)],
    [text('nothing can be approved here', columns)],
    [text(`${waiting} waiting`, columns)],
    ...(prompt !== null ? footRows(model, columns) : notice === null ? [] : [[text(notice.words, columns)]]),
  ];
}

function withoutColour(row: Row): Row {
  return row.map(({ text: content, style }) => {
    const { bold = false, inverse = false } = style;
    return { text: content, style: { bold, inverse } };
  });
}
