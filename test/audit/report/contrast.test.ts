import { describe, expect, it } from 'vitest';
import { STYLE } from '../../../src/audit/report/style.ts';

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(left: string, right: string): number {
  const [high = 0, low = 0] = [luminance(left), luminance(right)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const [light, dark] = [...STYLE.matchAll(/:root\{(?:color-scheme:light dark;)?(--[^}]*)\}/g)].map(
  ([, names = '']) => new Map(names.split(';').map((pair) => pair.split(':') as [string, string])),
);

describe.each([
  ['light', light!],
  ['dark', dark!],
])('the %s colours', (_, colours) => {
  const of = (name: string): string => colours.get(`--${name}`)!;

  it.each(['ground', 'soft', 'warn'])('can be read on %s', (ground) => {
    expect(contrast(of('text'), of(ground))).toBeGreaterThanOrEqual(4.5);
    if (ground !== 'warn') expect(contrast(of('quiet'), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['allowed', 'denied', 'doubt'])('show %s against the page', (tone) => {
    expect(contrast(of(tone), of('ground'))).toBeGreaterThanOrEqual(3);
  });
});
