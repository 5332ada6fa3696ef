/** Kleene's tables, written out. T is true, F is false, U is "nobody can say". */

export type T3 = 'T' | 'F' | 'U';

const NOT = { T: 'F', F: 'T', U: 'U' } as const;

const AND = {
  T: { T: 'T', F: 'F', U: 'U' },
  F: { T: 'F', F: 'F', U: 'F' },
  U: { T: 'U', F: 'F', U: 'U' },
} as const;

const OR = {
  T: { T: 'T', F: 'T', U: 'T' },
  F: { T: 'T', F: 'F', U: 'U' },
  U: { T: 'T', F: 'U', U: 'U' },
} as const;

export function not3(a: T3): T3 {
  return NOT[a];
}

export function and3(all: readonly T3[]): T3 {
  return all.reduce<T3>((a, b) => AND[a][b], 'T');
}

export function or3(all: readonly T3[]): T3 {
  return all.reduce<T3>((a, b) => OR[a][b], 'F');
}

export function yes(fact: boolean): T3 {
  return fact ? 'T' : 'F';
}
