/** Which rows of a body were on the screen. Ranges are ascending and do not touch; `to` is not in its range. */

export interface Seen {
  /** At another width the rows are others, and none of them was seen. */
  readonly columns: number;
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
}

export const NOTHING_SEEN: Seen = { columns: 0, ranges: [] };

export function withSeen(seen: Seen, columns: number, from: number, to: number): Seen {
  const before = seen.columns === columns ? seen.ranges : [];
  if (to <= from || before.some((range) => range.from <= from && to <= range.to)) return { columns, ranges: before };
  const apart = before.filter((range) => range.to < from || to < range.from);
  const joined = before.filter((range) => !(range.to < from || to < range.from));
  const whole = {
    from: Math.min(from, ...joined.map((range) => range.from)),
    to: Math.max(to, ...joined.map((range) => range.to)),
  };
  return { columns, ranges: [...apart, whole].sort((left, right) => left.from - right.from) };
}

/** How many of `rows` rows were not on the screen at this width. */
export function unseenRows(seen: Seen, columns: number, rows: number): number {
  if (seen.columns !== columns) return rows;
  return Math.max(
    0,
    rows - seen.ranges.reduce((sum, { from, to }) => sum + Math.min(to, rows) - Math.min(from, rows), 0),
  );
}
