/**
 * Charts as inline SVG. Widths are shares of the page and heights are pixels, so that letters keep their size on a phone.
 * The scale at the side is a drawing of its own, which leaves the other one free to stretch.
 */
import { heightOf, scaleOf, tickText } from './axis.ts';
import type { Chart, Mark } from './chart.ts';
import { html } from './escape.ts';

const PLOT = { above: 8, height: 150, below: 24 } as const;
const BAR = { row: 38, label: 14, top: 20, height: 10 } as const;
/** A few columns must not become walls. */
const WIDEST_COLUMN = 8;
const MOST_LABELS = 5;
/** What is there must be seen beside what is a thousand times as much. */
const LEAST_HEIGHT = 1.5;
const LEAST_WIDTH = 0.7;

/** Draws a chart. `id` is one that no other chart of the page has. */
export function svgOf(chart: Chart, id: string): string {
  return chart.is === 'columns' ? columnsOf(chart, id) : barsOf(chart, id);
}

function drawing(chart: Chart, id: string, height: number, content: string): string {
  const names = `<title id="${id}-t">${html(chart.title)}</title><desc id="${id}-d">${html(chart.description)}</desc>`;
  return `<svg class="plot" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d" width="100%" height="${height}">${names}${content}</svg>`;
}

function columnsOf(chart: Chart, id: string): string {
  const scale = scaleOf(largest(chart.marks));
  const y = (value: bigint): number => rounded(PLOT.above + PLOT.height - heightOf(value, scale.top, PLOT.height));
  const height = PLOT.above + PLOT.height + PLOT.below;
  const lines = scale.ticks.map((tick) => `<line class="grid" x1="0" x2="100%" y1="${y(tick)}" y2="${y(tick)}"/>`);
  const labels = scale.ticks.map(
    (tick) => `<text x="44" y="${rounded(y(tick) + 4)}" text-anchor="end">${tickText(tick, chart.decimals)}</text>`,
  );
  const columns = chart.marks.map((mark, index) => columnOf(chart, mark, index, scale.top));
  const side = `<svg class="scale" aria-hidden="true" width="50" height="${height}">${labels.join('')}</svg>`;
  return side + drawing(chart, id, height, lines.join('') + columns.join('') + daysBelow(chart.marks));
}

function columnOf({ series, marks }: Chart, { values, words }: Mark, index: number, top: bigint): string {
  const slot = 100 / marks.length;
  const width = Math.min(slot * 0.78, WIDEST_COLUMN);
  const x = rounded(slot * (index + 0.5) - width / 2);
  let bottom = PLOT.above + PLOT.height;
  const parts = series.map(({ tone }, place) => {
    const value = values[place] ?? 0n;
    if (value <= 0n) return '';
    const height = Math.min(bottom, Math.max(LEAST_HEIGHT, heightOf(value, top, PLOT.height)));
    bottom -= height;
    return `<rect class="${tone}" x="${x}%" y="${rounded(bottom)}" width="${rounded(width)}%" height="${rounded(height)}"/>`;
  });
  const drawn = parts.join('');
  return drawn === '' ? '' : `<g><title>${html(words)}</title>${drawn}</g>`;
}

function daysBelow(marks: readonly Mark[]): string {
  const step = Math.ceil(marks.length / MOST_LABELS);
  const y = PLOT.above + PLOT.height + 17;
  return marks
    .map(({ label }, index) => {
      if (index % step !== 0) return '';
      const x = rounded((100 / marks.length) * (index + 0.5));
      const [anchor, at] = x < 6 ? ['start', 0] : x > 94 ? ['end', 100] : ['middle', x];
      return `<text x="${at}%" y="${y}" text-anchor="${anchor}">${html(label)}</text>`;
    })
    .join('');
}

function barsOf(chart: Chart, id: string): string {
  const most = largest(chart.marks);
  const bars = chart.marks.map((mark, index) => barOf(chart, mark, index * BAR.row, most));
  return drawing(chart, id, Math.max(1, chart.marks.length) * BAR.row, bars.join(''));
}

function barOf({ series }: Chart, { label, words, values: [value = 0n] }: Mark, y: number, most: bigint): string {
  const width = value > 0n ? Math.max(LEAST_WIDTH, rounded(heightOf(value, most, 100))) : 0;
  const box = `y="${y + BAR.top}" height="${BAR.height}" rx="2"`;
  const track = `<rect class="track" x="0" width="100%" ${box}/>`;
  const bar = `<rect class="${series[0]?.tone ?? 'allowed'}" x="0" width="${width}%" ${box}/>`;
  const name = `<text class="name" x="0" y="${y + BAR.label}">${html(shortened(label))}</text>`;
  const count = `<text class="name" x="100%" y="${y + BAR.label}" text-anchor="end">${value}</text>`;
  return `<g><title>${html(words)}</title>${name}${count}${track}${bar}</g>`;
}

/** Letters that fit beside a figure on a phone; others than those of ASCII may be twice as wide. */
const MOST_LETTERS = 36;

function shortened(label: string): string {
  let width = 0;
  let kept = '';
  for (const letter of label) {
    width += letter > '~' ? 2 : 1;
    if (width > MOST_LETTERS) return `${kept}…`;
    kept += letter;
  }
  return kept;
}

function largest(marks: readonly Mark[]): bigint {
  return marks.reduce((most, { values }) => {
    const sum = values.reduce((all, value) => all + (value > 0n ? value : 0n), 0n);
    return sum > most ? sum : most;
  }, 0n);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
