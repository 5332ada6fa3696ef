import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heightOf, scaleOf, tickText } from '../../../src/audit/report/axis.ts';
import { type Chart, spansOf } from '../../../src/audit/report/chart.ts';
import { reportHtml } from '../../../src/audit/report/index.ts';
import { svgOf } from '../../../src/audit/report/svg.ts';
import { NOON, record, reportOn, SINCE, tokens, UNTIL } from './support.ts';

const value = fc.oneof(fc.bigInt(-5n, 5n), fc.bigInt(0n, 10n ** 30n));
const mark = fc.record({ label: fc.string(), words: fc.string(), values: fc.array(value, { maxLength: 4 }) });
const chart: fc.Arbitrary<Chart> = fc.record({
  is: fc.constantFrom('columns', 'bars'),
  title: fc.string(),
  description: fc.string(),
  series: fc.constantFrom<Chart['series']>(
    [],
    [{ name: 'a', tone: 'allowed' }],
    [
      { name: 'a', tone: 'allowed' },
      { name: 'b', tone: 'doubt' },
    ],
  ),
  marks: fc.array(mark, { maxLength: 120 }),
  decimals: fc.integer({ min: 0, max: 4 }),
});

describe('a drawing', () => {
  it('holds finite numbers within itself for whatever is drawn', () => {
    fc.assert(
      fc.property(chart, (it) => {
        const svg = svgOf(it, 'c');
        for (const token of tokens(svg)) {
          if (token.is !== 'open') continue;
          for (const [, name, written] of token.attributes.matchAll(/\s(x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g)) {
            expect(written, `${token.name} ${name}`).toMatch(/^\d+(?:\.\d+)?%?$/);
            if (written?.endsWith('%')) expect(Number.parseFloat(written)).toBeLessThanOrEqual(100);
          }
        }
        expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
      }),
    );
  });

  it('never lets a column rise above the drawing', () => {
    fc.assert(
      fc.property(chart, (it) => {
        for (const [, y, height] of svgOf({ ...it, is: 'columns' }, 'c').matchAll(
          /<rect[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"/g,
        )) {
          expect(Number(y)).toBeGreaterThanOrEqual(0);
          expect(Number(y) + Number(height)).toBeLessThanOrEqual(158.02);
        }
      }),
    );
  });

  it('shows a single denial beside a million calls', () => {
    const series = [
      { name: 'a', tone: 'allowed' as const },
      { name: 'd', tone: 'denied' as const },
    ];
    const marks = [{ label: 'l', words: 'w', values: [1_000_000n, 1n] }];
    const svg = svgOf({ is: 'columns', title: 't', description: 'd', series, marks, decimals: 0 }, 'c');
    expect(Number(/class="denied"[^>]* height="([\d.]+)"/.exec(svg)?.[1])).toBeGreaterThanOrEqual(1.5);
  });
});

describe('a scale', () => {
  it('covers every value with few ticks of equal distance', () => {
    fc.assert(
      fc.property(fc.bigInt(-10n, 10n ** 30n), (largest) => {
        const { ticks, top } = scaleOf(largest);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(5);
        expect(ticks[0]).toBe(0n);
        expect(ticks.at(-1)).toBe(top);
        expect(top >= largest).toBe(true);
        expect(new Set(ticks.slice(1).map((tick, index) => tick - ticks[index]!)).size).toBe(1);
      }),
    );
  });

  it('is written in few letters, and exactly', () => {
    expect(scaleOf(26_700n).ticks.map((tick) => tickText(tick, 2))).toEqual(['0', '100', '200', '300']);
    expect(scaleOf(1_400n).ticks.map((tick) => tickText(tick, 0))).toEqual(['0', '500', '1k', '1.5k']);
    expect(scaleOf(3n).ticks.map((tick) => tickText(tick, 2))).toEqual(['0', '0.01', '0.02', '0.03']);
    expect(tickText(2_500_000_000n, 0)).toBe('2.5G');
  });

  it('is never divided by nothing', () => {
    expect(heightOf(5n, 0n, 100)).toBe(0);
    expect(heightOf(-5n, 10n, 100)).toBe(0);
    expect(heightOf(20n, 10n, 100)).toBe(100);
  });
});

describe('the days of a period', () => {
  it('are each in exactly one column, of which a phone can show all', () => {
    const period = fc.tuple(
      fc.integer({ min: 0, max: 20_000 * 86_400_000 }),
      fc.integer({ min: 1, max: 4_000 * 86_400_000 }),
    );
    fc.assert(
      fc.property(period, ([sinceMs, length]) => {
        const spans = spansOf({ sinceMs, untilMs: sinceMs + length });
        expect(spans.length).toBeLessThanOrEqual(100);
        expect(spans[0]?.first).toBe(new Date(sinceMs).toISOString().slice(0, 10));
        expect(spans.at(-1)?.last).toBe(new Date(sinceMs + length - 1).toISOString().slice(0, 10));
        for (const [index, { first }] of spans.slice(1).entries())
          expect(Date.parse(first) - Date.parse(spans[index]!.last)).toBe(86_400_000);
      }),
    );
  });

  it('are one column for one day, and thirty for a month', () => {
    expect(spansOf({ sinceMs: NOON, untilMs: NOON + 1 })).toHaveLength(1);
    expect(spansOf({ sinceMs: SINCE, untilMs: UNTIL })).toHaveLength(30);
  });
});

describe('a report without anything to draw', () => {
  it('says so instead', () => {
    const page = reportHtml(reportOn([]));
    expect(page).not.toContain('<svg');
    expect(page).toContain('No call was decided in this period.');
    expect(page).toContain('The log holds no record yet.');
    expect(reportHtml(reportOn([record('checkpoint', {}, UNTIL + 5)]))).not.toMatch(/NaN|<svg/);
  });
});
