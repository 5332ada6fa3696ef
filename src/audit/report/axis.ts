/** The scale of a chart, in whole numbers: exact for any amount of money, and never without a height. */

export interface Scale {
  /** From 0 up; the last is the top of the chart, above zero. */
  readonly ticks: readonly bigint[];
  readonly top: bigint;
}

/** Gridlines above the ground. */
const MOST_TICKS = 4;

/** Ticks at 1, 2 or 5 times a power of ten that cover the largest value. */
export function scaleOf(largest: bigint): Scale {
  const most = largest > 0n ? largest : 1n;
  const step = stepFor(most);
  const count = (most + step - 1n) / step;
  const ticks = Array.from({ length: Number(count) + 1 }, (_, index) => BigInt(index) * step);
  return { ticks, top: count * step };
}

function stepFor(most: bigint): bigint {
  for (let power = 1n; ; power *= 10n)
    for (const factor of [1n, 2n, 5n]) if (factor * power * BigInt(MOST_TICKS) >= most) return factor * power;
}

/** How high a value stands, in hundredths of a pixel turned into pixels. */
export function heightOf(value: bigint, top: bigint, pixels: number): number {
  if (value <= 0n || top <= 0n) return 0;
  const hundredths = Number((value * BigInt(pixels * 100)) / top);
  return Math.min(pixels, hundredths / 100);
}

const SHORT = [
  [1_000_000_000n, 'G'],
  [1_000_000n, 'M'],
  [1_000n, 'k'],
] as const;

/** A tick in few characters: `2.5k`. Exact for the ticks of a scale. */
export function tickText(value: bigint, decimals: number): string {
  const unit = 10n ** BigInt(decimals);
  if (value % unit !== 0n) return `${value / unit}.${(value % unit).toString().padStart(decimals, '0')}`;
  const whole = value / unit;
  const [size, letter] = SHORT.find(([size]) => whole >= size && (whole * 10n) % size === 0n) ?? [1n, ''];
  const tenths = ((whole * 10n) / size) % 10n;
  return `${whole / size}${tenths === 0n ? '' : `.${tenths}`}${letter}`;
}
