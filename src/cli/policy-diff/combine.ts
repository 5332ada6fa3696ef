/** Choices of every dimension put together: all combinations where they are few, else all pairs and a spread of the rest. */
import type { Choice, Dimension } from './draft.ts';

export interface Combined {
  readonly combinations: readonly (readonly Choice[])[];
  /** True if there are more than these. */
  readonly cut: boolean;
}

/** At most `max` combinations, always the same ones, the ordinary call first. */
export function combine(dimensions: readonly Dimension[], max: number): Combined {
  const sizes = dimensions.map(({ choices }) => choices.length);
  const total = sizes.reduce((product, size) => product * BigInt(size), 1n);
  if (total <= BigInt(max)) {
    const all = Array.from({ length: Number(total) }, (_, index) => digits(BigInt(index), sizes));
    return { combinations: all.map((picks) => chosen(dimensions, picks)), cut: false };
  }
  const picks = new Map<string, readonly number[]>();
  for (const pick of [...pairs(sizes), ...spread(sizes, total, max)]) {
    if (picks.size >= max) break;
    picks.set(pick.join(' '), pick);
  }
  return { combinations: [...picks.values()].map((pick) => chosen(dimensions, pick)), cut: true };
}

function chosen(dimensions: readonly Dimension[], picks: readonly number[]): readonly Choice[] {
  return dimensions.flatMap(({ choices }, position) => choices[picks[position] ?? 0] ?? []);
}

/** `index` in the mixed radix of `sizes`, the last dimension turning fastest. */
function digits(index: bigint, sizes: readonly number[]): readonly number[] {
  const picks: number[] = [];
  let rest = index;
  for (const size of [...sizes].reverse()) {
    picks.unshift(Number(rest % BigInt(size)));
    rest /= BigInt(size);
  }
  return picks;
}

/** Every choice of each dimension alone, then of each two, with the ordinary choice everywhere else. */
function* pairs(sizes: readonly number[]): Generator<readonly number[]> {
  const ordinary = sizes.map(() => 0);
  yield ordinary;
  for (const [one, size] of sizes.entries()) for (let pick = 1; pick < size; pick += 1) yield ordinary.with(one, pick);
  for (const [one, size] of sizes.entries())
    for (let other = one + 1; other < sizes.length; other += 1)
      for (let left = 1; left < size; left += 1)
        for (let right = 1; right < (sizes[other] ?? 1); right += 1) yield ordinary.with(one, left).with(other, right);
}

/** Steps through all combinations so that each dimension turns at its own pace. */
function* spread(sizes: readonly number[], total: bigint, count: number): Generator<readonly number[]> {
  const step = total / BigInt(count) + 1n;
  for (let index = 0n; index < total; index += step) yield digits(index, sizes);
}
