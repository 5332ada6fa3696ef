/** Keys in the order of RFC 8785 section 3.2.3: by UTF-16 code units, which is what `sort` does. */

/** The keys of an object as they stand, and in order. */
interface Shape {
  readonly keys: readonly string[];
  readonly order: readonly string[];
}

/** What is read may have any shape, and must not fill a memory of them. */
const MOST_KEYS = 64;
const MOST_SHAPES = 8;

/** Shapes by their number of keys, those that were met last first. */
const shapes: Shape[][] = Array.from({ length: MOST_KEYS }, () => []);

/** Sorts the keys, or knows how: sorting is a fifth of the price of reading a record, and records have few shapes. */
export function inKeyOrder(keys: readonly string[]): readonly string[] {
  const met = shapes[keys.length];
  if (met === undefined) return [...keys].sort();
  for (const shape of met) if (isSame(shape.keys, keys)) return shape.order;
  const order = [...keys].sort();
  met.unshift({ keys, order });
  if (met.length > MOST_SHAPES) met.pop();
  return order;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  for (let index = 0; index < some.length; index += 1) if (some[index] !== others[index]) return false;
  return true;
}
