/** Counting by key in bounded memory: beyond the most keys, the rest shares one entry, so that every sum stays exact. */

/** Distinct grants, rules, operators and the like that are kept apart. */
export const MOST_KEYS = 500;

/** What stands for every key that is not kept apart. */
export const OTHERS = '(others)';

type Key = Readonly<Record<string, string | null>>;

export class Tally<K extends Key, T> {
  readonly #entries = new Map<string, T>();
  readonly #make: (key: K) => T;
  readonly #most: number;
  #others: T | undefined;

  constructor(make: (key: K) => T, most = MOST_KEYS) {
    this.#make = make;
    this.#most = most;
  }

  /** The entry of a key, made when it is first met; the shared one once there are too many. */
  at(key: K): T {
    const joined = JSON.stringify(Object.values(key));
    const found = this.#entries.get(joined);
    if (found !== undefined) return found;
    if (this.#entries.size >= this.#most) return (this.#others ??= this.#make(othersOf(key)));
    const made = this.#make(key);
    this.#entries.set(joined, made);
    return made;
  }

  /** The entries, the weightiest first. */
  value<R>(row: (entry: T) => R, weight: (entry: T) => number): Tallied<R> {
    const rows = [...this.#entries.values()].sort((a, b) => weight(b) - weight(a)).map(row);
    return { rows, others: this.#others === undefined ? null : row(this.#others) };
  }
}

/** The same key with every name taken out. */
function othersOf<K extends Key>(key: K): K {
  return Object.fromEntries(Object.keys(key).map((member) => [member, OTHERS])) as Record<string, string> as K;
}

/** The first of many, and how many came after them. */
export class Listing<T> {
  readonly rows: T[] = [];
  leftOut = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(row: T): void {
    if (this.rows.length < this.#most) this.rows.push(row);
    else this.leftOut += 1;
  }

  value(): Listed<T> {
    return { rows: this.rows, leftOut: this.leftOut };
  }
}

/** Rows, and how many more there were. */
export interface Listed<T> {
  readonly rows: readonly T[];
  readonly leftOut: number;
}

/** Rows of a tally, and the sum of what was not kept apart. */
export interface Tallied<T> {
  readonly rows: readonly T[];
  readonly others: T | null;
}
